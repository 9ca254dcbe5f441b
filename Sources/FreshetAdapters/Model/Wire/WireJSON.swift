import Foundation
import FreshetCore

/// JSON in the order in which it was put together: providers cache what begins with the same bytes, and a model fills a
/// schema from its first property to its last.
indirect enum WireJSON: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case array([WireJSON])
    case object([(name: String, value: WireJSON)])

    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    var bytes: [UInt8] { Array(text.utf8) }

    private func write(to text: inout String) {
        switch self {
        case .string(let value): Self.write(value, to: &text)
        case .integer(let value): text += String(value)
        case .number(let value):
            precondition(value.isFinite)
            text += "\(value)"
        case .bool(let value): text += value ? "true" : "false"
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    static func == (a: WireJSON, b: WireJSON) -> Bool { a.text == b.text }
}

extension JSONValue {
    /// Reads the text of an answer: one JSON object and nothing before, between or behind; a key twice is no object.
    static func object(strictly text: String) -> JSONValue? {
        guard let value = try? JSONValue(strictly: Array(text.utf8)), case .object = value else { return nil }
        return value
    }

    /// What stands at a path of keys and positions; `nil` where nothing does.
    func at(_ path: String...) -> JSONValue? {
        var value = self
        for step in path {
            switch value {
            case .object(let members):
                guard let member = members[step] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(step), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }
    var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
}
