package import FreshetCore

/// A model that answers a question with one JSON object.
///
/// An adapter knows one vendor's payloads and endpoints, and nothing about tickets. Every adapter passes the
/// conformance suite of chat models.
package protocol ChatModel: Sendable {
    var identity: ModelIdentity { get }
    /// One call, no repetition. Whatever came, `ChatReply` says what it cost; what is thrown cost nothing.
    func answer(_ question: ChatQuestion, deadline: Duration) async -> ChatReply
}

/// What is asked. The fixed part comes first, so that providers may cache it.
package struct ChatQuestion: Sendable, Equatable {
    /// The same for every item: the task and its rules.
    package var instructions: String
    /// The item, delimited: data.
    package var material: String
    /// What an earlier answer did wrong; empty on the first try.
    package var correction: String
    var schema: AnswerSchema
    /// Tokens the answer may have.
    package var answerLimit: Int

    init(instructions: String, material: String, correction: String = "", schema: AnswerSchema, answerLimit: Int) {
        self.instructions = instructions
        self.material = material
        self.correction = correction
        self.schema = schema
        self.answerLimit = answerLimit
    }

    /// A rough and generous count of the tokens in it.
    var estimate: Int { TokenEstimate.count(instructions) + TokenEstimate.count(material) + 200 }
}

/// The shape of an answer, in the order in which it should be written.
struct AnswerSchema: Sendable, Equatable {
    /// `[A-Za-z0-9_-]{1,64}`: names the schema, and the tool where an answer has the shape of one.
    var name: String
    var description: String
    var properties: [Property]

    struct Property: Sendable, Equatable {
        var name: String
        var description: String
        /// Of texts; else it is one text.
        var isList = false
    }

    /// Every property is required and nothing else is allowed, as strict modes ask.
    var json: WireJSON {
        .object([
            ("type", .string("object")),
            (
                "properties",
                .object(
                    properties.map { property in
                        let description = ("description", WireJSON.string(property.description))
                        let text: [(String, WireJSON)] = [("type", .string("string"))]
                        let list: [(String, WireJSON)] = [("type", .string("array")), ("items", .object(text))]
                        return (property.name, .object((property.isList ? list : text) + [description]))
                    })
            ),
            ("required", .array(properties.map { .string($0.name) })),
            ("additionalProperties", .bool(false)),
        ])
    }
}

/// What came of a call.
package struct ChatReply: Sendable {
    package var answer: Result<JSONValue, ModelFault>
    package var usage: TokenUsage
    package var signals: ProviderSignals

    package init(
        _ answer: Result<JSONValue, ModelFault>, usage: TokenUsage = TokenUsage(),
        signals: ProviderSignals = ProviderSignals()
    ) {
        self.answer = answer
        self.usage = usage
        self.signals = signals
    }
}

/// Tokens counted without a tokenizer: four bytes of ASCII or one other character make one. Tokenizers of today need
/// fewer for Latin text and about as many for Korean.
enum TokenEstimate {
    static func count(_ text: String) -> Int {
        var ascii = 0
        var other = 0
        for scalar in text.unicodeScalars { if scalar.isASCII { ascii += 1 } else { other += 1 } }
        return (ascii + 3) / 4 + other
    }

    /// The longest beginning that has at most `limit` tokens.
    static func prefix(of text: Substring, tokens limit: Int) -> Substring {
        var quarters = 0
        let scalars = text.unicodeScalars
        var end = scalars.startIndex
        while end < scalars.endIndex {
            quarters += scalars[end].isASCII ? 1 : 4
            if quarters > limit * 4 { break }
            end = scalars.index(after: end)
        }
        return text[..<end]
    }
}
