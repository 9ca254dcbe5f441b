/// Tokens that a provider charges for.
package struct TokenUsage: Sendable, Equatable {
    /// Of the question, those included that the provider had in its cache.
    package var input: Int
    package var output: Int
    /// Of `input`, charged less.
    package var cached: Int

    package init(input: Int = 0, output: Int = 0, cached: Int = 0) {
        self.input = input
        self.output = output
        self.cached = cached
    }

    package static func + (a: TokenUsage, b: TokenUsage) -> TokenUsage {
        TokenUsage(input: a.input + b.input, output: a.output + b.output, cached: a.cached + b.cached)
    }
}

/// What a model is asked for; a metric label.
package enum ModelPurpose: String, Sendable, CaseIterable, Codable {
    case summary, embedding
    /// An answer to an agent, or a reply to a requester.
    case answer
}

/// What one call to a model used, whatever came of it.
package struct ModelUsage: Sendable, Equatable {
    package var company: CompanyID
    package var provider: String
    package var model: String
    package var purpose: ModelPurpose
    package var tokens: TokenUsage

    package init(company: CompanyID, provider: String, model: String, purpose: ModelPurpose, tokens: TokenUsage) {
        self.company = company
        self.provider = provider
        self.model = model
        self.purpose = purpose
        self.tokens = tokens
    }
}

/// Writes down what models used, for bills and budgets. A call that could not be written down is logged, and its answer
/// is good all the same.
package protocol UsageMeter: Sendable {
    func record(_ usage: ModelUsage) async
}
