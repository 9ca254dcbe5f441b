/// What generated tickets are made of. `{place}` and `{version}` are filled in.
enum Phrases {
    struct Problem: Sendable {
        var subject: String
        var description: String
        var solution: String
        var tags: [String]
    }

    struct Language: Sendable {
        var greetings: [String]
        var problems: [Problem]
        var places: [String]
        var details: [String]
        var closings: [String]
        var customerReplies: [String]
        var agentReplies: [String]
        var notes: [String]
    }

    static let firstNames = [
        "Ines", "Marek", "Jisoo", "Aiko", "Lena", "Tomas", "Priya", "Omar", "Minjun", "Sofia", "Noah", "Hana", "Erik",
        "Grace", "Dmitri", "Seoyeon",
    ]
    static let lastNames = [
        "Okafor", "Kim", "Novak", "Park", "Silva", "Berg", "Rossi", "Lee", "Haddad", "Moreau", "Jensen", "Choi",
        "Iyer", "Walker", "Tanaka", "Weber",
    ]
    static let companies = [
        "Harbor Logistics", "Northwind Clinic", "Hanbit Trading", "Blue Heron School", "Daesung Parts", "Calder & Sons",
        "Maple Street Books", "Sejong Dental", "Ridgeway Foods", "Seoul Print Works", "Orchard Hotels", "Vantage Yards",
    ]
    static let agents = [
        "Alice Tanner", "Ben Ortiz", "Chaewon Han", "Dario Conti", "Eunji Seo", "Farah Nasser", "Gavin Price",
        "Hyunwoo Lim",
    ]
    static let groups = ["Billing", "Technical Support", "Onboarding", "고객지원팀"]
    static let products = ["Tidewater Ledger", "Tidewater Scan", "Tidewater Mobile"]
    static let files = ["screen.log", "export.csv", "trace.txt", "settings.json"]

    static let english = Language(
        greetings: ["Hello,", "Hi there,", "Good morning,", "Dear support team,", "Hi,"],
        problems: [
            Problem(
                subject: "Export from {place} stops half way",
                description:
                    "When I export everything from {place} the file ends after about 500 rows and no error is shown.",
                solution:
                    "The export was cut by the row limit of the old job. Please update to {version} and start the export again; it now runs to the end.",
                tags: ["export", "reports"]),
            Problem(
                subject: "Cannot sign in since the update to {version}",
                description:
                    "Since we moved to version {version} nobody in {place} can sign in. The page says that the session has expired, again and again.",
                solution:
                    "The clock of your server was eleven minutes slow, so every session was out of date at once. Switch on time synchronisation and sign in again.",
                tags: ["login"]),
            Problem(
                subject: "Invoice total in {place} is wrong by a cent",
                description:
                    "Several invoices in {place} show a total that is one cent higher than the sum of the lines.",
                solution:
                    "Tax was rounded per line. Under Settings, Tax, choose rounding per invoice and recalculate the open ones.",
                tags: ["billing", "rounding"]),
            Problem(
                subject: "Scanner is not found after restart ({place})",
                description:
                    "After each restart the scanner in {place} is no longer found until I pull the cable and plug it in again.",
                solution:
                    "Please install the driver that comes with {version} and switch off power saving for the USB port. The scanner is found after a restart now.",
                tags: ["scanner", "driver"]),
            Problem(
                subject: "Notifications from {place} arrive twice",
                description:
                    "Every notification from {place} reaches us twice, a minute apart, since version {version}.",
                solution:
                    "Two rules matched the same event. I have removed the old one; each notification goes out once.",
                tags: ["notifications"]),
            Problem(
                subject: "Search in {place} finds nothing with umlauts",
                description:
                    "If a name holds letters like ö or é the search in {place} returns no rows. Without them it works.",
                solution:
                    "The search index was built with the wrong character set. After rebuilding it under Tools, Index, such names are found.",
                tags: ["search"]),
            Problem(
                subject: "App uses all memory while syncing {place}",
                description:
                    "The app grows to several gigabytes while {place} is synchronised, then the phone closes it. Version {version}.",
                solution:
                    "Pictures were kept at full size during the sync. This is fixed in {version}; please update from the store.",
                tags: ["sync", "memory"]),
            Problem(
                subject: "How do I add a user to {place}?",
                description:
                    "We have a new colleague who needs to see {place} but not change anything there. Where do I set this?",
                solution:
                    "Open Administration, People, Invite, and choose the role Viewer for that area. The invitation is good for seven days.",
                tags: ["users", "permissions"]),
        ],
        places: [
            "the warehouse", "the Brussels office", "accounting", "the monthly report", "our second site",
            "the archive",
            "the customer portal", "the purchase module", "the branch in Leeds", "the shared calendar",
        ],
        details: [
            "It began on Monday. We run version {version} on four machines, and it is the same on all of them.",
            "I tried another browser and another account without luck. The version is {version}.",
            "Only {place} is affected. Everything else works as before.",
            "This is what I see in the log:\n2026-02-11 09:14:22 ERROR job=4411 state=aborted version={version}\n2026-02-11 09:14:22 WARN retrying in 30 s",
            "It is not urgent, but several people have asked by now.",
        ],
        closings: [
            "Thank you for your help!", "Please let me know what you need from us.", "Best regards",
            "Kind regards,\nthe team", "Thanks in advance.",
        ],
        customerReplies: [
            "Thanks, I will try that tomorrow morning.", "Unfortunately it is still the same after a restart.",
            "Yes, that is the version that we use.", "I have attached what you asked for.", "It works now. Thank you!",
        ],
        agentReplies: [
            "Thank you for writing to us. Which version do you see under Help, About?",
            "Could you send me the log of the last hour, please?",
            "I can reproduce this here and have passed it on to our engineers.",
            "Please clear the cache and sign in once more, then tell me whether it is still there.",
        ],
        notes: [
            "Same as two other tickets this week, see the known issues page.",
            "Asked engineering, waiting for an answer.",
            "Customer is on the old plan, careful with promises.",
        ])

