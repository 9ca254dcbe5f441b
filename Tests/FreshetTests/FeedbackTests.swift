import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Synchronization
import Testing

/// Feedback over sockets: what it moves, how far, and how it is taken back.
struct FeedbackTests {
    private static let tickets =
        (1...8).map { id in
            Tickets.line(
                id, subject: "Badge reader \(id) rejects cards",
                description:
                    "The badge reader rejects cards since the update, and \(String(repeating: "again ", count: id))so.")
        } + [Tickets.line(9, subject: "Invoice export", description: "The export of invoices stops at row 500.")]
    private static let question = #"{"query":"badge reader rejects cards","limit":8}"#

    /// All of an answer but its id.
    private func ranking(_ panel: Panel, token: String? = nil) async throws -> (id: String, bytes: String) {
        let response = try await panel.stage.http.send(
            HTTPRequest(
                "POST", panel.base + "/query",
                headers: [
                    ("Content-Type", "application/json"),
                    ("Authorization", "Bearer " + (token ?? panel.company.token)),
                ], body: Array(Self.question.utf8)))
        let text = String(decoding: response.body, as: UTF8.self)
        guard let id = try Panel.object(response.body)["recommendation_id"]?.text else {
            throw Stage.Failure(description: "no recommendation in \(text)")
        }
        return (id, text.replacing(id, with: "ID"))
    }

    private func order(_ bytes: String) throws -> [String] { Panel.ids(try Panel.object(Array(bytes.utf8))) }

    private func give(
        _ panel: Panel, _ verdict: String, on id: String, _ ticket: String? = nil, token: String? = nil
    ) async throws -> (Int, [String: JSONValue]) {
        var hit = ""
        if let ticket { hit = ",\"original_id\":\"\(ticket)\"" }
        return try await panel.post(
            "/feedback", "{\"recommendation_id\":\"\(id)\",\"verdict\":\"\(verdict)\"\(hit)}", token: token)
    }

    @Test func `the loop: opened, asked, judged, ranked otherwise, taken back, and byte for byte as before`()
        async throws
    {
        let panel = try await Panel(Self.tickets)
        let opening = try await panel.get("/init/9")
        #expect(opening.0 == 200)
        let before = try await ranking(panel)
        let ids = try order(before.bytes)
        let third = ids[2]

        // Off by default, and refused while nothing proves it.
        let refused = try await panel.stage.freshet("feedback", "enable", "acme", expecting: 65)
        #expect(refused.contains("nobody has judged"))
        let given = try await give(panel, "up", on: before.id, third)
        #expect(given.0 == 200 && given.1["repeated"] == .bool(false))
        let again = try await give(panel, "up", on: before.id, third)
        #expect(again.1["repeated"] == .bool(true) && again.1["recorded_at"] == given.1["recorded_at"])
        #expect(try await ranking(panel).bytes == before.bytes, "not enabled yet")

        let enabled = try panel.stage.json(try await panel.stage.freshet("feedback", "enable", "acme", "--json"))
        #expect(enabled["enabled"] == .bool(true))
        let after = try await ranking(panel)
        #expect(try order(after.bytes) == [ids[0], third, ids[1]] + ids.dropFirst(3))
        #expect(after.bytes.contains(#""moved_up":1"#) && after.bytes.contains(#""moved_up":-1"#))
        // What is on record is what was shown, and what would have been.
        let row = try await panel.stage.poll(for: "the record of \(after.id)") {
            try panel.stage.rows("SELECT shown, unaided FROM recommendations WHERE id = '\(after.id)'").first
        }
        #expect(
            row[0].hasPrefix("ticket/\(ids[0]) ticket/\(third)")
                && row[1].hasPrefix("ticket/\(ids[0]) ticket/\(ids[1])"))

        let undone = try panel.stage.json(
            try await panel.stage.freshet("feedback", "undo", "acme", "--user", "token-1", "--json"))
        #expect(undone["undone"] == .integer(1))
        #expect(try await ranking(panel).bytes == before.bytes)
        _ = try await give(panel, "up", on: before.id, third)
        #expect(try await ranking(panel).bytes != before.bytes, "given again")
        try await panel.stage.freshet("feedback", "disable", "acme")
        #expect(try await ranking(panel).bytes == before.bytes)

        let report = try panel.stage.json(try await panel.stage.freshet("feedback", "report", "acme", "--json"))
        #expect(report["days"]?.array?.first?.object?["up"] == .integer(1))
        let replay = try panel.stage.json(try await panel.stage.freshet("feedback", "replay", "acme", "--json"))
        #expect(replay["judged"] == .integer(1) && replay["objection"] == .null)

