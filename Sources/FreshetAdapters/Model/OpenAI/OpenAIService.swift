package import FreshetCore
package import FreshetSystem
import Synchronization

/// OpenAI, Azure OpenAI, or any server that speaks the same API (Ollama, vLLM, llama.cpp …).
package struct OpenAIService: Sendable {
    package enum Flavour: Sendable, Equatable {
        /// OpenAI itself.
        case openAI
        /// Paths by deployment, with `?api-version=`.
        case azure(apiVersion: String)
        /// Another server: older parameter names, which every one of them knows.
        case compatible
    }

    /// `openai`, or the name that the configuration gives it; a metric label.
    package var name: String
    package var flavour: Flavour
    var endpoint: ModelEndpoint

    /// - Parameter base: `https://api.openai.com/v1`; of Azure the resource, `https://NAME.openai.azure.com`.
    package init(
        name: String, flavour: Flavour, base: String, credential: ModelCredential, http: HTTPClient,
        clock: any WallClock
    ) {
        self.name = name
        self.flavour = flavour
        endpoint = ModelEndpoint(
            http: http, clock: clock, base: base.hasSuffix("/") ? String(base.dropLast()) : base,
            credential: credential)
    }

    /// `/chat/completions` or, for Azure, where the model's deployment has it.
    func path(_ operation: String, model: String) -> String {
        guard case .azure(let version) = flavour else { return "/" + operation }
        return "/openai/deployments/\(Self.escaped(model))/\(operation)?api-version=\(Self.escaped(version))"
    }

    /// Everything but RFC 3986's unreserved characters, so that a name cannot leave its place in the path.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return escaped
    }
}

/// Chat completions with an answer held to a schema; on a server that cannot do that, to JSON.
package final class OpenAIChat: ChatModel {
    package let identity: ModelIdentity
    private let service: OpenAIService
    private let model: String
    private let form: Form
    /// Once a server has refused a schema it is not asked again.
    private let lacksSchema = Mutex(false)

    /// How the server is asked to answer.
    package enum Form: String, Sendable, CaseIterable {
        /// By the schema; where the server turns out not to know that, as `object`.
        case schema
        /// With some JSON object; the instructions hold the schema.
        case object
        /// The instructions alone say it: for servers that refuse the parameter.
        case none
    }

    /// - Parameter model: of Azure, the deployment.
    package init(service: OpenAIService, model: String, form: Form = .schema) {
        self.service = service
        self.model = model
        self.form = form
        identity = ModelIdentity(provider: service.name, model: model, version: SummaryPrompt.version)
    }

    package func answer(_ question: ChatQuestion, deadline: Duration) async -> ChatReply {
        guard form == .schema else { return await ask(question, form, deadline) }
        if !lacksSchema.withLock({ $0 }) {
            let reply = await ask(question, .schema, deadline)
            guard case .failure(.schemaUnsupported) = reply.answer else { return reply }
            lacksSchema.withLock { $0 = true }
        }
        return await ask(question, .object, deadline)
    }

    private func ask(_ question: ChatQuestion, _ form: Form, _ deadline: Duration) async -> ChatReply {
        var signals = ProviderSignals()
        do throws(ModelFault) {
            let body = body(question, form)
            let value = try await service.endpoint.post(
                service.path("chat/completions", model: model), body, deadline: deadline, signals: &signals)
            return ChatReply(Self.read(value), usage: Self.usage(value), signals: signals)
        } catch {
            return ChatReply(.failure(error), signals: signals)
        }
    }

    private func body(_ question: ChatQuestion, _ form: Form) -> WireJSON {
        let schema = question.schema
        let instructions =
            form == .schema
            ? question.instructions
            : question.instructions + "\n\nAnswer with one JSON object that fits this JSON schema, and nothing else:\n"
                + schema.json.text
        let format: WireJSON =
            form == .schema
            ? .object([
                ("type", .string("json_schema")),
                (
                    "json_schema",
                    .object([("name", .string(schema.name)), ("strict", .bool(true)), ("schema", schema.json)])
                ),
            ])
            : .object([("type", .string("json_object"))])
        var members: [(name: String, value: WireJSON)] = [
            ("model", .string(model)),
            (
                "messages",
                .array([
                    .object([("role", .string("system")), ("content", .string(instructions))]),
                    .object([
                        ("role", .string("user")), ("content", .string(question.material + question.correction)),
                    ]),
                ])
            ),
        ]
        if form != .none { members.append(("response_format", format)) }
        switch service.flavour {
        // Models that think before they answer know only this name, and no temperature but their own.
        case .openAI, .azure: members.append(("max_completion_tokens", .integer(question.answerLimit)))
        case .compatible:
            members.append(("max_tokens", .integer(question.answerLimit)))
            members.append(("temperature", .integer(0)))
        }
        return .object(members)
    }

    private static func read(_ value: JSONValue) -> Result<JSONValue, ModelFault> {
        guard let choice = value.at("choices", "0"), let message = choice.at("message") else {
            return .failure(.malformed(path: "choices[0].message"))
        }
        if let refusal = message.at("refusal")?.text, !refusal.isEmpty { return .failure(.refusal) }
        switch choice.at("finish_reason")?.text {
        case "content_filter": return .failure(.refusal)
        case "length": return .failure(.cutOff)
        default: break
        }
        guard let text = message.at("content")?.text, text.contains(where: { !$0.isWhitespace }) else {
            return .failure(.empty)
        }
        return JSONValue.object(strictly: text).map { .success($0) } ?? .failure(.notJSON)
    }

    private static func usage(_ value: JSONValue) -> TokenUsage {
        TokenUsage(
            input: max(0, value.at("usage", "prompt_tokens")?.integer ?? 0),
            output: max(0, value.at("usage", "completion_tokens")?.integer ?? 0),
            cached: max(0, value.at("usage", "prompt_tokens_details", "cached_tokens")?.integer ?? 0))
    }
}
