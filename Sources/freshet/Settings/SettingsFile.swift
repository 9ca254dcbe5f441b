import Foundation
import Yams

/// Why the configuration cannot be used: says which key, where, and what would be right.
struct SettingsError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Reads the YAML file into texts by key path. Unknown keys, lists of maps and duplicate keys are refused by name.
enum SettingsFile {
    static func read(_ path: String, environment: [String: String]) throws -> [String: String] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingsError("cannot read the configuration file \(path): \(error.localizedDescription)")
        }
        return try parse(text, named: path, environment: environment)
    }

    /// - Parameter environment: it may name model providers, and so make their keys known.
    static func parse(
        _ text: String, named name: String, environment: [String: String]
    ) throws -> [String: String] {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw SettingsError("\(name) is not YAML: \(error)")
        }
        var values: [String: String] = [:]
        switch node {
        case nil: break
        case .scalar(let scalar) where scalar.string.isEmpty: break
        case .mapping(let mapping): try collect(mapping, under: "", named: name, into: &values)
        default: throw SettingsError("\(name) must hold keys and values at its top level")
        }
        let keys = (SettingsKey.all + ModelKeys.all(in: values, environment)).map(\.path)
        let known = Set(keys)
        for path in values.keys.sorted() where !known.contains(path) {
            throw SettingsError("\(name): unknown key '\(path)'\(suggestion(for: path, among: keys))")
        }
        return values
    }

    private static func collect(
        _ mapping: Node.Mapping, under prefix: String, named name: String, into values: inout [String: String]
    ) throws {
        for (key, value) in mapping {
            guard let key = key.string else { throw SettingsError("\(name): a key under '\(prefix)' is not text") }
            let path = prefix.isEmpty ? key : prefix + "." + key
            switch value {
            case .mapping(let inner): try collect(inner, under: path, named: name, into: &values)
            case .scalar(let scalar):
                let isNull = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
                // A section all of whose keys are left as comments.
                if isNull, SettingsKey.all.contains(where: { $0.path.hasPrefix(path + ".") }) { continue }
                values[path] = isNull ? "" : scalar.string
            case .sequence(let sequence):
                values[path] = try sequence.map { element in
                    guard let text = element.string else {
                        throw SettingsError("\(name): '\(path)' must be a list of texts")
                    }
                    return text.replacing(",", with: "\\,")
                }.joined(separator: ",")
            case .alias: throw SettingsError("\(name): '\(path)' is an alias, which is not supported")
            }
        }
    }

    private static func suggestion(for path: String, among keys: [String]) -> String {
        let parts = path.split(separator: ".").map(String.init)
        if parts.count == 3, parts[0] == "models", !ModelKeys.reserved.contains(parts[1]) {
            // `models.NAME.…`: either the provider is not listed or it has no such key.
            let own = keys.filter { $0.hasPrefix("models.\(parts[1]).") }.compactMap { $0.split(separator: ".").last }
            return own.isEmpty
                ? "; models.providers lists no '\(parts[1])'" : "; a provider has \(own.joined(separator: ", "))"
        }
        let leaf = path.split(separator: ".").last.map(String.init) ?? path
        let near = keys.filter { $0.hasSuffix(leaf) || $0.hasPrefix(path + ".") }
        if let first = near.first { return "; did you mean '\(first)'?" }
        return "; config/freshet.yaml shows every key"
    }
}
