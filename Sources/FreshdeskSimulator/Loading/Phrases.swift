/// What generated tickets are made of. `{place}` and `{version}` are filled in.
enum Phrases {
    struct Problem: Sendable {
        var subject: String
        var description: String
        var solution: String
        var tags: [String]
    }

    struct Language: Sendable {
        var names: (first: [String], last: [String])
        var greetings: [String]
        var problems: [Problem]
        var places: [String]
        var details: [String]
        var closings: [String]
        var customerReplies: [String]
        var agentReplies: [String]
        var notes: [String]
    }

    static let companyNames = [
        "Harbor", "Northwind", "Hanbit", "Heron", "Daesung", "Calder", "Maple", "Sejong", "Ridgeway", "Seoul",
        "Orchard",
        "Vantage", "Linden", "Sakura", "Alameda", "Kestrel", "Marmor", "Bongo", "Tidal", "Copper",
    ]
    static let companyKinds = [
        "Logistics", "Clinic", "Trading", "School", "Parts", "Books", "Dental", "Foods", "Print Works", "Hotels",
    ]
    static let agents = [
        "Alice Tanner", "Ben Ortiz", "Chaewon Han", "Dario Conti", "Eunji Seo", "Farah Nasser", "Gavin Price",
        "Hyunwoo Lim",
    ]
    static let groups = ["Billing", "Technical Support", "Onboarding", "고객지원팀"]
    static let products = ["Tidewater Ledger", "Tidewater Scan", "Tidewater Mobile"]
    /// Name, content type, and how large at most.
    static let files: [(String, String, Int)] = [
        ("screenshot.png", "image/png", 900_000), ("photo of the screen.jpg", "image/jpeg", 4_000_000),
        ("app.log", "text/plain", 2_000_000), ("export.csv", "text/csv", 600_000),
        ("invoice.pdf", "application/pdf", 300_000),
        ("settings.json", "application/json", 20_000), ("화면 캡처.png", "image/png", 900_000),
    ]

    static let english = Language(
        names: (
            [
                "Ines", "Marek", "Lena", "Tomas", "Priya", "Omar", "Sofia", "Noah", "Erik", "Grace", "Dmitri", "Ravi",
                "Amara", "Colin", "Wanda", "Jules",
            ],
            [
                "Okafor", "Novak", "Silva", "Berg", "Rossi", "Haddad", "Moreau", "Jensen", "Iyer", "Walker", "Dunn",
                "Petrov", "Mbeki", "Hale", "Quist", "Farrow",
            ]
        ),
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
            Problem(
                subject: "Label printer in {place} prints blank labels",
                description:
                    "The label printer in {place} feeds paper but prints nothing. The test page of the printer itself is fine.",
                solution:
                    "The driver sent a page size of zero. Choose the label roll again under Devices, Printers and save; the size is stored correctly since {version}.",
                tags: ["printer", "labels"]),
            Problem(
                subject: "Webhook to {place} answers 401 since this morning",
                description:
                    "Our integration with {place} is refused with 401 since this morning. Nobody changed the key, as far as I know.",
                solution:
                    "The key belonged to a colleague whose account was closed last night. Create one for a service account and enter it in the integration.",
                tags: ["api", "integration"]),
            Problem(
                subject: "Import into {place} doubles customers",
                description:
                    "After the nightly import every customer of {place} is there twice, once with and once without an address.",
                solution:
                    "The file had a byte order mark, so the first column was not taken for the customer number. The import of {version} skips the mark; I have merged the doubles.",
                tags: ["import", "duplicates"]),
            Problem(
                subject: "Dashboard of {place} shows yesterday's figures",
                description:
                    "The dashboard of {place} stays on yesterday's figures until somebody presses reload twice.",
                solution:
                    "A cache in front of the dashboard kept pages for a day. It is down to a minute, and {version} marks the page as not to be kept.",
                tags: ["dashboard", "cache"]),
            Problem(
                subject: "Refund for {place} was booked twice",
                description:
                    "The refund for {place} appears twice on the statement, with the same reference and a minute between them.",
                solution:
                    "The payment provider answered late and the refund was sent once more. I have cancelled the second booking; you see it within three working days.",
                tags: ["billing", "refund"]),
            Problem(
                subject: "Time zone of {place} is an hour off",
                description: "All appointments of {place} are one hour early since the change to winter time.",
                solution:
                    "{place} was set to a fixed offset instead of a region. Choose the region under Settings, Locations; old appointments move with it.",
                tags: ["calendar", "time zone"]),
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
        names: (
            ["지수", "민준", "서연", "하나", "도윤", "예은", "태오", "은지", "현우", "채원"],
            ["김", "이", "박", "최", "정", "강", "조", "윤", "한", "임"]
        ),
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
            Problem(
                subject: "{place} 라벨 프린터가 빈 라벨만 출력합니다",
                description: "{place} 라벨 프린터에서 용지는 나오는데 아무것도 인쇄되지 않습니다. 프린터 자체 테스트는 정상입니다.",
                solution: "드라이버가 용지 크기를 0으로 보내고 있었습니다. 장치 메뉴에서 라벨 용지를 다시 선택하고 저장해 주세요.",
                tags: ["프린터", "라벨"]),
            Problem(
                subject: "{place} 가져오기 후 고객이 중복됩니다",
                description: "야간 가져오기를 하고 나면 {place} 고객이 모두 두 번씩 보입니다. 하나는 주소가 없습니다.",
                solution: "파일 앞의 바이트 순서 표시 때문에 고객 번호 열을 인식하지 못했습니다. {version} 버전에서 수정되었고 중복은 합쳐 두었습니다.",
                tags: ["가져오기", "중복"]),
            Problem(
                subject: "{place} 대시보드가 어제 수치를 보여줍니다",
                description: "{place} 대시보드가 새로고침을 두 번 하기 전까지 어제 수치에 머물러 있습니다.",
                solution: "앞단 캐시가 하루 동안 유지되고 있었습니다. 1분으로 줄였고 {version} 버전부터는 캐시하지 않습니다.",
                tags: ["대시보드", "캐시"]),
            Problem(
                subject: "{place} 환불이 두 번 처리되었습니다",
                description: "명세서에 {place} 환불이 같은 참조 번호로 1분 간격으로 두 번 찍혔습니다.",
                solution: "결제사의 응답이 늦어 환불이 다시 전송되었습니다. 두 번째 건은 취소했으며 3영업일 안에 반영됩니다.",
                tags: ["청구", "환불"]),
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
