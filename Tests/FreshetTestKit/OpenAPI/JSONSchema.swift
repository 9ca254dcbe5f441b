import Foundation
package import FreshetCore

/// JSON Schema (2020-12) as far as our OpenAPI document uses it. A keyword that is not known here is a fault of its own, so
/// that nothing in the document is silently not checked.
package struct JSONSchema: Sendable {
    private let root: JSONValue

    /// - Parameter root: the document that references lead into.
    package init(root: JSONValue) { self.root = root }

    /// What is wrong with the value, each with where; empty when nothing is.
    package func faults(_ value: JSONValue, _ schema: JSONValue, at place: String = "") -> [String] {
        switch schema {
        case .bool(true): return []
        case .bool(false): return ["\(place): nothing may be here"]
        case .object(let keywords):
            return keywords.sorted { $0.key < $1.key }.flatMap { name, rule in
                faults(value, name, rule, keywords, at: place)
            }
        default: return ["\(place): the schema is neither an object nor a Boolean"]
        }
    }

    /// Where a local reference leads; `nil` where there is nothing.
    package func target(of reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        var value = root
        for part in reference.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false).map(String.init) {
            let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
            guard case .object(let members) = value, let next = members[name] else { return nil }
            value = next
        }
        return value
    }

    /// A reference followed to its end.
    package func resolved(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value, case .string(let reference)? = members["$ref"] else { return value }
        return target(of: reference).map(resolved) ?? value
    }

    /// `nil` for what is not strict JSON.
    static func parsed(_ bytes: [UInt8]) -> JSONValue? { try? JSONValue(strictly: bytes) }

    // MARK: - Keywords

    private static let annotations: Set<String> = [
        "description", "title", "default", "example", "examples", "deprecated",
    ]

    private func faults(
        _ value: JSONValue, _ name: String, _ rule: JSONValue, _ keywords: [String: JSONValue], at place: String
    ) -> [String] {
        if Self.annotations.contains(name) { return [] }
        func fault(_ text: String) -> [String] { ["\(place.isEmpty ? "/" : place): \(text)"] }
        switch (name, rule) {
        case ("$ref", .string(let reference)):
            guard let target = target(of: reference) else { return fault("\(reference) leads nowhere") }
            return faults(value, target, at: place)
        case ("type", .string(let type)): return Self.isOf(type, value) ? [] : fault("is not of type \(type)")
        case ("type", .array(let types)):
            let fits = types.contains { if case .string(let type) = $0 { Self.isOf(type, value) } else { false } }
            return fits ? [] : fault("is of none of the types \(types)")
        case ("const", _): return Self.areEqual(value, rule) ? [] : fault("is not \(rule)")
        case ("enum", .array(let values)):
            return values.contains { Self.areEqual($0, value) } ? [] : fault("\(value) is none of \(values)")
        case ("allOf", .array(let schemas)): return schemas.flatMap { faults(value, $0, at: place) }
        case ("anyOf", .array(let schemas)):
            return schemas.contains { faults(value, $0, at: place).isEmpty } ? [] : fault("fits none of anyOf")
        case ("oneOf", .array(let schemas)):
            let count = schemas.count { faults(value, $0, at: place).isEmpty }
            return count == 1 ? [] : fault("fits \(count) of oneOf")
        case ("properties", .object(let properties)):
            guard case .object(let members) = value else { return [] }
            return members.sorted { $0.key < $1.key }.flatMap { key, member in
                properties[key].map { faults(member, $0, at: "\(place)/\(key)") } ?? []
            }
        case ("required", .array(let names)):
            guard case .object(let members) = value else { return [] }
            return names.flatMap { name -> [String] in
                guard case .string(let key) = name else { return fault("required holds no name") }
                return members[key] == nil ? fault("lacks \(key)") : []
            }
        case ("dependentRequired", .object(let needs)):
            guard case .object(let members) = value else { return [] }
            return needs.filter { members[$0.key] != nil }.sorted { $0.key < $1.key }.flatMap { need in
                faults(value, "required", need.value, keywords, at: place)
            }
        case ("additionalProperties", _):
            guard case .object(let members) = value else { return [] }
            var known: Set<String> = []
            if case .object(let properties)? = keywords["properties"] { known = Set(properties.keys) }
            return members.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.flatMap { key, member in
                faults(member, rule, at: "\(place)/\(key)")
            }
        case ("propertyNames", _):
            guard case .object(let members) = value else { return [] }
            return members.keys.sorted().flatMap { faults(.string($0), rule, at: "\(place)/\($0)") }
        case ("minProperties", .integer(let bound)):
            guard case .object(let members) = value else { return [] }
            return members.count >= bound ? [] : fault("has fewer than \(bound) members")
        case ("maxProperties", .integer(let bound)):
            guard case .object(let members) = value else { return [] }
            return members.count <= bound ? [] : fault("has more than \(bound) members")
        case ("items", _):
            guard case .array(let values) = value else { return [] }
            return values.enumerated().flatMap { faults($0.element, rule, at: "\(place)/\($0.offset)") }
        case ("minItems", .integer(let bound)):
            guard case .array(let values) = value else { return [] }
            return values.count >= bound ? [] : fault("has fewer than \(bound) items")
        case ("maxItems", .integer(let bound)):
            guard case .array(let values) = value else { return [] }
            return values.count <= bound ? [] : fault("has more than \(bound) items")
        case ("minimum", _), ("maximum", _):
            guard let number = Self.number(value), let bound = Self.number(rule) else { return [] }
            return (name == "minimum" ? number >= bound : number <= bound)
                ? [] : fault("\(number) breaks \(name) \(bound)")
        case ("minLength", .integer(let bound)):
            guard case .string(let text) = value else { return [] }
            return text.unicodeScalars.count >= bound ? [] : fault("is shorter than \(bound)")
        case ("maxLength", .integer(let bound)):
            guard case .string(let text) = value else { return [] }
            return text.unicodeScalars.count <= bound ? [] : fault("is longer than \(bound)")
        case ("pattern", .string(let pattern)):
            guard case .string(let text) = value else { return [] }
            guard let regex = try? Regex(pattern) else { return fault("the pattern \(pattern) is none") }
            return text.firstMatch(of: regex) == nil ? fault("'\(text)' does not match \(pattern)") : []
        case ("format", .string(let format)):
            guard case .string(let text) = value else { return [] }
            switch format {
            case "date-time":
                return text.count > 10 && Timestamp(iso8601: text) != nil ? [] : fault("'\(text)' is no time")
            case "date": return text.count == 10 && Timestamp(iso8601: text) != nil ? [] : fault("'\(text)' is no day")
            default: return fault("the format \(format) is not known")
            }
        case ("contentMediaType", .string("application/json")): return []
        case ("contentSchema", _):
            // An annotation to others; here what is in the text is held to it.
            guard case .string(let text) = value else { return [] }
            guard let inner = Self.parsed(Array(text.utf8)) else { return fault("holds no strict JSON") }
            return faults(inner, rule, at: place)
        default: return fault("the keyword \(name) is not known, or not with \(rule)")
        }
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("integer", .integer), ("number", .integer), ("number", .number):
            true
        case ("integer", .number(let number)): number.rounded() == number
        default: false
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private static func areEqual(_ a: JSONValue, _ b: JSONValue) -> Bool {
        if let a = number(a), let b = number(b) { return a == b }
        return a == b
    }
}
