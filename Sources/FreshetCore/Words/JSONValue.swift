import Foundation

/// Any JSON, for what a help desk lets its customers define (custom fields) and for payloads.
///
/// Integers stay exact over the whole of Int64; other numbers are finite doubles.
package enum JSONValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A value has exactly one type, so a refusal means "try the next one". Refusals are thrown, which is dear: the
        // types come in the order in which they are common.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try Self.nested([String: JSONValue].self, container) {
            self = .object(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try Self.nested([JSONValue].self, container) {
            self = .array(value)
        } else {
            let value = try container.decode(Double.self)
            guard value.isFinite else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "a number beyond all doubles")
            }
            self = .number(value)
        }
    }

    /// `nil` where something else stands. Throws what is wrong further inside.
    private static func nested<Value: Decodable>(
        _ type: Value.Type, _ container: any SingleValueDecodingContainer
    ) throws -> Value? {
        do {
            return try container.decode(type)
        } catch DecodingError.typeMismatch(_, let context) where context.codingPath.count == container.codingPath.count
        {
            return nil
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue {
    /// Reads strict JSON, and only that: no key twice, nothing before or behind. Throws `StrictJSON`'s failure, or a
    /// `DecodingError` for numbers beyond what is kept here.
    package init(strictly bytes: [UInt8]) throws {
        _ = try StrictJSON(bytes)
        self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }
}
