import FreshetCore
import FreshetSystem
import FreshetTestKit
import Synchronization

@testable import FreshetAdapters

/// Every chat adapter, and what its vendor's answers look like: what the conformance suite runs over.
enum Vendor: String, CaseIterable, Sendable {
    case openAI, compatible, azure, anthropic

    func chat(at url: String, model: String = "model-a", clock: any WallClock = ManualClock()) throws -> any ChatModel {
        let http = try HTTPClient()
        let secret = Secret("key-4711\n")
        switch self {
        case .openAI, .compatible:
            return OpenAIChat(
                service: OpenAIService(
                    name: rawValue, flavour: self == .openAI ? .openAI : .compatible, base: url + "/v1",
                    credential: ModelCredential(.bearer) { secret }, http: http, clock: clock), model: model)
        case .azure:
            return OpenAIChat(
                service: OpenAIService(
                    name: rawValue, flavour: .azure(apiVersion: "2024-10-21"), base: url + "/",
                    credential: ModelCredential(.azureKey) { secret }, http: http, clock: clock), model: model)
        case .anthropic:
            return AnthropicChat(
                name: rawValue, base: url, credential: ModelCredential(.anthropicKey) { secret }, model: model,
                http: http, clock: clock)
        }
    }

    func summariser(
        at url: String, model: String = "model-a",
        _ configuration: PromptedSummariser.Configuration = PromptedSummariser.Configuration(deadline: .patient),
        meter: UsageNotes = UsageNotes()
    ) throws -> PromptedSummariser {
        PromptedSummariser(
            chat: try chat(at: url, model: model), configuration: configuration, clock: ManualClock(), meter: meter)
    }

    var target: String {
        switch self {
        case .openAI, .compatible: "/v1/chat/completions"
        case .azure: "/openai/deployments/model-a/chat/completions?api-version=2024-10-21"
        case .anthropic: "/v1/messages"
        }
    }

    var key: (name: String, value: String) {
        switch self {
        case .openAI, .compatible: ("authorization", "Bearer key-4711")
        case .azure: ("api-key", "key-4711")
        case .anthropic: ("x-api-key", "key-4711")
        }
    }

    /// An answer with `text`, which is JSON where all is well.
    func answer(_ text: String) -> ScriptedHTTPServer.Answer {
        guard self == .anthropic else { return openAI(.string(text), finish: "stop") }
        guard let input = JSONValue.object(strictly: text) else {
            return anthropic(
                text.isEmpty ? [] : [.object([("type", .string("text")), ("text", .string(text))])], stop: "end_turn")
        }
        let tool =
            "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"record_summary\",\"input\":\(FreshdeskSample.text(input))}"
        return .init(
            200,
            "{\"content\":[\(tool)],\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":70,\"output_tokens\":30}}")
    }

    func refusal() -> ScriptedHTTPServer.Answer {
        guard self == .anthropic else {
            return .init(
                200,
                #"{"choices":[{"message":{"content":null,"refusal":"I cannot."},"finish_reason":"stop"}],"usage":{}}"#)
        }
        return anthropic([], stop: "refusal")
    }

    func cutOff() -> ScriptedHTTPServer.Answer {
        self == .anthropic
            ? anthropic([.object([("type", .string("text")), ("text", .string("{\"prob"))])], stop: "max_tokens")
            : openAI(.string("{\"prob"), finish: "length")
    }

    func error(_ status: Int, code: String, _ message: String = "", headers: [String] = [])
        -> ScriptedHTTPServer.Answer
    {
        let error: WireJSON = .object([
            ("type", .string(code)), ("code", .string(code)), ("message", .string(message)),
        ])
        return .init(status, WireJSON.object([("error", error)]).text, headers: headers)
    }

    private func openAI(_ content: WireJSON, finish: String) -> ScriptedHTTPServer.Answer {
        let message: WireJSON = .object([("role", .string("assistant")), ("content", content)])
        let choice: WireJSON = .object([("message", message), ("finish_reason", .string(finish))])
        let usage: WireJSON = .object([("prompt_tokens", .integer(70)), ("completion_tokens", .integer(30))])
        return .init(200, WireJSON.object([("choices", .array([choice])), ("usage", usage)]).text)
    }

    private func anthropic(_ content: [WireJSON], stop: String) -> ScriptedHTTPServer.Answer {
        let usage: WireJSON = .object([("input_tokens", .integer(70)), ("output_tokens", .integer(30))])
        return .init(
            200,
            WireJSON.object([("content", .array(content)), ("stop_reason", .string(stop)), ("usage", usage)]).text)
    }
}

/// What models used, as it was reported.
final class UsageNotes: UsageMeter {
    private let notes = Mutex<[ModelUsage]>([])
    var all: [ModelUsage] { notes.withLock { $0 } }
    func record(_ usage: ModelUsage) async { notes.withLock { $0.append(usage) } }
}

extension Content {
    static let export = Content(
        subject: "Invoice export stops at row 500",
        description: "The export ends early with error EXP-1042 since version 4.2.1. We need all 1,200 rows.",
        entries: [
            Entry(
                id: 1, role: .agent, isPrivate: false, text: "The page size was limited. Raise the page limit to 2000."),
            Entry(id: 2, role: .agent, isPrivate: true, text: "Customer is on the enterprise plan, secret margin 37%."),
            Entry(id: 3, role: .requester, isPrivate: false, text: "Thank you, the export is complete now."),
        ], attachments: [], isResolved: true)
}

/// What a model might make of `Content.export`, with fields replaced as a test needs.
func exportAnswer(_ fields: [String: String] = [:], tags: [String] = ["export", "invoice", "page limit"]) -> String {
    let whole = [
        "problem": "The invoice export stops at row 500 with error EXP-1042.",
        "cause": "The page size was limited since version 4.2.1.", "solution": "Raise the page limit to 2000.",
        "result": "The export is complete now.",
    ].merging(fields) { $1 }
    return WireJSON.object(
        whole.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }
            + [("tags", .array(tags.map { .string($0) }))]
    ).text
}
