import Foundation
import FreshetCore

/// What commands say: plain sentences and tables to people, JSON to machines, notes to standard error.
struct Console: Sendable {
    /// Results as JSON on standard output, one value a line.
    var asJSON: Bool
    var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    func result(_ text: @autoclosure () -> String, json: @autoclosure () -> JSONValue) throws {
        say(asJSON ? try Self.encode(json()) : text())
    }

    /// On standard output, at once.
    func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    /// For people, beside the result.
    func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// For people to read.
    static func pretty(_ value: JSONValue) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys, .prettyPrinted]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func encode(_ value: JSONValue) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// Columns that line up; wide characters count as one, which is good enough for ids and numbers.
struct Table {
    var header: [String]
    var rows: [[String]] = []

    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingCharacters(in: .init(charactersIn: " "))
        }.joined(separator: "\n")
    }
}

/// A progress bar on a terminal, a line now and then in a pipe, nothing with `--json`.
final class Progress {
    private let console: Console
    private let title: String
    private var lastLine = ContinuousClock.now - .seconds(60)
    private var isOpen = false

    init(_ console: Console, title: String) {
        self.console = console
        self.title = title
    }

    /// - Parameters:
    ///   - total: `nil` while it is not known.
    ///   - detail: what else to say, short.
    func show(done: Int, of total: Int?, detail: String) {
        if console.asJSON { return }
        let interval: Duration = console.isTerminal ? .milliseconds(80) : .seconds(2)
        guard ContinuousClock.now - lastLine >= interval else { return }
        lastLine = .now
        draw(done: done, of: total, detail: detail)
    }

    func end(done: Int, of total: Int?, detail: String) {
        if console.asJSON { return }
        draw(done: done, of: total, detail: detail)
        if console.isTerminal, isOpen { FileHandle.standardError.write(Data("\n".utf8)) }
        isOpen = false
    }

    private func draw(done: Int, of total: Int?, detail: String) {
        var line = title
        if let total, total > 0 {
            let share = min(1, Double(done) / Double(total))
            let filled = Int(share * 30)
            line +=
                " [" + String(repeating: "█", count: filled) + String(repeating: "·", count: 30 - filled)
                + "] \(Int(share * 100)) %  \(done)/\(total)"
        } else {
            line += " \(done)"
        }
        if !detail.isEmpty { line += "  \(detail)" }
        if console.isTerminal {
            FileHandle.standardError.write(Data("\r\u{1B}[2K\(line)".utf8))
            isOpen = true
        } else {
            console.note(line)
        }
    }
}

/// Text of others on a terminal. It is hostile: no control characters reach it, and a line stays a line.
enum Printable {
    static func line(_ text: String, longest: Int = .max) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(longest).map {
                    $0.properties.generalCategory == .control || $0.properties.generalCategory == .format ? " " : $0
                }))
    }
}
