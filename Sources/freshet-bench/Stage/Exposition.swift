import FreshetSystem

/// The numbers of a `/metrics` page (Prometheus text), by series as written there: `name` or `name{label="value"}`.
struct Exposition: Sendable {
    private var values: [String: Double] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            values[String(line[..<space])] = value
        }
    }

    /// Of the server at `base`.
    static func of(_ base: String) async throws -> Exposition {
        let response = try await HTTPClient().send(HTTPRequest("GET", base + "/metrics"))
        guard response.status == 200 else { throw Workshop.Failure("/metrics answered \(response.status)") }
        return Exposition(String(decoding: response.body, as: UTF8.self))
    }

    /// The sum of the series of that metric whose labels contain all of `labels`; 0 when there is none.
    func total(_ name: String, _ labels: (String, String)...) -> Double {
        values.reduce(0) { sum, entry in
            let matches =
                entry.key == name
                ? labels.isEmpty
                : entry.key.hasPrefix(name + "{") && labels.allSatisfy { entry.key.contains("\($0)=\"\($1)\"") }
            return matches ? sum + entry.value : sum
        }
    }
}
