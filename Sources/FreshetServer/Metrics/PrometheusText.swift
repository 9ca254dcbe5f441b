/// Prometheus' text format, version 0.0.4.
///
/// Source: prometheus.io, "Exposition formats". Lines end in LF; help escapes backslash and line feed, label values the
/// double quote as well.
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var bytes: [UInt8] = []

    /// Families without a series are left out: a type without a sample says nothing.
    mutating func family(_ name: String, _ family: PrometheusMetrics.Family) {
        guard !family.series.isEmpty else { return }
        if !family.help.isEmpty { line("# HELP \(name) \(Self.escaped(family.help, quotes: false))") }
        line("# TYPE \(name) \(family.kind.rawValue)")
        for (labels, instrument) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            instrument.write(name, labels, into: &self)
        }
    }

    mutating func sample(
        _ name: String, _ labels: [PrometheusMetrics.Label], _ value: String, bucket: String? = nil
    ) {
        var parts = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
        if let bucket { parts.append("le=\"\(bucket)\"") }
        line(parts.isEmpty ? "\(name) \(value)" : "\(name){\(parts.joined(separator: ","))} \(value)")
    }

    /// `1`, `0.25`, `+Inf`: what Go's ParseFloat reads.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(0x0A)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
