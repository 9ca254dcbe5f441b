package import FreshetCore
package import FreshetSystem

/// Anthropic's Messages, with an answer in the shape of a tool's input. The tool and the instructions, which are the
/// same for every item, are marked for the provider's cache.
package struct AnthropicChat: ChatModel {
    package let identity: ModelIdentity
    private let endpoint: ModelEndpoint
    private let model: String

    /// Of the API, which the header names; models have their own names.
    private static let apiVersion = "2023-06-01"

    /// - Parameters:
    ///   - name: `anthropic`, or what the configuration calls it; a metric label.
    ///   - base: `https://api.anthropic.com`.
    package init(
        name: String, base: String, credential: ModelCredential, model: String, http: HTTPClient, clock: any WallClock
    ) {
        self.model = model
        identity = ModelIdentity(provider: name, model: model, version: SummaryPrompt.version)
        endpoint = ModelEndpoint(
            http: http, clock: clock, base: base.hasSuffix("/") ? String(base.dropLast()) : base,
            credential: credential, headers: [("anthropic-version", Self.apiVersion)])
    }

    package func answer(_ question: ChatQuestion, deadline: Duration) async -> ChatReply {
        var signals = ProviderSignals()
        do throws(ModelFault) {
            let value = try await endpoint.post("/v1/messages", body(question), deadline: deadline, signals: &signals)
            return ChatReply(Self.read(value), usage: Self.usage(value), signals: signals)
        } catch {
            return ChatReply(.failure(error), signals: signals)
        }
    }

    private func body(_ question: ChatQuestion) -> WireJSON {
        let schema = question.schema
        // What precedes the mark is cached, and tools come before the system's text: one mark covers both.
        let cached: [(name: String, value: WireJSON)] = [
            ("cache_control", .object([("type", .string("ephemeral"))]))
        ]
        return .object([
            ("model", .string(model)),
            ("max_tokens", .integer(question.answerLimit)),
            ("temperature", .integer(0)),
            (
                "tools",
                .array([
                    .object([
                        ("name", .string(schema.name)), ("description", .string(schema.description)),
                        ("input_schema", schema.json),
                    ])
                ])
            ),
            ("tool_choice", .object([("type", .string("tool")), ("name", .string(schema.name))])),
            (
                "system",
                .array([
                    .object([("type", .string("text")), ("text", .string(question.instructions))] + cached)
                ])
            ),
            (
                "messages",
                .array([
                    .object([
                        ("role", .string("user")), ("content", .string(question.material + question.correction)),
                    ])
                ])
            ),
        ])
    }

    private static func read(_ value: JSONValue) -> Result<JSONValue, ModelFault> {
        guard let content = value.at("content")?.elements, let reason = value.at("stop_reason")?.text else {
            return .failure(.malformed(path: "content"))
        }
        switch reason {
        case "refusal": return .failure(.refusal)
        case "max_tokens", "model_context_window_exceeded": return .failure(.cutOff)
        default: break
        }
        if let tool = content.first(where: { $0.at("type")?.text == "tool_use" }) {
            guard let input = tool.at("input"), case .object = input else { return .failure(.notJSON) }
            return .success(input)
        }
        // Instead of filling the tool's input it talks: an answer, but not the one that was asked for.
        let talk = content.compactMap { $0.at("text")?.text }.joined()
        return .failure(talk.contains { !$0.isWhitespace } ? .notJSON : .empty)
    }

    private static func usage(_ value: JSONValue) -> TokenUsage {
        func count(_ name: String) -> Int { max(0, value.at("usage", name)?.integer ?? 0) }
        let cached = count("cache_read_input_tokens")
        return TokenUsage(
            input: count("input_tokens") + cached + count("cache_creation_input_tokens"),
            output: count("output_tokens"), cached: cached)
    }
}
