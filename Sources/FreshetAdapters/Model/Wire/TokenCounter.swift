package import FreshetCore
import Metrics

/// Counts tokens in `/metrics`, and hands what was used on to whoever writes it down.
package struct TokenCounter: UsageMeter {
    private let next: (any UsageMeter)?

    package init(then next: (any UsageMeter)? = nil) { self.next = next }

    package func record(_ usage: ModelUsage) async {
        for (direction, tokens) in [("input", usage.tokens.input), ("output", usage.tokens.output)] where tokens > 0 {
            Counter(
                label: "freshet_model_tokens_total",
                dimensions: [
                    ("purpose", usage.purpose.rawValue), ("provider", usage.provider), ("direction", direction),
                ]
            ).increment(by: tokens)
        }
        await next?.record(usage)
    }
}
