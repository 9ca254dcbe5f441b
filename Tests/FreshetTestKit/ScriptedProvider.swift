import Foundation
import FreshetCore
import Synchronization

/// A provider of chat and embedding models over a real socket, in whatever mood a test puts it. It speaks as OpenAI, as
/// Azure or as Anthropic, by the path that it is asked at.
///
/// A good summary takes an item's subject as its problem and leaves the rest empty; a good answer or reply repeats what is
/// said last in each of its items; a vector depends on its text alone.
package final class ScriptedProvider: Sendable {
    package enum Mood: Sendable, Equatable {
        case good
        /// Answers well, so much later.
        case slow(milliseconds: Int)
        /// Says nothing until the client goes.
        case silent
        /// Breaks the connection off.
        case reset
        case status(Int)
        /// 429, with or without a time to wait.
        case throttled(seconds: Int?)
        /// Answers well, and says that this was the last call for so long.
        case drained(seconds: Int)
        /// 200 with something that is no JSON.
        case garbage
        /// A good frame around an answer that breaks off.
        case malformed
        /// An answer of the right shape that holds what the item does not: a link and a canary.
        case poison
        case refusal
    }

    /// What a poisoned answer holds.
    package static let canary = "CANARY-7731"

    private let script: Script
    private let server: ScriptedHTTPServer

    package init(_ mood: Mood = .good) throws {
        let script = Script(mood)
        self.script = script
        server = try ScriptedHTTPServer { script.answer($0) }
    }

    package var url: String { server.url }
    package var requests: [ScriptedHTTPServer.Request] { server.requests }
    /// Calls about items and texts; those that only ask whether it is there are left out.
    package var calls: Int { server.requests.count { !Script.isProbe($0) } }
    /// Clients that left before they were told anything, while it was silent.
    package var abandoned: Int { server.abandoned }
    package var probes: Int { server.requests.count { Script.isProbe($0) } }
    /// What models were shown for answers and replies, in order.
    package var writings: [String] { server.requests.filter(Script.isWriting).map(Script.material) }
    /// What the last message of a question says.
    package static func material(of request: ScriptedHTTPServer.Request) -> String { Script.material(request) }
    package func become(_ mood: Mood) { script.mood.withLock { $0 = mood } }
}

private final class Script: Sendable {
    let mood: Mutex<ScriptedProvider.Mood>

    init(_ mood: ScriptedProvider.Mood) { self.mood = Mutex(mood) }

    static func isProbe(_ request: ScriptedHTTPServer.Request) -> Bool {
        !request.body.contains("<ticket>") && !isWriting(request) && !request.target.contains("/embeddings")
            || request.body.contains("\"input\":[\"ready\"]")
    }

    static func isWriting(_ request: ScriptedHTTPServer.Request) -> Bool { request.body.contains("<item>") }

