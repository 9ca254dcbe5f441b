import FreshetCore

/// Tickets as a help desk says them, made from a seed: HTML mails in English and Korean with quotes, lists, code and
/// signatures, of the sizes that real threads have (a message every few hundred characters, five to eight a thread).
struct SampleTickets {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func ticket(_ id: Int64, of company: CompanyID) -> SourceTicket {
        let created = Timestamp(seconds: 1_760_000_000 + id * 977)
        let isKorean = draw(4) == 0
        let messages = (0..<Int64(4 + draw(5))).map { number in
            let isAgent = number % 2 == 0
            return SourceMessage(
                id: id * 100 + number,
                author: Author(
                    role: isAgent ? .agent : .requester, id: isAgent ? 7 : 1000 + id,
                    name: isAgent ? "Mina Park" : "Customer \(id)"),
                isPrivate: draw(6) == 0, isIncoming: !isAgent, bodyHTML: html(paragraphs: 1 + draw(3), isKorean),
                createdAt: created + .seconds(600 * (number + 1)))
        }
        return SourceTicket(
            item: Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id),
            subject: sentence(isKorean, words: 7), descriptionHTML: html(paragraphs: 2 + draw(3), isKorean),
            messages: messages,
            attachments: (0..<Int64(draw(3))).map {
                Attachment(
                    attachmentID: id * 10 + $0, fileName: "screenshot \($0).png", contentType: "image/png",
                    size: 80_000 + id)
            },
            metadata: Metadata(
                stage: .open, status: Label(id: 2, name: "Open"), priority: Label(id: 2, name: "Medium"),
                type: "Question",
                source: Label(id: 1, name: "Email"), tags: ["export", "billing"], group: Label(id: 5, name: "Support"),
                agent: Person(id: 7, name: "Mina Park", email: "mina@example.com"),
                requester: Person(id: 1000 + id, name: "Customer \(id)", email: "customer\(id)@example.com"),
                customFields: ["cf_region": .string("EU"), "cf_seats": .integer(id % 400)], createdAt: created,
                updatedAt: created + .seconds(86_400)))
    }

    private mutating func draw(_ below: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(below))
    }

    private mutating func sentence(_ isKorean: Bool, words count: Int) -> String {
        let words = isKorean ? Self.korean : Self.english
        return (0..<count).map { _ in words[draw(words.count)] }.joined(separator: " ")
    }

    private mutating func html(paragraphs: Int, _ isKorean: Bool) -> String {
        var text = "<div>"
        for _ in 0..<paragraphs {
            switch draw(6) {
            case 0:
                text +=
                    "<ul><li>\(sentence(isKorean, words: 8))</li><li>\(sentence(isKorean, words: 6)) &amp; more</li></ul>"
            case 1:
                text +=
                    "<pre><code>ERROR 0x\(String(draw(65_536), radix: 16)): \"connection reset\"\n\tat export.run(line \(draw(900)))</code></pre>"
            default:
                text +=
                    "<p>\(sentence(isKorean, words: 30 + draw(30))).<br>\(sentence(isKorean, words: 12))&nbsp;&ndash; \(draw(5000)).</p>"
            }
        }
        return text + "<p>--<br>Kind regards</p></div>"
    }

    private static let english = """
        the export stops after row and then shows an error when I press save again our team has tried another browser but \
        invoice totals differ from report since Monday please check account settings login page keeps asking password \
        printer queue is stuck mail gateway rejects attachment upload fails with timeout dashboard loads slowly after update
        """.split(separator: " ").map(String.init)
    private static let korean = """
        내보내기가 중간에 멈추고 오류가 표시됩니다 다시 저장해도 같은 문제가 생겨요 청구서 합계가 보고서와 다릅니다 로그인 페이지에서 비밀번호를 \
        계속 물어봅니다 확인 부탁드립니다 업데이트 이후 화면이 느려졌어요 첨부 파일이 올라가지 않습니다
        """.split(separator: " ").map(String.init)
}
