import Foundation

/// The knowledge base of the demonstration, as the lines of a file of articles: some for everybody, one for agents only, one
/// for named companies, one still a draft; English, and Korean where it is translated.
extension DemoAccount {
    /// Articles that something is special about, for whoever wants to see it.
    enum SpecialArticle {
        static let offlinePanels: Int64 = 501
        static let draft: Int64 = 505
        static let agentsOnly: Int64 = 506
        static let namedCompanies: Int64 = 507
    }

    static let articles = #"""
        {"id":501,"category":"Lumenfold Panel","folder":"Troubleshooting","visibility":1,"agent":"Mina Park","tags":["panel","network"],"created_at":"2026-09-04T08:00:00Z","title":"A room panel shows \"offline\" or \"No connection to hub\"","description":"A panel shows \"offline\" when it cannot agree with its hub on the time, or when the network between them blocks it.\n\nAllow outgoing NTP (UDP port 123) from the panels to time.lumenfold.example.\nOpen the hub page, choose Devices, then Firmware, and update the panels to 4.2.1 or later.\nWait one minute: the panel connects by itself.\nIf it is still offline, hold the reset pin for five seconds and pair it again.","translations":{"ko":{"title":"룸 패널이 \"오프라인\" 또는 \"허브에 연결할 수 없음\"으로 표시될 때","description":"패널의 시계가 허브와 맞지 않거나 네트워크가 차단되면 오프라인으로 표시됩니다.\n\n패널에서 time.lumenfold.example 으로 나가는 NTP(UDP 123 포트)를 허용하십시오.\n허브 페이지에서 장치, 펌웨어를 선택하고 4.2.1 이상으로 업데이트하십시오."}}}
        {"id":502,"category":"Lumenfold Panel","folder":"Troubleshooting / Pairing","visibility":1,"agent":"Theo Brandt","tags":["panel","pairing"],"created_at":"2026-08-20T09:30:00Z","title":"Pair a panel with another hub","description":"A panel belongs to one hub at a time.\n\nRemove the panel under Devices on the old hub.\nHold the reset pin for five seconds until the light blinks blue.\nScan the code on the panel with the new hub's page.","translations":{"ko":{"title":"패널을 다른 허브에 페어링하기","description":"패널은 한 번에 하나의 허브에만 연결됩니다.\n\n이전 허브의 장치 메뉴에서 패널을 삭제하십시오.\n파란 불이 깜박일 때까지 리셋 핀을 5초간 누르십시오."}}}
        {"id":503,"category":"Booking","folder":"Calendars","visibility":1,"agent":"Mina Park","tags":["booking","calendar"],"created_at":"2026-07-11T10:00:00Z","title":"Why a room can be booked twice, and how to prevent it","description":"Two calendars that both own a room accept a booking each before they have seen the other's.\n\nOpen Booking, then Calendars, and make one of them the owner of the room.\nSet the other one to read only.\nRun Resync once, so that the old double bookings are shown.","translations":{"ko":{"title":"회의실이 이중으로 예약되는 이유와 방지 방법","description":"두 캘린더가 같은 회의실을 소유하면 서로를 확인하기 전에 예약을 받습니다.\n\n예약 메뉴의 캘린더에서 하나만 소유자로 설정하십시오."}}}
        {"id":504,"category":"Billing","folder":"For customers","visibility":2,"agent":"Mina Park","tags":["invoice"],"created_at":"2026-06-02T07:00:00Z","title":"Get a corrected invoice","description":"An invoice with a wrong address or VAT number can be replaced within ninety days.\n\nOpen Account, then Invoices, and choose Request correction.\nEnter the right address and your VAT number.\nThe corrected invoice comes by mail within two working days."}
        {"id":505,"category":"Lumenfold Panel","folder":"Troubleshooting","visibility":1,"status":"draft","agent":"Theo Brandt","created_at":"2026-09-06T08:00:00Z","title":"Firmware 4.3 marmalade preview","description":"Not published yet: what firmware 4.3 will change about the clock."}
        {"id":506,"category":"Internal","folder":"Support playbook","visibility":3,"agent":"Theo Brandt","tags":["refund"],"created_at":"2026-05-05T06:00:00Z","title":"When an agent may refund without asking","description":"Refunds up to 200 euros need no approval when the panel failed within its warranty.\n\nCheck the serial number in the warehouse list.\nUse the reason code W-4 and close the ticket as resolved."}
        {"id":507,"category":"Booking","folder":"Harbor Logistics pilot","visibility":4,"agent":"Mina Park","created_at":"2026-08-01T06:00:00Z","title":"Pilot of the quokka booking screen","description":"For the pilot customers only: use the pilot server quokka.lumenfold.example.\n\nSet the server under Booking, then Advanced."}
        """#
}