    static let korean = Language(
        greetings: ["안녕하세요.", "수고 많으십니다.", "문의드립니다."],
        problems: [
            Problem(
                subject: "{place} 내보내기가 중간에 멈춥니다",
                description: "{place}에서 전체 내보내기를 하면 500행쯤에서 파일이 끝나고 오류도 표시되지 않습니다.",
                solution: "예전 작업의 행 제한 때문이었습니다. {version} 버전으로 업데이트한 뒤 다시 내보내시면 끝까지 진행됩니다.",
                tags: ["내보내기", "보고서"]),
            Problem(
                subject: "{version} 업데이트 후 로그인이 안 됩니다",
                description: "{version} 버전으로 올린 뒤부터 {place} 직원 모두 로그인할 수 없습니다. 세션이 만료되었다는 화면만 반복됩니다.",
                solution: "서버 시계가 11분 늦어 세션이 바로 만료된 것이 원인입니다. 시간 동기화를 켜고 다시 로그인해 주세요.",
                tags: ["로그인"]),
            Problem(
                subject: "{place} 청구서 합계가 1원 다릅니다",
                description: "{place}의 일부 청구서에서 합계가 항목의 합보다 1원 많게 나옵니다.",
                solution: "세금을 항목별로 반올림한 것이 원인이었습니다. 설정의 세금 메뉴에서 청구서 단위 반올림을 선택하고 다시 계산해 주세요.",
                tags: ["청구", "반올림"]),
            Problem(
                subject: "재시작 후 {place} 스캐너를 찾지 못합니다",
                description: "컴퓨터를 다시 켤 때마다 {place}의 스캐너가 인식되지 않아 케이블을 뽑았다가 다시 꽂아야 합니다.",
                solution: "{version}에 포함된 드라이버를 설치하고 USB 절전 기능을 꺼 주세요. 이후에는 재시작해도 인식됩니다.",
                tags: ["스캐너", "드라이버"]),
            Problem(
                subject: "{place} 알림이 두 번씩 옵니다",
                description: "{version} 버전부터 {place} 알림이 1분 간격으로 두 번 도착합니다.",
                solution: "같은 이벤트에 규칙이 두 개 걸려 있었습니다. 예전 규칙을 삭제해 이제 한 번만 발송됩니다.",
                tags: ["알림"]),
            Problem(
                subject: "{place}에 사용자를 추가하는 방법",
                description: "새로 온 직원이 {place}를 보기만 하고 수정은 못 하게 하고 싶습니다. 어디에서 설정하나요?",
                solution: "관리 메뉴의 사용자에서 초대를 누르고 조회 전용 역할을 선택하시면 됩니다. 초대는 7일 동안 유효합니다.",
                tags: ["사용자", "권한"]),
        ],
        places: ["창고", "부산 지점", "회계팀", "월간 보고서", "두 번째 매장", "고객 포털", "구매 모듈", "자료실"],
        details: [
            "월요일부터 그렇습니다. 컴퓨터 네 대 모두 {version} 버전이고 증상이 같습니다.",
            "다른 브라우저와 다른 계정으로도 해 보았지만 똑같습니다. 버전은 {version}입니다.",
            "{place}만 그렇고 나머지는 정상입니다.",
            "급하지는 않지만 여러 직원이 계속 묻고 있습니다.",
        ],
        closings: ["확인 부탁드립니다.", "감사합니다.", "필요한 자료가 있으면 말씀해 주세요."],
        customerReplies: [
            "네, 내일 오전에 해 보겠습니다.", "재시작해도 똑같습니다.", "말씀하신 자료를 첨부했습니다.",
            "이제 잘 됩니다. 감사합니다!",
        ],
        agentReplies: [
            "문의해 주셔서 감사합니다. 도움말 메뉴에서 버전을 확인해 주시겠어요?", "최근 한 시간의 로그를 보내 주시면 확인하겠습니다.",
            "저희 쪽에서도 같은 현상을 확인했고 개발팀에 전달했습니다.",
        ],
        notes: ["이번 주에 같은 문의가 두 건 더 있음.", "개발팀에 문의함, 답변 대기 중."])
}
