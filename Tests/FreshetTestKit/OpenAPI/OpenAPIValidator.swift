import Foundation
package import FreshetCore

/// Holds requests and answers to an OpenAPI 3.1 document.
package struct OpenAPIValidator: Sendable {
    package struct Operation: Sendable, Hashable {
        /// In capitals.
        package var method: String
        package var path: String
        /// Our `x-access`.
        package var access: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// A message of either direction, names of fields in lower case.
    package struct Answer: Sendable {
        package var status: Int
        package var fields: [(name: String, value: String)]
        package var body: [UInt8]

        package init(status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
            self.status = status
            self.fields = fields
            self.body = body
        }

        fileprivate var type: String {
            let value = fields.first { $0.name == "content-type" }?.value ?? ""
            return value.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        }
    }

    private let root: [String: JSONValue]
    private let paths: [String: JSONValue]
    private let schema: JSONSchema

    /// Throws for what is not strict JSON or has no paths.
    package init(_ document: String) throws {
        _ = try StrictJSON(Array(document.utf8))
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(document.utf8))
        guard case .object(let root) = value, case .object(let paths)? = root["paths"] else {
            throw Failure(description: "the document has no paths")
        }
        self.root = root
        self.paths = paths
        schema = JSONSchema(root: value)
    }

    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    package var operations: [Operation] {
        paths.flatMap { path, item in
            Self.methods.compactMap { method in
                guard case .object(let operation)? = Self.member(item, method) else { return nil }
                let access = if case .string(let text)? = operation["x-access"] { text } else { "" }
                return Operation(method: method.uppercased(), path: path, access: access)
            }
        }.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
    }

    /// Whether the path is one of those in the document.
    package func describes(_ path: String) -> Bool { template(for: path) != nil }

    // MARK: - Answers

    /// What is wrong with an answer; empty when it is as described.
    ///
    /// Whatever is refused must be a problem document, on paths that are not described, too. Other answers there are not
    /// judged: tests have routes of their own.
    package func faults(of answer: Answer, to method: String, _ target: String) -> [String] {
        let path = String(target.prefix { $0 != "?" })
        let name = "\(method) \(path) → \(answer.status)"
        let wanted = method == "HEAD" ? "get" : method.lowercased()
        guard let template = template(for: path), let item = paths[template],
            case .object(let operation)? = Self.member(item, wanted)
        else {
            guard answer.status >= 400, method != "HEAD" else { return [] }
            return content(
                answer, .object(["application/problem+json": .object(["schema": Self.problem])])
            ).map { "\(name): \($0)" }
        }
        let status = String(answer.status)
        guard case .object(let responses)? = operation["responses"],
            let described = responses[status] ?? (answer.status >= 400 ? responses["default"] : nil),
            case .object(let response) = schema.resolved(described)
        else { return ["\(name): the status is not described"] }
        var faults = headers(answer, response["headers"])
        if method != "HEAD" { faults += content(answer, response["content"]) }
        return faults.map { "\(name): \($0)" }
    }

    private static let problem = JSONValue.object(["$ref": .string("#/components/schemas/Problem")])

    private func headers(_ answer: Answer, _ described: JSONValue?) -> [String] {
        guard case .object(let headers)? = described else { return [] }
        return headers.sorted { $0.key < $1.key }.flatMap { name, header -> [String] in
            guard case .object(let header) = schema.resolved(header) else { return ["header \(name) is not described"] }
            guard let value = answer.fields.first(where: { $0.name == name.lowercased() })?.value else {
                return header["required"] == .bool(true) ? ["the header \(name) is missing"] : []
            }
            return header["schema"].map { schema.faults(.string(value), $0, at: "header \(name)") } ?? []
        }
    }

    private func content(_ answer: Answer, _ described: JSONValue?) -> [String] {
        guard case .object(let types)? = described else {
            return answer.body.isEmpty ? [] : ["a body that is not described"]
        }
        guard let media = types[answer.type] else { return ["the type '\(answer.type)' is not described"] }
        guard let expected = Self.member(media, "schema") else { return [] }
        if answer.type == "text/event-stream" {
            return Self.events(answer.body).flatMap { schema.faults($0, expected, at: "an event") }
        }
        guard answer.type == "application/json" || answer.type.hasSuffix("+json") else { return [] }
        guard let value = JSONSchema.parsed(answer.body) else { return ["the body is not strict JSON"] }
        return schema.faults(value, expected)
    }

    /// Server-sent events as objects of their fields; comments are none.
    private static func events(_ body: [UInt8]) -> [JSONValue] {
        String(decoding: body, as: UTF8.self).components(separatedBy: "\n\n").compactMap { text in
            var fields: [String: JSONValue] = [:]
            for line in text.split(separator: "\n") where !line.hasPrefix(":") {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                fields[String(parts[0])] = .string(
                    parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
            }
            return fields.isEmpty ? nil : .object(fields)
        }
    }

    // MARK: - Requests and examples

    /// What is wrong with a JSON request body; empty when it is as described.
    package func faults(ofBody body: JSONValue, to method: String, _ path: String) -> [String] {
        guard let template = template(for: path), let item = paths[template],
            let operation = Self.member(item, method.lowercased()),
            case .object(let types)? = Self.member(Self.member(operation, "requestBody") ?? .null, "content"),
            let expected = Self.member(types["application/json"] ?? .null, "schema")
        else { return ["\(method) \(path): no body is described"] }
        return schema.faults(body, expected).map { "\(method) \(path): \($0)" }
    }

    /// Examples that are not what they are examples of, media types without one, and references that lead nowhere.
    package var faultsOfItself: [String] {
        var faults: [String] = []
        walk(.object(root), "#") { value, place in
            guard case .object(let members) = value else { return }
            if case .string(let reference)? = members["$ref"], schema.target(of: reference) == nil {
                faults.append("\(place): \(reference) leads nowhere")
            }
            guard let described = members["schema"] else { return }
            var examples = [members["example"]].compactMap { $0 }
            if case .object(let named)? = members["examples"] {
                examples += named.values.compactMap { Self.member($0, "value") }
            }
            for example in examples { faults += schema.faults(example, described).map { "\(place): example \($0)" } }
            if examples.isEmpty, place.contains("/content/"), !place.contains("~1openapi.json") {
                faults.append("\(place): has no example")
            }
        }
        return faults
    }

    private func walk(_ value: JSONValue, _ place: String, _ visit: (JSONValue, String) -> Void) {
        visit(value, place)
        switch value {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                walk(member, place + "/" + name.replacing("/", with: "~1"), visit)
            }
        case .array(let values): for (index, member) in values.enumerated() { walk(member, "\(place)/\(index)", visit) }
        default: break
        }
    }

    // MARK: - Paths

    /// The described path that a path is an instance of; one without parameters before others.
    private func template(for path: String) -> String? {
        if paths[path] != nil { return path }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return paths.keys.sorted().first { template in
            let segments = template.split(separator: "/", omittingEmptySubsequences: false)
            return segments.count == parts.count
                && zip(segments, parts).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
        }
    }

    private static func member(_ value: JSONValue, _ name: String) -> JSONValue? {
        if case .object(let members) = value { members[name] } else { nil }
    }
}
