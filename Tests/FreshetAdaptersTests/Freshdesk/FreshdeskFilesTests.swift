import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// Links to files, and what tells that tickets belong together, from an account that says exactly what the test wants.
struct FreshdeskFilesTests {
    typealias Account = FreshdeskScriptedAccount
    typealias Sample = FreshdeskSample

    private func item(_ id: Int64) -> Item {
        Item(company: FreshdeskHelpDesk.testCompany, platform: .freshdesk, kind: .ticket, originalID: id)
    }

    private func files(_ id: Int64, _ url: String) -> JSONValue {
        .array([.object(["id": .integer(id), "name": .string("a"), "attachment_url": .string(url)])])
    }

    @Test func `a file is found on the ticket, on a message, and a hundred messages down`() async throws {
        let far = (1...130).map { number in
            Sample.conversation(
                number, at: number, number == 127 ? ["attachments": files(9, "https://s3.example/far")] : [:])
        }
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/1":
                return .ok(
                    Sample.ticket(
                        1,
                        [
                            "conversations": .array([
                                Sample.conversation(5, at: 1, ["attachments": files(7, "https://s3.example/near")])
                            ])
                        ]))
            case "/api/v2/tickets/2": return .ok(Sample.ticket(2, ["conversations": .array(Array(far.prefix(10)))]))
            case "/api/v2/tickets/2/conversations":
                let isFirst = request.query["page"] == "1"
                let next = "Link: <http://x/api/v2/tickets/2/conversations?page=2>; rel=\"next\""
                return .ok(
                    Sample.text(.array(isFirst ? Array(far.prefix(100)) : Array(far.dropFirst(100)))),
                    isFirst ? [next] : [])
            default: return .status(404)
            }
        }
        let desk = try FreshdeskHelpDesk.testing(account.url)
        #expect(
            try await desk.attachmentLink(62_055_010_007, of: item(1))
                == "https://s3.example/rows.csv?X-Amz-Signature=0f3a")
        #expect(try await desk.attachmentLink(7, of: item(1)) == "https://s3.example/near")
        #expect(try await desk.attachmentLink(8, of: item(1)) == nil)
        #expect(account.count("/api/v2/tickets/1") == 3, "one call each")
        #expect(try await desk.attachmentLink(9, of: item(2)) == "https://s3.example/far")
        #expect(try await desk.attachmentLink(10, of: item(2)) == nil)
        #expect(try await desk.attachmentLink(7, of: item(3)) == nil)
    }

    @Test func `a file of a ticket in the trash is not there, and a link that leads elsewhere is no link`() async throws
    {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/1": .ok(Sample.ticket(1, ["deleted": .bool(true)]))
            case "/api/v2/tickets/2": .ok(Sample.ticket(2, ["spam": .bool(true)]))
            case "/api/v2/tickets/3": .ok(Sample.ticket(3, ["attachments": files(7, "http://evil.example/a")]))
            case "/api/v2/tickets/4": .ok(Sample.ticket(4, ["attachments": .array([.object(["id": .integer(7)])])]))
            default: .status(503)
            }
        }
        let desk = try FreshdeskHelpDesk.testing(account.url)
        for id in 1...2 as ClosedRange<Int64> {
            #expect(try await desk.attachmentLink(62_055_010_007, of: item(id)) == nil)
        }
        for id in 3...4 as ClosedRange<Int64> {
            await #expect(throws: UpstreamError.malformed(path: "attachment_url")) {
                _ = try await desk.attachmentLink(7, of: item(id))
            }
        }
        await #expect(throws: UpstreamError.unreachable(detail: "status 503")) {
            _ = try await desk.attachmentLink(7, of: item(5))
        }
    }

    @Test func `merged tickets and children say whose they are, and a customer cannot make them`() async throws {
        func note(_ body: String, _ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
            let note = ["body": JSONValue.string(body), "private": .bool(true), "category": .integer(2)]
            return [
                "status": .integer(5),
                "conversations": .array([Sample.conversation(1, at: 1, note.merging(more) { $1 })]),
            ]
        }
        let merged = "<div>This ticket is closed and merged into ticket 12</div>"
        let tickets: [Int64: [String: JSONValue]] = [
            1: note(merged), 2: note("<div>closed and Merged into Ticket <a href='/a/tickets/34'>#34</a></div>"),
            3: note(merged, ["incoming": .bool(true)]), 4: note(merged).merging(["status": .integer(2)]) { $1 },
            5: note("<div>This ticket is closed and merged into ticket 5</div>"),
            6: note("<div>merged into ticket</div>"),
            7: ["association_type": .integer(2), "parent_id": .integer(90)],
            8: ["association_type": .integer(4), "parent_id": .integer(90)],
        ]
        let account = try Account { request in
            let id = Int64(request.path.split(separator: "/").last ?? "") ?? 0
            return tickets[id].map { .ok(Sample.ticket(id, $0)) } ?? .status(404)
        }
        let desk = try FreshdeskHelpDesk.testing(account.url)
        var seen: [Int64: [Int64?]] = [:]
        for id in tickets.keys {
            let metadata = try await desk.ticket(id).metadata
            seen[id] = [metadata.mergedIntoID, metadata.parentID]
        }
        let nothing: [Int64?] = [nil, nil]
        #expect(
            seen == [
                1: [12, nil], 2: [34, nil], 3: nothing, 4: nothing, 5: nothing, 6: nothing, 7: [nil, 90], 8: nothing,
            ])
    }
}
