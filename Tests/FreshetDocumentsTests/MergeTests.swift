import FreshetCore
import FreshetDocuments
import FreshetTestKit
import Testing

@Suite struct MergeTests {
    private func ticket() -> SourceTicket {
        var samples = SampleTickets(seed: 42)
        var ticket = samples.ticket().ticket
        ticket.subject = " Export\tends\nearly "
        ticket.descriptionHTML = "<div>The export <b>ends</b> early.</div>"
        ticket.messages = [
            message(3, .agent, "Known limit.", at: 20, isPrivate: true), message(2, .agent, "Which version?", at: 10),
            message(1, .requester, "4.2.1", at: 10),
        ]
        return ticket
    }

    private func message(_ id: Int64, _ role: Author.Role, _ html: String, at seconds: Int64, isPrivate: Bool = false)
        -> SourceMessage
    {
        SourceMessage(
            id: id, author: Author(role: role, id: 1, name: " Jo\u{308}rg  "), isPrivate: isPrivate,
            isIncoming: role == .requester, bodyHTML: "<p>\(html)</p>",
            createdAt: Timestamp(seconds: seconds))
    }

    @Test func `the thread in the order of time and id, as text`() {
        let document = Document(merging: ticket())
        #expect(document.subject == "Export ends early")
        #expect(document.description == "The export ends early.")
        #expect(document.conversations.map(\.id) == [1, 2, 3])
        #expect(document.conversations.map(\.body) == ["4.2.1", "Which version?", "Known limit."])
        #expect(document.conversations.map(\.isPrivate) == [false, false, true])
        #expect(Array((document.conversations[0].author.name ?? "").utf8) == Array("J\u{F6}rg".utf8))
    }

    @Test func `attachments of ticket and messages, once each, by id`() {
        var source = ticket()
        let rows = Attachment(attachmentID: 9, fileName: " ro\u{308}ws.csv ", contentType: "text/csv", size: 3)
        source.attachments = [rows, Attachment(attachmentID: 2, fileName: "b", contentType: nil, size: 1)]
        source.messages[0].attachments = [rows, Attachment(attachmentID: 1, fileName: "a", contentType: nil, size: 1)]
        let document = Document(merging: source)
        #expect(document.attachments.map(\.attachmentID) == [1, 2, 9])
        #expect(Array(document.attachments[2].fileName.utf8) == Array("r\u{F6}ws.csv".utf8))
        #expect(document.attachments[2].contentType == "text/csv")
    }

    @Test func `a web chat's repeated first message is dropped, and nothing else`() {
        var source = ticket()
        let repeated = message(0, .requester, "The export ends early.", at: 5)
        source.messages.append(repeated)
        #expect(Document(merging: source).conversations.map(\.id) == [0, 1, 2, 3])
        source.repeatsFirstMessage = true
        #expect(Document(merging: source).conversations.map(\.id) == [1, 2, 3])
        source.messages[3].bodyHTML = "The export ends early. Really."
        #expect(Document(merging: source).conversations.map(\.id) == [0, 1, 2, 3])
        source.messages[3] = repeated
        source.messages[3].isPrivate = true
        #expect(Document(merging: source).conversations.map(\.id) == [0, 1, 2, 3])
        source.messages[3] = repeated
        source.messages[3].createdAt = Timestamp(seconds: 99)
        #expect(Document(merging: source).conversations.map(\.id) == [1, 2, 3, 0])
    }

    @Test func `a repeated first message leaves its attachments`() {
        var source = ticket()
        source.repeatsFirstMessage = true
        source.messages.append(message(0, .requester, "The export ends early.", at: 5))
        source.messages[3].attachments = [Attachment(attachmentID: 4, fileName: "x", contentType: nil, size: 1)]
        #expect(Document(merging: source).attachments.contains { $0.attachmentID == 4 })
    }

    @Test func `of a message that arrives twice the later edit counts`() {
        for order in [[0, 1], [1, 0]] {
            var source = ticket()
            let old = message(7, .agent, "old", at: 30)
            var new = message(7, .agent, "new", at: 30)
            new.editedAt = Timestamp(seconds: 40)
            source.messages += order.map { [old, new][$0] }
            #expect(Document(merging: source).conversations.filter { $0.id == 7 }.map(\.body) == ["new"])
        }
    }

    @Test func `tags are trimmed, once each, and in one order`() {
        var source = ticket()
        source.metadata.tags = ["zeta", " alpha ", "alpha", "", "Zeta", "e\u{301}", "\u{E9}", "a  b"]
        #expect(Document(merging: source).metadata.tags == ["Zeta", "a b", "alpha", "zeta", "\u{E9}"])
    }

    @Test func `empty fields are none`() {
        var source = ticket()
        source.metadata.customFields = [
            "a": .null, "b": .string(" \n"), "c": .array([.null]), "d": .object([:]), "e": .string(" x\r\ny "),
        ]
        source.metadata.type = " "
        source.isArchived = true
        let metadata = Document(merging: source).metadata
        #expect(metadata.customFields == ["e": .string("x\ny")])
        #expect(metadata.type == nil)
        #expect(metadata.isArchived)
    }

    @Test func `one readable text, with roles and privacy`() {
        var source = ticket()
        source.attachments = [Attachment(attachmentID: 9, fileName: "rows.csv", contentType: "text/csv", size: 3)]
        source.messages.append(message(8, .automatic, " ", at: 50))
        let document = Document(merging: source)
        #expect(
            document.mergedContent
                == "[requester]\nThe export ends early.\n\n[requester]\n4.2.1\n\n[agent]\nWhich version?\n\n[agent, private]\nKnown limit.\n\n[attachments]\nrows.csv"
        )
        let content = document.content(followsResolution: true)
        #expect(
            content.text == "Export ends early\n\nThe export ends early.\n\n4.2.1\n\nWhich version?\n\nKnown limit.")
        #expect(content.entries.map(\.id) == [1, 2, 3, 8])
        #expect(content.attachments.map(\.contentType) == [nil])
        #expect(!content.isResolved)
    }
}
