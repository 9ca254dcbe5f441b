import Foundation
import FreshetCore
import FreshetTestKit
import Synchronization
import Testing

/// Another embedder for a company that is served, with real processes.
struct SlotRiverTests {
    private static let count = 120

    private func embeddings(_ provider: ScriptedProvider, _ path: String) -> [String: String] {
        [
            "FRESHET_MODELS_PROVIDERS": "main", "FRESHET_MODELS_MAIN_KIND": "compatible",
            "FRESHET_MODELS_MAIN_URL": provider.url + "/v1", "FRESHET_MODELS_MAIN_CONCURRENCY": "2",
            "FRESHET_MODELS_EMBEDDINGS_BATCH": "8", path + "_USE": "main", path + "_MODEL": "e",
            path + "_DIMENSIONS": "64",
        ]
    }

    /// How long the vectors are, by slot.
    private func lengths(_ stage: Stage) throws -> [[String]] {
        try stage.rows(
            "SELECT slot, length(vector) / 4, count(*) FROM points WHERE tombstone = 0 GROUP BY 1, 2 ORDER BY 1, 2")
    }

    private func keptVectors(_ stage: Stage) throws -> Int {
        try stage.rows("SELECT 1 FROM model_cache WHERE kind = 'embedding' AND length(vector) = 4 * 64").count
    }

    /// The texts of items that it was asked for. Queries are single lines, and embedded, too.
    private func paid(_ provider: ScriptedProvider) -> [String] {
        provider.requests.filter { $0.target.contains("/embeddings") }.flatMap { request -> [String] in
            guard case .object(let body) = request.json, case .array(let inputs)? = body["input"] else { return [] }
            return inputs.compactMap { if case .string(let text) = $0, text.contains("\n") { text } else { nil } }
        }
    }

    private func rebuild(_ stage: Stage) async throws -> [String: JSONValue] {
        try stage.json(try await stage.freshet("reconcile", "acme", "--rebuild", "--json"))
    }

    /// Asks from four sides while `work` goes on; every answer must be one.
    private func underQueries<Value: Sendable>(
        _ stage: Stage, _ base: String, _ company: Stage.Company, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let ending = Ending()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    var number = lane
                    while !ending.isThere {
                        number += 1
                        let hits = try await stage.query(
                            "the invoice export stops with code E\(number * 37)", at: base, token: company.token)
                        guard hits.count == 10 else {
                            throw Stage.Failure(description: "\(hits.count) hits for question \(number)")
                        }
                        // As people do: what is watched needs the processor, too.
                        try await Task.sleep(for: .milliseconds(500))
                    }
                    return nil
                }
            }
            group.addTask {
                defer { ending.come() }
                return try await work()
            }
            var value: Value?
            while let next = try await group.next() { value = next ?? value }
            return try #require(value)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `the embedder changes, through a kill -9, and back, and no query fails`() async throws {
        let provider = try ScriptedProvider()
        let first = try Stage()
        let (simulator, desk) = try await first.simulator(tickets: Tickets.many(Self.count))
        let acme = try await first.addCompany("acme", at: desk)
        try await first.freshet("reconcile", "acme", "--follow")

        // The configuration alone changes nothing.
        let there = try Stage(over: first, environment: embeddings(provider, "FRESHET_MODELS_EMBEDDINGS"))
        let (doomed, oldBase) = try await there.serve()
        #expect(try await there.query("the invoice export stops", at: oldBase, token: acme.token).count == 10)
        #expect(provider.calls == 0)
        let own = try lengths(there)
        #expect(own.count == 1 && own.first?.last == String(Self.count))

        // A server is killed while it fills, and the next one goes on.
        provider.become(.slow(milliseconds: 500))
        let order = try ServiceProcess(
            "freshet", ["reconcile", "acme", "--rebuild", "--json"], environment: there.environment)
        try await there.poll(for: "the first vectors") { try keptVectors(there) >= 32 ? () : nil }
        await doomed.kill()
        let (before, kept) = (paid(provider), try keptVectors(there))
        #expect(kept < Self.count)
        #expect(try there.rows("SELECT state FROM index_slots ORDER BY slot") == [["serving"], ["filling"]])
        let (server, base) = try await there.serve()
        let ended = try await underQueries(there, base, acme) {
            try await order.first("an end") { $0.contains("\"run_id\"") ? $0 : nil }
        }
        #expect(try there.json(ended)["state"] == .string("complete"))
        #expect(
            try there.rows("SELECT slot, state FROM index_slots ORDER BY slot") == [["1", "kept"], ["2", "serving"]])
        #expect(try lengths(there) == own + [["2", "64", String(Self.count)]])
        // What was on its way when it died may have arrived after the count.
        #expect(
            paid(provider).count <= before.count + Self.count - kept + 2 * 8, "paid again what was kept already")
        #expect(await server.terminate() == 0)

        // And back: the one that served until now is still to be had under its former name.
        provider.become(.good)
        let back = try Stage(
            over: first, environment: embeddings(provider, "FRESHET_MODELS_EMBEDDINGS_FORMER"))
        let (last, lastBase) = try await back.serve()
        let report = try await underQueries(back, lastBase, acme) { try await rebuild(back) }
        #expect(report["state"] == .string("complete"))
        #expect(try back.rows("SELECT slot FROM index_slots WHERE state = 'serving'") == [["1"]])
        // What was replaced can be taken back, until it is let go.
        try await back.freshet("reconcile", "acme", "--rollback")
        #expect(try back.rows("SELECT slot FROM index_slots WHERE state = 'serving'") == [["2"]])
        #expect(try await back.query("the invoice export stops", at: lastBase, token: acme.token).count == 10)
        try await back.freshet("reconcile", "acme", "--discard")
        #expect(try lengths(back) == [["2", "64", String(Self.count)]])
        #expect(await last.terminate() == 0)

        // Nobody can ask the one that fills it any more: words are found, and answers say that this is all.
        let answer = try await first.freshet("search", "acme", "invoice export stops", "--json")
        #expect(answer.contains(#""degraded":"full_text_only""#) && answer.contains("invoice export"))
        _ = await simulator.terminate()
    }
}

private final class Ending: Sendable {
    private let state = Mutex(false)
    var isThere: Bool { state.withLock { $0 } }
    func come() { state.withLock { $0 = true } }
}
