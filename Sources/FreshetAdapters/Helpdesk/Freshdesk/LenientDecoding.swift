import Foundation
import FreshetCore

/// Reading JSON whose sender is not strict: what has one meaning is taken, whatever its type; anything else is an error
/// that names its place and never its content.
///
/// `null` and a missing key are the same everywhere.
extension KeyedDecodingContainer {
    /// A whole number, or text of digits that is one.
    func integer(_ key: Key) throws -> Int64? {
        try optional(Loose.self, key)?.integer(at: path(key))
    }

    /// Like `integer`, where nothing works without it.
    func requiredInteger(_ key: Key) throws -> Int64 {
        try required(integer(key), key)
    }

    /// Text, or a number or truth value spelled as one.
    func text(_ key: Key) throws -> String? {
        try optional(Loose.self, key)?.text(at: path(key))
    }

    /// `true` and `false`, also as text, and 1 and 0.
    func flag(_ key: Key) throws -> Bool? {
        try optional(Loose.self, key)?.flag(at: path(key))
    }

    func time(_ key: Key) throws -> Timestamp? {
        guard let text = try text(key), !text.isEmpty else { return nil }
        guard let time = Timestamp(iso8601: text) else { throw MalformedValue(path: path(key)) }
        return time
    }

    func requiredTime(_ key: Key) throws -> Timestamp {
        try required(time(key), key)
    }

    /// `null` and a missing key are an empty list; an element that is not in shape fails the whole list.
    func list<Element: Decodable>(_ type: Element.Type = Element.self, _ key: Key) throws -> [Element] {
        try optional([Element].self, key) ?? []
    }

    /// Texts, `null` among them left out.
    func texts(_ key: Key) throws -> [String] {
        try list(Loose.self, key).enumerated().compactMap { index, value in
            value == .null ? nil : try value.text(at: "\(path(key))[\(index)]")
        }
    }

    func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        try decodeIfPresent(type, forKey: key)
    }

    private func required<Value>(_ value: Value?, _ key: Key) throws -> Value {
        guard let value else { throw MalformedValue(path: path(key)) }
        return value
    }

    private func path(_ key: Key) -> String { MalformedValue.path(codingPath + [key]) }
}

/// A value that has none of the meanings it could have. Holds the place, in our own key names, and no content.
struct MalformedValue: Error {
    var path: String

    init(path: String) { self.path = path }

    /// Takes the place out of what a decoder throws. An answer that is not JSON at all has the empty path.
    init(_ error: any Error) {
        switch error {
        case let error as MalformedValue: self = error
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            path = Self.path(context.codingPath)
        case DecodingError.keyNotFound(let key, let context): path = Self.path(context.codingPath + [key])
        default: path = ""
        }
    }

    /// `conversations[3].created_at`. Keys that a customer chose are content: they end the path.
    static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : "." + key.stringValue
                if key.stringValue == "custom_fields" || key.stringValue == "choices" { break }
            }
        }
        return text
    }
}

/// One JSON scalar, its type left open.
private enum Loose: Decodable, Equatable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        switch try JSONValue(from: decoder) {
        case .null: self = .null
        case .bool(let value): self = .flag(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .text(value)
        case .array, .object: self = .other
        }
    }

    func integer(at path: String) throws -> Int64? {
        switch self {
        case .null: return nil
        case .integer(let value): return value
        case .number(let value):
            guard let exact = Int64(exactly: value) else { throw MalformedValue(path: path) }
            return exact
        case .text(let text):
            guard let value = Int64(text) else { throw MalformedValue(path: path) }
            return value
        case .flag, .other: throw MalformedValue(path: path)
        }
    }

    func text(at path: String) throws -> String? {
        switch self {
        case .null: return nil
        case .text(let text): return text
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .flag(let value): return String(value)
        case .other: throw MalformedValue(path: path)
        }
    }

    func flag(at path: String) throws -> Bool? {
        switch self {
        case .null: return nil
        case .flag(let value): return value
        case .integer(0), .text("false"), .text("0"): return false
        case .integer(1), .text("true"), .text("1"): return true
        case .integer, .number, .text, .other: throw MalformedValue(path: path)
        }
    }
}
