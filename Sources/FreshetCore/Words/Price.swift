/// What a model's tokens cost: millionths of the currency for a million tokens of each sort.
package struct Price: Sendable, Equatable {
    package var input: Int64
    /// Of input that the provider had in its cache.
    package var cached: Int64
    package var output: Int64

    package init(input: Int64, cached: Int64? = nil, output: Int64 = 0) {
        self.input = input
        self.cached = cached ?? input
        self.output = output
    }

    /// In millionths of the currency, a started one counted whole; saturates.
    package func money(for tokens: TokenUsage) -> Int64 {
        let cached = min(max(0, tokens.cached), max(0, tokens.input))
        let shares = [(tokens.input - cached, input), (cached, self.cached), (tokens.output, output)]
        var sum: Int64 = 0
        for (count, price) in shares {
            let (product, isTooLarge) = Int64(max(0, count)).multipliedReportingOverflow(by: price)
            let (total, overflows) = sum.addingReportingOverflow(product)
            if isTooLarge || overflows { return .max / 4 }
            sum = total
        }
        return sum / 1_000_000 + (sum % 1_000_000 > 0 ? 1 : 0)
    }
}

/// Prices by provider and model, in one currency.
package struct PriceTable: Sendable, Equatable {
    /// A label for people, `USD`.
    package var currency: String
    /// By `provider/model`.
    package var prices: [String: Price]

    package init(currency: String = "USD", prices: [String: Price] = [:]) {
        self.currency = currency
        self.prices = prices
    }

    /// `nil` where nobody has said; what is built in costs nothing. A name that ends in a date or a number of
    /// dimensions (`gpt-4o-2024-08-06`, `text-embedding-3-small-1536`) has the price of the name without them, unless
    /// it has one of its own.
    package func price(of provider: String, _ model: String) -> Price? {
        if provider == ModelIdentity.builtinProvider { return Price(input: 0) }
        var name = model[...]
        while true {
            if let price = prices["\(provider)/\(name)"] { return price }
            guard let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return nil }
            let tail = name[name.index(after: dash)...]
            guard !tail.isEmpty, tail.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            name = name[..<dash]
        }
    }
}

/// Money as people read it: `1.2345`, from millionths.
package func moneyText(_ micros: Int64) -> String {
    let fraction = String(micros.magnitude % 1_000_000)
    let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
    let digits = padded.reversed().drop { $0 == "0" }.reversed()
    let shown = digits.count < 2 ? padded.prefix(2) : padded.prefix(digits.count)
    return "\(micros < 0 ? "-" : "")\(micros.magnitude / 1_000_000).\(shown)"
}
