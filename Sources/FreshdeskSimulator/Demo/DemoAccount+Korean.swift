extension DemoAccount {
    static let korean = #"""
        === 41 펌웨어 4.2.0 업데이트 후 회의실 패널이 모두 오프라인입니다
        state: closed, high, Incident
        about: Lumenfold Panel / 고객지원팀
        tags: 패널, 펌웨어, 네트워크
        version: 4.2.0
        from: 김민준 <minjun.kim@hanbit.example>, 한빛무역
        at: 2026-09-02T00:30:00Z
        file: panel.log, text/plain, 15220

        안녕하세요. 한빛무역 총무팀 김민준입니다.

        어젯밤 자동 업데이트 이후 패널 아홉 대가 전부 "오프라인"으로 표시됩니다. 전원과 랜선은 정상이고 재부팅하면 1분 정도만 연결됩니다. 로그에는 아래 내용이 반복됩니다.

        ERROR tls: handshake with hub failed: certificate not yet valid

        빠른 확인 부탁드립니다.
        --- agent 서은지 +35m
        안녕하세요, 김민준 님. 펌웨어 4.2.0은 부팅 직후 시계가 틀려서 시간 서버에 접속하기 전까지 허브 인증서를 거부합니다. 방화벽에서 NTP(UDP 123)를 time.lumenfold.example로 허용하시거나, 허브 화면의 장치 > 펌웨어에서 4.2.1로 업데이트해 주세요. 두 방법 모두 바로 해결됩니다.
        --- customer +2h
        4.2.1로 올렸더니 아홉 대 모두 정상입니다. 감사합니다!
        --- agent 서은지 +15m
        다행입니다. 문의를 종료하겠습니다.

        === 42 구글 캘린더 연동 후 같은 회의실이 이중 예약됩니다
        state: closed, high, Problem
        about: Lumenfold Rooms / 고객지원팀
        tags: 캘린더, 구글, 동기화
        from: 최서연 <seoyeon@hanbit.example>, 한빛무역
        at: 2026-09-16T01:10:00Z

        구글 캘린더를 연결한 뒤로 같은 시간에 두 팀이 같은 회의실을 예약하는 일이 자주 생깁니다. 특히 매주 반복되는 회의에서 그렇습니다. 연동은 제 개인 계정으로 했습니다.
        --- agent 임현우 +2h
        안녕하세요. 개인 계정은 회의실의 비어 있음 여부만 볼 수 있어 충돌이 저희 쪽에 전달되지 않습니다. 서비스 계정을 만들어 모든 회의실에 "일정 변경" 권한을 준 다음, 설정 > 캘린더 > Google > 다시 연결을 눌러 주세요. 그 뒤에는 두 번째 예약이 거부됩니다.
        --- customer +1d
        서비스 계정으로 다시 연결하니 이중 예약이 사라졌습니다. 감사합니다.

        === 43 회의실 예약이 겹쳐요 (Google Workspace)
        state: resolved, medium, Problem
        about: Lumenfold Rooms / 고객지원팀
        tags: 캘린더, 구글
        from: 이지수 <jisoo@sejongdental.example>, 세종치과
        at: 2026-11-04T05:20:00Z

        상담실을 예약했는데 다른 직원도 같은 시간에 예약 완료 메일을 받았습니다. 구글에는 하나만 보이고 Rooms에는 두 개가 겹쳐 보입니다. 원장님 계정으로 연결되어 있습니다.
        --- agent 임현우 +1h
        안녕하세요, 이지수 님. 사람 계정으로 연결하면 겹치는 예약을 막을 수 없습니다. "일정 변경" 권한이 있는 서비스 계정으로 다시 연결해 주시면 해결됩니다. 겹친 예약은 충돌 메뉴에서 정리하실 수 있습니다.
        --- customer +1d
        말씀대로 했더니 이제 겹치지 않습니다.

        === 44 SSO 로그인 화면이 계속 반복됩니다
        state: closed, high, Incident
        about: Lumenfold Rooms / 고객지원팀
        tags: SSO, 로그인, SAML
        from: 박지훈 <jihun@daesung.example>, 대성부품
        at: 2026-08-10T23:50:00Z

        SSO로 로그인을 누르면 사내 인증 화면과 Rooms 화면을 계속 왔다 갔다 하다가 "리디렉션 횟수가 너무 많습니다"라고 나옵니다. 지난주에 인증서를 갱신한 뒤부터입니다.
        --- agent 서은지 +1h
        안녕하세요. Rooms에 예전 서명 인증서가 등록되어 있어 응답을 계속 거부하고 있습니다. 관리 > 보안 > SAML에서 새 인증서를 올리시거나 메타데이터 URL을 입력해 주세요. URL을 쓰시면 다음 갱신부터는 자동으로 반영됩니다.
        --- customer +40m
        메타데이터 URL을 입력하니 바로 로그인됩니다. 고맙습니다.

        === 45 새로 발급한 사원증이 패널에서 인식되지 않습니다
        state: closed, medium, Problem
        about: Lumenfold Panel / 고객지원팀
        tags: 사원증, 리더기
        from: 정하늘 <haneul@daesung.example>, 대성부품
        at: 2026-09-22T04:00:00Z

        이번에 새로 받은 사원증 150장을 패널에 대면 빨간불만 깜빡입니다. 예전 사원증은 잘 됩니다. 허브 기록에는 같은 카드인데도 매번 다른 번호가 찍힙니다.
        --- agent 한채원 +2h
        안녕하세요, 정하늘 님. 새 카드(DESFire EV3)는 개인정보 보호를 위해 매번 다른 번호를 보여 줍니다. 허브 화면의 장치 > 카드 리더 > 식별 방식을 "AID"로 바꾸고 F48A를 입력해 주세요. 예전 카드와 새 카드 모두 인식됩니다.
        --- customer +5h
        두 종류 모두 잘 됩니다. 감사합니다.

        === 46 출입 카드를 대면 '알 수 없는 카드'라고 나옵니다
        state: resolved, low, Question
        about: Lumenfold Panel / 고객지원팀
        tags: 카드, 리더기
        from: 이지수 <jisoo@sejongdental.example>, 세종치과
        at: 2026-11-10T02:15:00Z

        신규 직원 카드 다섯 장이 회의실 화면에서 알 수 없는 카드로 나옵니다. 카드가 불량인가요?
        --- agent 한채원 +1h
        불량은 아닙니다. 최근 카드는 번호가 매번 바뀌므로 장치 > 카드 리더에서 식별 방식을 AID(F48A)로 설정해 주시면 됩니다.
        --- customer +3h
        설정을 바꾸니 다섯 장 모두 됩니다.

        === 47 세금계산서에 사업자등록번호가 빠져 있습니다
        state: closed, low, Question
        about: Lumenfold Rooms / Billing
        tags: 세금계산서, 청구
        from: 한수진 <sujin@hanbit.example>, 한빛무역
        at: 2026-10-07T06:30:00Z
        file: 계산서-2026-10.pdf, application/pdf, 75120

        10월 계산서에 저희 사업자등록번호가 없어 회계팀에서 처리가 안 된다고 합니다. 포털에는 분명히 입력했습니다. 수정 발행 부탁드립니다.
        --- agent 윤다은 +3h
        안녕하세요. 번호가 배송지 주소에만 저장되어 있었고 계산서는 청구지 주소의 정보를 사용합니다. 청구지로 옮겨 수정 계산서를 발행했습니다. 포털의 청구 > 문서에서 받으실 수 있습니다.
        --- customer +1d
        잘 받았습니다.

        === 48 패널 왼쪽 아래가 터치되지 않습니다
        state: closed, medium, Problem
        about: Lumenfold Panel / 고객지원팀
        tags: 패널, 터치
        from: 정하늘 <haneul@daesung.example>, 대성부품
        at: 2026-10-01T07:45:00Z
        file: 패널.jpg, image/jpeg, 388000

        회의실 패널 두 대의 왼쪽 아래 부분이 눌리지 않아 "회의 종료" 버튼을 누를 수 없습니다. 설치한 지 열흘 정도 되었습니다. 사진 첨부합니다.
        --- agent 한채원 +1h
        사진 감사합니다. 고정 프레임의 나사가 너무 세게 조여져 유리를 누르고 있습니다. 왼쪽 아래 나사를 반 바퀴 풀고 설정 > 화면 > 터치 보정을 실행해 주세요.
        --- customer +1d
        반 바퀴 풀고 보정했더니 정상입니다.

        === 49 화면 구석이 반응이 없어 회의를 끝낼 수 없어요
        state: resolved, medium, Incident
        about: Lumenfold Panel / 고객지원팀
        tags: 터치, 설치
        from: 오세훈 <sehun@seoulprint.example>, 서울인쇄
        at: 2026-11-12T08:05:00Z

        인쇄실 옆 패널이 아래쪽 왼편만 손가락에 반응하지 않습니다. 교환 받아야 하나요?
        --- agent 한채원 +40m
        교환 전에 프레임의 왼쪽 아래 나사를 반 바퀴만 풀고 터치 보정을 해 보시겠어요? 대부분 나사가 유리를 누르는 것이 원인입니다.
        --- customer +2h
        교환할 필요가 없네요. 잘 됩니다!

        === 50 엑셀에서 CSV 보고서를 열면 한글이 깨집니다
        state: closed, medium, Problem
        about: Lumenfold Rooms / 고객지원팀
        tags: 내보내기, CSV, 인코딩
        from: 박지훈 <jihun@daesung.example>, 대성부품
        at: 2026-09-09T01:25:00Z

        사용 현황 보고서를 CSV로 내려받아 엑셀로 열면 이름이 모두 깨져서 나옵니다. 브라우저에서는 정상입니다.
        --- agent 임현우 +1h
        안녕하세요. 엑셀이 문자 인코딩을 잘못 판단해서 생기는 현상입니다. 보고서 > 내보내기에서 "Excel용(UTF-8 BOM 포함)"을 선택하고 다시 받아 주세요.
        --- customer +30m
        선택하니 한글이 제대로 나옵니다. 감사합니다.

        === 51 내려받은 예약 목록의 글자가 이상합니다
        state: resolved, low, Question
        about: Lumenfold Rooms / 고객지원팀
        tags: 내보내기, 엑셀
        from: 오세훈 <sehun@seoulprint.example>, 서울인쇄
        at: 2026-10-21T03:40:00Z

        예약 목록을 파일로 받아 열었더니 한글 이름이 "ê¹€" 같은 글자로 바뀌어 있습니다. 어떻게 해야 하나요?
        --- agent 임현우 +2h
        내보내기 화면에서 Excel용(UTF-8 BOM 포함)에 체크하고 받으시면 됩니다. 이미 받은 파일은 엑셀의 데이터 > 텍스트에서 가져오기에서 65001 유니코드를 선택해 주세요.
        --- customer +1h
        해결되었습니다.

        === 52 월간 보고서 한글 깨짐
        state: open, medium, Problem
        about: Lumenfold Rooms / 고객지원팀
        tags: 보고서, 인코딩
        from: 김민준 <minjun.kim@hanbit.example>, 한빛무역
        at: 2026-11-19T04:50:00Z
        file: report-10.csv, text/csv, 30110

        매달 메일로 받는 보고서를 엑셀에서 열면 한글이 전부 깨져 보입니다. 본사에 내일까지 보내야 합니다.

        === 53 허브 와이파이가 하루에도 몇 번씩 끊깁니다
        state: closed, medium, Problem
        about: Lumenfold Hub / 고객지원팀
        tags: 허브, 와이파이
        from: 한수진 <sujin@hanbit.example>, 한빛무역
        at: 2026-10-13T02:35:00Z

        창고 허브가 하루에 대여섯 번 2분 정도 와이파이에서 떨어졌다가 돌아옵니다. 신호는 강합니다. 로그에 "radar detected on channel 108"이라는 줄이 있습니다.
        --- agent 한채원 +3h
        안녕하세요. 공유기가 쓰는 108번 채널은 레이더가 감지되면 반드시 비워야 하는 채널입니다. 그때마다 허브가 2분간 다시 찾습니다. 5GHz 채널을 36~48번으로 고정하시거나 허브를 2.4GHz로 설정해 주세요.
        --- customer +2d
        44번으로 바꾼 뒤로 한 번도 끊기지 않았습니다.

        === 54 안드로이드 폰에서 회의 알림이 오지 않습니다
        state: closed, medium, Problem
        about: Lumenfold Mobile / 고객지원팀
        tags: 모바일, 안드로이드, 알림
        version: 8.2.0
        from: 최서연 <seoyeon@hanbit.example>, 한빛무역
        at: 2026-10-05T05:15:00Z

        아이폰 쓰는 동료는 회의 10분 전 알림을 받는데 안드로이드는 아무도 못 받습니다. 앱을 다시 설치해도 같습니다.
        --- agent 서은지 +50m
        안녕하세요. 안드로이드가 며칠 열지 않은 앱을 절전 상태로 만들면 알림이 오지 않습니다. 설정 > 애플리케이션 > Lumenfold > 배터리에서 "제한 없음"을 선택해 주세요.
        --- customer +1d
        이제 알림이 제때 옵니다. 감사합니다.

        === 55 퇴사자 계정이 라이선스를 계속 차지합니다
        state: resolved, low, Question
        about: Lumenfold Rooms / Billing
        tags: 라이선스, 사용자
        from: 정하늘 <haneul@daesung.example>, 대성부품
        at: 2026-11-02T07:20:00Z

        퇴사자 여덟 명을 비활성화했는데도 남은 라이선스가 0으로 나와 신규 직원을 초대할 수 없습니다. 추가 구매해야 하나요?
        --- agent 윤다은 +1h
        추가 구매는 필요 없습니다. 비활성 계정은 30일 동안 자리를 유지합니다. 사용자 > 비활성에서 선택한 뒤 "자리 반납"을 누르시면 바로 비워집니다.
        --- customer +2h
        여덟 자리가 생겼습니다. 고맙습니다.

        === 56 모바일 앱에서 예약을 취소할 수 없습니다
        state: open, medium, Problem
        about: Lumenfold Mobile / 고객지원팀
        tags: 모바일, 예약
        version: 8.2.1
        from: 이지수 <jisoo@sejongdental.example>, 세종치과
        at: 2026-11-18T06:10:00Z

        앱에서 예약을 길게 눌러도 취소 버튼이 나타나지 않습니다. 웹에서는 됩니다. 아이폰 15, 앱 8.2.1입니다.
        --- agent 서은지 +2h
        안녕하세요. 다른 사람이 초대한 회의라면 취소 대신 "거절"만 표시됩니다. 직접 만드신 예약에서도 같은지 확인해 주시겠어요?
        --- customer +3h
        file: 취소안됨.mp4, video/mp4, 2204110
        제가 만든 예약도 그렇습니다. 화면 녹화를 첨부합니다.
        --- note 서은지 +20m
        8.2.1에서 길게 누르기 메뉴가 안 뜨는 것 재현됨. MOB-512로 전달.

        === 57 설치 기사 방문 일정을 바꾸고 싶습니다
        state: closed, low, Request
        about: Lumenfold Panel / Onboarding
        tags: 설치, 일정
        source: 3
        from: 오세훈 <sehun@seoulprint.example>, 서울인쇄
        at: 2026-09-29T01:00:00Z

        (전화 문의) 10월 6일로 잡힌 패널 설치를 10월 8일 오후로 옮기고 싶다고 하심.
        --- agent 한채원 +30m
        10월 8일 오후 2시로 변경해 드렸습니다. 기사님이 출발 전에 연락드릴 예정입니다.
        --- customer +1h
        확인했습니다. 감사합니다.

        === 58 공휴일에도 회의실 예약이 열려 있습니다
        state: closed, low, Question
        about: Lumenfold Rooms / Onboarding
        tags: 설정, 휴일
        from: 김민준 <minjun.kim@hanbit.example>, 한빛무역
        at: 2026-08-13T02:00:00Z

        광복절에도 예약이 되는데 막을 수 있나요?
        --- agent 임현우 +1h
        설정 > 운영 시간 > 휴일 달력에서 "대한민국"을 선택하시면 공휴일 예약이 막힙니다. 이미 잡힌 예약은 그대로 남습니다.
        --- customer +2h
        설정했습니다. 좋네요.

        === 59 로비 화면에 어제 일정이 그대로 남아 있습니다
        state: pending, medium, Incident
        about: Lumenfold Rooms / 고객지원팀
        tags: 로비, 화면
        from: 한수진 <sujin@hanbit.example>, 한빛무역
        at: 2026-11-17T23:40:00Z

        아침에 출근해 보니 로비 화면이 어제 일정에서 멈춰 있었습니다. 새로 고침하면 돌아오지만 매일 아침 그렇습니다.
        --- agent 임현우 +1h
        안녕하세요. 로비 화면이 켜진 컴퓨터가 밤에 절전 상태로 들어가는 것 같습니다. 화면 왼쪽 아래의 버전과 브라우저 이름을 알려 주시겠어요?

        === 60 구매한 허브의 보증 기간을 알고 싶습니다
        state: closed, low, Question
        about: Lumenfold Hub / Billing
        tags: 보증
        source: 2
        from: 박지훈 <jihun@daesung.example>, 대성부품
        at: 2026-07-20T03:15:00Z

        2024년 5월에 산 허브 세 대의 보증 기간이 언제까지인가요? 일련번호는 LH-20918, 20919, 20920입니다.
        --- agent 윤다은 +2h
        세 대 모두 2027년 5월 31일까지입니다. 포털에 등록하시면 1년이 더 연장됩니다.
        --- customer +1d
        등록했습니다. 감사합니다.

        === 61 온도 센서 값이 실제보다 4도 높게 나옵니다
        state: waiting on customer, medium, Problem
        about: Lumenfold Panel / 고객지원팀
        tags: 센서, 온도
        from: 정하늘 <haneul@daesung.example>, 대성부품
        at: 2026-11-13T05:30:00Z

        회의실 패널에 표시되는 온도가 벽걸이 온도계보다 항상 4도쯤 높습니다. 냉방이 계속 돌아갑니다.
        --- agent 한채원 +2h
        안녕하세요. 화면 밝기가 최대이면 패널 자체의 열이 영향을 줍니다. 밝기를 60%로 낮추고 장치 > 센서에서 보정값을 -2로 설정한 뒤 하루 지켜봐 주시겠어요?
        --- bot +3d
        3일 동안 고객 응답이 없어 상태를 고객 응답 대기로 변경했습니다.

        === 62 Rooms 서버 이전 중 데이터베이스 오류
        state: resolved, urgent, Incident
        about: Lumenfold Rooms / 고객지원팀
        tags: 서버, 데이터베이스
        version: 8.3.0
        from: 박지훈 <jihun@daesung.example>, 대성부품
        at: 2026-11-15T13:05:00Z
        file: migrate.log, text/plain, 44032

        새 서버로 옮기는 중 아래 오류에서 멈췄습니다. 내일 아침까지 복구해야 합니다.

        ERROR migrate - step 0412_room_features failed
        org.postgresql.util.PSQLException: ERROR: column "features" of relation "rooms" already exists
            at org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2713)
            at com.lumenfold.rooms.db.Migrator.apply(Migrator.java:142)
        --- agent 임현우 +25m
        안녕하세요. 이전 시도에서 열은 만들어졌지만 완료 표시가 기록되지 않은 상태입니다. 백업을 확인하신 뒤 `rooms-admin migrate --mark-done 0412_room_features`를 실행하고 다시 `rooms-admin migrate`를 실행해 주세요.
        --- customer +40m
        끝까지 진행되었고 데이터도 모두 정상입니다. 늦은 시간에 정말 감사합니다!
        --- agent 임현우 +10m
        다행입니다. 내일 오전에 한 번 더 확인 연락 드리겠습니다.

        > 2026-11-15 박지훈 작성:
        > 새 서버로 옮기는 중 아래 오류에서 멈췄습니다.

        === 67 회의가 일찍 끝나도 회의실이 계속 사용 중으로 나옵니다
        state: closed, medium, Question
        about: Lumenfold Rooms / Onboarding
        tags: 설정, 점유
        from: 이지수 <jisoo@sejongdental.example>, 세종치과
        at: 2026-08-26T01:20:00Z

        회의가 30분 일찍 끝나도 예약 시간까지 빨간불이 유지됩니다. 자동으로 반납되게 할 수 있나요?
        --- agent 한채원 +1h
        설정 > 회의실 > 자동 반납에서 "센서가 비어 있음을 10분 동안 감지하면 종료"를 켜시면 됩니다. 재실 센서가 있는 회의실에만 적용됩니다.
        --- customer +1d
        센서 있는 방은 모두 자동으로 반납됩니다. 감사합니다.

        === 68 패널 화면 언어를 한국어로 바꾸고 싶어요
        state: closed, low, Question
        about: Lumenfold Panel / Onboarding
        tags: 패널, 언어
        source: 2
        from: 정하늘 <haneul@daesung.example>, 대성부품
        at: 2026-09-03T06:00:00Z

        새로 설치한 패널이 영어로만 나옵니다. 어디에서 바꾸나요?
        --- agent 한채원 +20m
        허브 화면의 장치에서 패널을 모두 선택하고 화면 > 언어를 한국어로 바꾸시면 한 번에 적용됩니다.
        --- customer +15m
        바로 바뀌었습니다.

        === 69 API 호출이 429 오류로 거절됩니다
        state: resolved, medium, Problem
        about: Lumenfold Rooms / 고객지원팀
        tags: API, 제한
        from: 박지훈 <jihun@daesung.example>, 대성부품
        at: 2026-11-06T04:40:00Z

        사내 포털에서 예약 API를 부르는데 오전 9시마다 429 오류가 납니다. 응답에는 Retry-After: 41 이 들어 있습니다.
        --- agent 임현우 +2h
        분당 120회 제한에 걸린 것입니다. 접속자마다 호출하지 마시고 1분에 한 번만 받아 캐시해 주세요. 429를 받으면 Retry-After에 적힌 초만큼 기다린 뒤 다시 요청하시면 됩니다.
        --- customer +1d
        캐시를 넣으니 오류가 없어졌습니다.

        === 70 배송된 패널 상자가 찌그러져 왔습니다
        state: open, high, Incident
        about: Lumenfold Panel / Billing
        tags: 배송, 교환
        from: 오세훈 <sehun@seoulprint.example>, 서울인쇄
        at: 2026-11-19T02:10:00Z
        file: 상자.jpg, image/jpeg, 512004

        오늘 받은 패널 두 상자 중 하나가 심하게 찌그러져 있고 유리에 금이 갔습니다. 교환 부탁드립니다. 사진 첨부합니다.

        오세훈 드림
        서울인쇄 구매팀
        --- agent 윤다은 +2h
        불편을 드려 죄송합니다. 새 패널을 오늘 특송으로 보내 드리고 파손된 제품은 기사님이 회수하겠습니다. 받으실 분 연락처가 그대로인가요?
        """#
}