    func answer(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer {
        switch mood.withLock({ $0 }) {
        case .good: return good(request)
        case .slow(let milliseconds):
            // On a thread of the server's own.
            Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
            return good(request)
        case .silent: return .init(-1)
        case .reset: return .init(0)
        case .status(let status): return .init(status, #"{"error":{"code":"scripted","message":"told to fail"}}"#)
        case .throttled(let seconds):
            return .init(
                429, #"{"error":{"code":"rate_limit_exceeded"}}"#, headers: seconds.map { ["Retry-After: \($0)"] } ?? []
            )
        case .drained(let seconds):
            var answer = good(request)
            answer.headers = ["x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: \(seconds)s"]
            return answer
        case .garbage: return .init(200, "<html>it works</html>")
        case .malformed: return chat(request, "{\"problem\": \"The")
        case .poison where Self.isWriting(request):
            let poisoned = "\(ScriptedProvider.canary): see https://evil.example/\(ScriptedProvider.canary) [1]"
            return chat(request, Self.json(Self.text([poisoned, "Send your password to eve@evil.example. [1]"])))
        case .poison:
            return chat(
                request,
                Self.json([
                    "problem": .string(
                        "\(ScriptedProvider.canary): see https://evil.example/\(ScriptedProvider.canary)"),
                    "cause": .string(""), "solution": .string(""), "result": .string(""), "tags": .array([]),
                ]))
        case .refusal:
            return Self.isAnthropic(request)
                ? .init(200, #"{"content":[],"stop_reason":"refusal","usage":{"input_tokens":9,"output_tokens":1}}"#)
                : .init(
                    200,
                    #"{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#
                )
        }
    }

    private func good(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer {
        if request.target.contains("/embeddings") { return embeddings(request) }
        guard !Self.isProbe(request) else { return chat(request, #"{"word":"ready"}"#) }
        if Self.isWriting(request) { return chat(request, Self.json(Self.text(Self.repeated(request)))) }
        // The text is JSON in JSON: its line breaks are spelled out.
        let material = request.body.range(of: "<ticket>\\n").map { request.body[$0.upperBound...] } ?? ""
        let subject =
            material.firstMatch(of: /(?:Subject|Problem): (.*?)(?:\\n|")/).map { String($0.output.1) } ?? "?"
        return chat(
            request,
            Self.json([
                "problem": .string(subject), "cause": .string(""), "solution": .string(""), "result": .string(""),
                "tags": .array([]),
            ]))
    }

    /// Of an answer or a reply; members that one of them lacks do not matter.
    private static func text(_ sentences: [String]) -> [String: JSONValue] {
        [
            "sentences": .array(sentences.map { .string($0) }), "greeting": .string("Hello [name],"),
            "closing": .string("Kind regards"),
        ]
    }

    /// The last paragraph of each item, and its number.
    private static func repeated(_ request: ScriptedHTTPServer.Request) -> [String] {
        material(request).components(separatedBy: "<item>\nNumber ").dropFirst().map { item in
            let text = item.components(separatedBy: "\n</item>")[0]
            let last = text.components(separatedBy: "\n\n").last?.split(separator: "\n").last ?? ""
            return "\(last) [\(item.prefix { $0.isNumber })]"
        }
    }

    static func material(_ request: ScriptedHTTPServer.Request) -> String {
        guard case .object(let body) = request.json, case .array(let messages)? = body["messages"],
            case .object(let message)? = messages.last, case .string(let text)? = message["content"]
        else { return "" }
        return text
    }

    private func chat(_ request: ScriptedHTTPServer.Request, _ text: String) -> ScriptedHTTPServer.Answer {
        guard Self.isAnthropic(request) else {
            return .init(
                200,
                Self.json([
                    "choices": .array([
                        .object([
                            "message": .object(["role": .string("assistant"), "content": .string(text)]),
                            "finish_reason": .string("stop"),
                        ])
                    ]),
                    "usage": .object(["prompt_tokens": .integer(100), "completion_tokens": .integer(20)]),
                ]))
        }
        let isWhole = text.hasSuffix("}")
        let content =
            isWhole
            ? "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":\(text)}"
            : Self.json(["type": .string("text"), "text": .string(text)])
        return .init(
            200,
            "{\"content\":[\(content)],\"stop_reason\":\"\(isWhole ? "tool_use" : "end_turn")\","
                + "\"usage\":{\"input_tokens\":100,\"output_tokens\":20}}")
    }

    private func embeddings(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer {
        guard case .object(let body) = request.json, case .array(let inputs)? = body["input"] else { return .init(400) }
        let rows = inputs.enumerated().map { index, input -> JSONValue in
            var text = ""
            if case .string(let given) = input { text = given }
            return .object([
                "index": .integer(Int64(index)), "embedding": .array(Self.vector(text).map { .number($0) }),
            ])
        }
        return .init(
            200,
            Self.json(["data": .array(rows), "usage": .object(["prompt_tokens": .integer(Int64(10 * inputs.count))])]))
    }

    /// Of its words: texts that share some are near.
    private static func vector(_ text: String) -> [Double] {
        var vector = [Double](repeating: 0, count: 64)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let hash = word.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            vector[Int(hash % 64)] += 1
        }
        return vector.allSatisfy { $0 == 0 } ? [1] + vector.dropFirst() : vector
    }

    private static func isAnthropic(_ request: ScriptedHTTPServer.Request) -> Bool {
        request.target.hasSuffix("/v1/messages")
    }

    private static func json(_ members: [String: JSONValue]) -> String {
        do {
            return String(decoding: try JSONEncoder().encode(JSONValue.object(members)), as: UTF8.self)
        } catch {
            preconditionFailure("JSON of our own: \(error)")
        }
    }
}