        for (body, status) in [
            (#"{"recommendation_id":"rcm_0","verdict":"up"}"#, 404),
            (#"{"recommendation_id":"\#(before.id)","verdict":"up","original_id":"9999"}"#, 404),
            (#"{"recommendation_id":"\#(before.id)","verdict":"sideways"}"#, 422),
            (#"{"recommendation_id":"\#(before.id)","verdict":"up","original_id":7}"#, 422),
            (#"{"recommendation_id":"\#(before.id)","verdict":"up","user":"ann"}"#, 400),
            (#"{"recommendation_id":"\#(before.id)","verdict":"up","doc_type":"ticket"}"#, 422),
        ] { #expect(try await panel.post("/feedback", body).0 == status, "\(body)") }
        try await panel.end()
    }

    @Test func `a thousand hostile verdicts move no result by more than one place, and another company's not at all`()
        async throws
    {
        let panel = try await Panel(Self.tickets)
        let zeta = try await panel.stage.addCompany("zeta", at: panel.url)
        try await panel.stage.freshet("reconcile", "zeta", "--follow", "--json")
        let before = try await ranking(panel)
        let other = try await ranking(panel, token: zeta.token)
        let ids = try order(before.bytes)
        _ = try await give(panel, "down", on: before.id, ids[0])
        try await panel.stage.freshet("feedback", "enable", "acme")
        _ = try await give(panel, "up", on: other.id, ids[0], token: zeta.token)
        try await panel.stage.freshet("feedback", "enable", "zeta")
        let enabled = try await ranking(panel, token: zeta.token).bytes

        let judged = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for round in 0..<(lane < 5 ? 16 : 15) {
                        let shown = try await ranking(panel)
                        // All but one, so that the one left out gains all that there is to gain.
                        for id in ids where id != ids[(lane + round) % ids.count] {
                            let (status, _) = try await give(panel, "down", on: shown.id, id)
                            guard status == 200 else { throw Stage.Failure(description: "feedback answered \(status)") }
                            judged.note("\(lane) \(round) \(id)", "down")
                        }
                        let now = try order(shown.bytes)
                        for (place, id) in now.enumerated() {
                            #expect(abs(place - (ids.firstIndex(of: id) ?? 99)) <= 1, "\(now) of \(ids)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(judged.all.count >= 800)
        // Others say what they think of the first one, a thousand times.
        for _ in 0..<125 { _ = try await give(panel, "down", on: try await ranking(panel).id, ids[1]) }
        let after = try order(try await ranking(panel).bytes)
        #expect(Set(after) == Set(ids))
        for (place, id) in after.enumerated() {
            #expect(abs(place - (ids.firstIndex(of: id) ?? 99)) <= 1, "\(after) of \(ids)")
        }
        #expect(try await ranking(panel, token: zeta.token).bytes == enabled)
        // What is another company's is not there.
        #expect(try await give(panel, "down", on: before.id, ids[0], token: zeta.token).0 == 404)
        try await panel.end()
    }

    @Test func `feedback that was answered survives kill -9, and none is half written`() async throws {
        let panel = try await Panel(Self.tickets)
        let shown = try await ranking(panel)
        let ids = try order(shown.bytes)
        let acknowledged = Tally()
        let fuse = Int.random(in: 5...60)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    for number in 0... {
                        let verdict = (number + lane).isMultiple(of: 2) ? "up" : "down"
                        let ticket = ids[lane]
                        // The server is gone: that is how it ends.
                        guard
                            let answer = try? await give(panel, verdict, on: shown.id, ticket), answer.0 == 200
                        else { return }
                        let count = acknowledged.note("\(ticket) \(number)", verdict)
                        if count == fuse { return await panel.server.kill() }
                    }
                }
            }
            try await group.waitForAll()
        }
        await panel.server.kill()
        var last: [String: (number: Int, verdict: String)] = [:]
        for (key, verdict) in acknowledged.all {
            let parts = key.split(separator: " ").map(String.init)
            let number = Int(parts[1]) ?? 0
            if number >= last[parts[0]]?.number ?? 0 { last[parts[0]] = (number, verdict) }
        }
        let rows = try panel.stage.rows("SELECT original_id, verdict, sequence FROM feedback ORDER BY sequence")
        for (ticket, one) in last {
            let row = try #require(rows.first { $0[0] == ticket }, "\(ticket) was acknowledged")
            // One more may have been written whose answer did not get out.
            let expected = one.verdict == "up" ? "1" : "-1"
            let next = one.verdict == "up" ? "-1" : "1"
            #expect(row[1] == expected || row[1] == next)
        }
        // Row, counter and mark are of one transaction.
        let sequence = try panel.stage.rows("SELECT sequence FROM feedback_states")[0][0]
        #expect(rows.last?[2] == sequence)
        #expect(try panel.stage.rows("SELECT judged FROM recommendations WHERE id = '\(shown.id)'") == [["1"]])
        #expect(try panel.stage.rows("PRAGMA integrity_check") == [["ok"]])
        _ = await panel.simulator.terminate()
    }
}

/// What was answered with 200, over several tasks.
private final class Tally: Sendable {
    private let state = Mutex<[String: String]>([:])

    var all: [String: String] { state.withLock { $0 } }

    /// How many there are with this one.
    @discardableResult
    func note(_ key: String, _ verdict: String) -> Int {
        state.withLock { all in
            all[key] = verdict
            return all.count
        }
    }
}
