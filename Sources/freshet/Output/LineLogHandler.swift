import Foundation
import FreshetCore
import Logging

/// Logs to standard error, one line a record: text for people, JSON for collectors.
///
/// Control characters are escaped, so that hostile text can neither forge a line nor drive a terminal.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String
    private let asJSON: Bool

    init(label: String, level: Logger.Level, asJSON: Bool) {
        self.label = label
        self.logLevel = level
        self.asJSON = asJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        let pairs = all.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }
        let now = SystemWallClock().now.iso8601
        let line: String
        if asJSON {
            var fields: [String] = [
                "\"time\":\(quoted(now))", "\"level\":\(quoted(event.level.rawValue))", "\"logger\":\(quoted(label))",
                "\"message\":\(quoted(event.message.description))",
            ]
            fields += pairs.map { "\(quoted($0)):\(quoted($1))" }
            line = "{" + fields.joined(separator: ",") + "}"
        } else {
            let tail = pairs.map { " \($0)=\($1.contains(" ") || $1.isEmpty ? quoted($1) : escaped($1))" }.joined()
            line = "\(now) \(event.level.rawValue) \(escaped(event.message.description))\(tail)"
        }
        // One write a line, so that lines of several threads do not mix.
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private func quoted(_ text: String) -> String { "\"" + escaped(text) + "\"" }

    private func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _
            where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
                || [0x2028, 0x2029].contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
