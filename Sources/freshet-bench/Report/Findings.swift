import Foundation

/// What one measurement found: figures, what they are to reach, and how they came about.
struct Findings: Encodable, Sendable {
    struct Figure: Encodable, Sendable {
        var name: String
        var value: Double
        var unit: String
        /// `≥ 60 %`; `nil` where nothing is to be reached.
        var target: String?
        var isReached: Bool?
        /// A count that must be right on every machine, unlike a time.
        var isFact: Bool

        enum CodingKeys: String, CodingKey {
            case name, value, unit, target
            case isReached = "reached"
            case isFact = "fact"
        }
    }

    enum Target: Sendable {
        case atLeast(Double)
        case atMost(Double)
        /// Not a time but a count: missing it makes the whole run fail.
        case exactly(Double)
        /// Likewise.
        case noMoreThan(Double)
    }

    var benchmark: String
    var title: String
    /// One line each.
    var method: [String]
    var figures: [Figure] = []
    var notes: [String] = []
    /// What was left out, and why.
    var skipped: [String] = []
    /// Why something, or all of it, could not be measured.
    var failure: String?

    init(_ benchmark: String, _ title: String, method: [String]) {
        self.benchmark = benchmark
        self.title = title
        self.method = method
    }

    /// It could not be measured.
    init(broken benchmark: String, because reason: String) {
        self.init(benchmark, "could not be measured", method: [])
        failure = reason
    }

    mutating func add(_ name: String, _ value: Double, _ unit: String, _ target: Target? = nil) {
        var figure = Figure(name: name, value: value, unit: unit, isFact: false)
        switch target {
        case nil: break
        case .atLeast(let limit):
            figure.target = "≥ \(Number.text(limit))"
            figure.isReached = value >= limit
        case .atMost(let limit):
            figure.target = "≤ \(Number.text(limit))"
            figure.isReached = value <= limit
        case .exactly(let number):
            figure.target = "= \(Number.text(number))"
            figure.isReached = value == number
            figure.isFact = true
        case .noMoreThan(let number):
            figure.target = "≤ \(Number.text(number))"
            figure.isReached = value <= number
            figure.isFact = true
        }
        figures.append(figure)
    }

    mutating func add(_ name: String, _ value: Int, _ unit: String, _ target: Target? = nil) {
        add(name, Double(value), unit, target)
    }

    mutating func skip(_ what: String) {
        skipped.append(what)
        Progress.note("SKIPPED: " + what)
    }

    /// Adds what `part` finds; where it fails, what was found before is kept and the failure said.
    mutating func attempt(_ name: String, _ part: (inout Findings) async throws -> Void) async {
        do {
            try await part(&self)
        } catch {
            failure = [failure, "\(name): \(error)"].compactMap { $0 }.joined(separator: "; ")
            Progress.note("FAILED: \(name): \(error)")
        }
    }

    /// A count was wrong, or something could not be measured; a missed time is neither.
    var isWrong: Bool { failure != nil || figures.contains { $0.isFact && $0.isReached == false } }

    /// For people.
    var text: String {
        var lines = ["\(benchmark): \(title)"]
        lines += method.map { "  how     " + $0 }
        if let failure { lines.append("  FAILED  " + failure) }
        let cells = figures.map { [$0.name, Number.text($0.value), $0.unit, $0.target ?? "", $0.verdict] }
        let widths = (0..<5).map { column in cells.map { $0[column].count }.max() ?? 0 }
        for cell in cells {
            let padded = cell.indices.map { column -> String in
                let space = String(repeating: " ", count: widths[column] - cell[column].count)
                return column == 1 ? space + cell[column] : cell[column] + space
            }
            lines.append("  " + padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
        lines += notes.map { "  note    " + $0 }
        lines += skipped.map { "  SKIPPED " + $0 }
        return lines.joined(separator: "\n")
    }
}

extension Findings.Figure {
    fileprivate var verdict: String {
        switch isReached {
        case nil: ""
        case true?: "reached"
        case false?: isFact ? "WRONG" : "MISSED"
        }
    }
}

/// All of a run, for machines.
struct Report: Encodable {
    var machine: Machine
    var findings: [Findings]

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

/// Numbers as people read them.
enum Number {
    /// Four significant digits for fractions, all digits for large ones.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let size = abs(value)
        if size >= 1000 || value == value.rounded() { return "\(Int(value.rounded()))" }
        return rounded(value, size >= 100 ? 1 : size >= 1 ? 2 : 4)
    }

    private static func rounded(_ value: Double, _ places: Int) -> String {
        let factor = pow(10, Double(places))
        return "\((value * factor).rounded() / factor)"
    }
}

/// What is going on, on standard error.
enum Progress {
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
