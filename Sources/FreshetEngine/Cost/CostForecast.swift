package import FreshetCore

/// What summarising and embedding a document would cost, about: from its length, the gate and the price table.
///
/// A rough count, on the high side for Latin text: nobody's tokenizer, no cache hits, no map-reduce overhead, no second
/// tries. Models that are built in cost nothing.
package struct CostForecast: Sendable {
    private let summariser: ModelIdentity
    private let embedder: ModelIdentity
    private let prices: PriceTable
    private let policy: ContentPolicy
    /// Tokens that a question holds besides the item, that an answer has, and that the text of a vector has.
    private static let instructions = 900
    private static let answer = 300
    private static let vectorText = 250

    package init(
        summariser: ModelIdentity, embedder: ModelIdentity, prices: PriceTable, policy: ContentPolicy = ContentPolicy()
    ) {
        self.summariser = summariser
        self.embedder = embedder
        self.prices = prices
        self.policy = policy
    }

    /// The currency's label; `nil` where all is built in.
    package var currency: String? { summariser.isBuiltin && embedder.isBuiltin ? nil : prices.currency }

    package struct Estimate: Sendable, Equatable {
        /// The item's own, and of paid models all that would be charged.
        package var tokens = 0
        /// In millionths; `nil` where a model has no price.
        package var money: Int64? = 0
        package var isGated = false
    }

    package func estimate(_ document: Document) -> Estimate {
        if policy.exclusion(of: document) != nil {
            return Estimate(isGated: policy.gate.reason(against: document) != nil)
        }
        let isGated = policy.gate.reason(against: document) != nil
        return estimate(tokens: Self.tokens(document), isGated: isGated)
    }

    /// For an item that nobody has read yet.
    package func estimate(tokens: Int, isGated: Bool = false) -> Estimate {
        var estimate = Estimate(tokens: tokens, isGated: isGated && !summariser.isBuiltin)
        if summariser.isBuiltin || isGated {
            estimate.tokens = summariser.isBuiltin ? tokens : 0
        } else {
            add(TokenUsage(input: tokens + Self.instructions, output: Self.answer), of: summariser, to: &estimate)
            estimate.tokens += Self.instructions + Self.answer
        }
        if !embedder.isBuiltin {
            let text = min(tokens, Self.vectorText)
            add(TokenUsage(input: text), of: embedder, to: &estimate)
            estimate.tokens += text
        }
        return estimate
    }

    /// For an item of which part is made already.
    func estimate(_ document: Document, summary: Bool, vector: Bool) -> Estimate {
        let tokens = Self.tokens(document)
        let isGated = policy.gate.reason(against: document) != nil
        var estimate = Estimate(tokens: 0, isGated: summary && isGated && !summariser.isBuiltin)
        if summary, !isGated, !summariser.isBuiltin {
            add(TokenUsage(input: tokens + Self.instructions, output: Self.answer), of: summariser, to: &estimate)
            estimate.tokens += tokens + Self.instructions + Self.answer
        }
        if vector, !embedder.isBuiltin {
            let text = min(tokens, Self.vectorText)
            add(TokenUsage(input: text), of: embedder, to: &estimate)
            estimate.tokens += text
        }
        return estimate
    }

    private func add(_ tokens: TokenUsage, of model: ModelIdentity, to estimate: inout Estimate) {
        guard let price = prices.price(of: model.provider, model.model), let sum = estimate.money else {
            estimate.money = nil
            return
        }
        estimate.money = sum + price.money(for: tokens)
    }

    /// Four bytes of ASCII, or one other character, are a token.
    static func tokens(_ document: Document) -> Int {
        var quarters = 0
        for text in [document.subject, document.description] + document.conversations.map(\.body) {
            for scalar in text.unicodeScalars { quarters += scalar.isASCII ? 1 : 4 }
        }
        return max(1, quarters / 4)
    }
}
