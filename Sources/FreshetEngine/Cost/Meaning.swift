import Foundation

/// A text as far as its meaning for an embedder goes: what differs only in case, white space or punctuation is equal.
package enum Meaning {
    /// NFC, lower case, words apart by one space. Signs that carry meaning stay: within a number (`5.5`, `10:30`, `-3`),
    /// and such as `#`, `@`, `%`, `&`, `_` and `/`.
    package static func normalised(_ text: String) -> String {
        let scalars = Array(text.precomposedStringWithCanonicalMapping.lowercased().unicodeScalars)
        var result = String.UnicodeScalarView()
        var isApart = false
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            guard isMeant(scalar, after: index > 0 ? scalars[index - 1] : nil, before: next) else {
                isApart = true
                continue
            }
            if isApart, !result.isEmpty { result.append(" ") }
            isApart = false
            result.append(scalar)
        }
        return String(result).precomposedStringWithCanonicalMapping
    }

    private static func isMeant(_ scalar: Unicode.Scalar, after last: Unicode.Scalar?, before next: Unicode.Scalar?)
        -> Bool
    {
        if scalar.properties.isWhitespace { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return false
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            if "#@%&_/".unicodeScalars.contains(scalar) { return true }
            guard let next, next.properties.numericType == .decimal else { return false }
            if scalar == "-" { return true }
            return ".,:".unicodeScalars.contains(scalar) && last?.properties.numericType == .decimal
        default: return true
        }
    }
}
