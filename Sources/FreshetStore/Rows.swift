import FreshetCore
import Foundation
import GRDB

// What all rows share: how our values are spelled in columns and read back.

/// Named arguments as statements take them.
typealias Arguments = [String: (any DatabaseValueConvertible)?]

extension Item {
    /// The item's key for predicates on `company_id`, `platform`, `kind` and `original_id`, and more.
    func arguments(_ more: Arguments = [:]) -> StatementArguments {
        var arguments: Arguments = [
            "company": company.text, "platform": platform.rawValue, "kind": kind.rawValue, "id": originalID,
        ]
        arguments.merge(more) { _, new in new }
        return StatementArguments(arguments)
    }

    /// Reads the columns `platform`, `kind` and `original_id`.
    init(_ row: Row, of company: CompanyID) throws {
        self.init(
            company: company, platform: try row.word("platform"), kind: try row.word("kind"),
            originalID: row["original_id"])
    }

    /// The key columns of exactly this item. Every statement on one item ends with it.
    static let isKey =
        "company_id = :company AND platform = :platform AND kind = :kind AND original_id = :id"
}

/// Items that differ in nothing but their ids, to be asked for in one statement.
struct ItemGroup {
    let company: CompanyID
    let platform: Platform
    let kind: ItemKind
    let ids: [Int64]

    func item(_ id: Int64) -> Item { Item(company: company, platform: platform, kind: kind, originalID: id) }

    func arguments(_ more: Arguments = [:]) throws -> StatementArguments {
        var arguments: Arguments = [
            "company": company.text, "platform": platform.rawValue, "kind": kind.rawValue, "ids": try jsonText(ids),
        ]
        arguments.merge(more) { _, new in new }
        return StatementArguments(arguments)
    }

    /// The key columns of exactly these items.
    static let isKey = """
        company_id = :company AND platform = :platform AND kind = :kind \
        AND original_id IN (SELECT value FROM json_each(:ids))
        """
}

extension Sequence<Item> {
    /// Those of this company.
    func groups(of company: CompanyID) -> [ItemGroup] {
        filter { $0.company == company }.grouped { [$0.platform.rawValue, $0.kind.rawValue] }.map { _, items in
            ItemGroup(
                company: company, platform: items[0].platform, kind: items[0].kind, ids: items.map(\.originalID))
        }
    }
}

extension Row {
    /// A text column that holds one of our words. Throws for another: the file is damaged.
    func word<Word: RawRepresentable>(_ column: String, as type: Word.Type = Word.self) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: self[column]) else { throw Self.unreadable(column) }
        return word
    }

    func time(_ column: String) -> Timestamp { Timestamp(milliseconds: self[column]) }

    func optionalTime(_ column: String) -> Timestamp? {
        (self[column] as Int64?).map(Timestamp.init(milliseconds:))
    }

    func fingerprint(_ column: String) throws -> Fingerprint? {
        guard let hex = self[column] as String? else { return nil }
        guard let value = Fingerprint(hex: hex) else { throw Self.unreadable(column) }
        return value
    }

    func company(_ column: String = "company_id") throws -> CompanyID {
        guard let id = CompanyID(self[column] as String) else { throw Self.unreadable(column) }
        return id
    }

    /// A JSON column.
    func json<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data((self[column] as String).utf8))
    }

    func optionalJSON<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let text = self[column] as String? else { return nil }
        return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    static func unreadable(_ column: String) -> any Error {
        StoreError.unusable(detail: "column \(column) holds what this program never wrote; restore a backup")
    }
}

/// A value as JSON text, the same for equal values.
func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Little-endian numbers end to end, as vectors and features are stored.
enum PackedNumbers {
    static func bytes(_ values: [Float]) -> Data {
        var data = Data(capacity: values.count * 4)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data
    }

    static func bytes(_ values: [UInt16]) -> Data {
        var data = Data(capacity: values.count * 2)
        for value in values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }

    static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            [Float](unsafeUninitializedCapacity: bytes.count / 4) { floats, filled in
                for place in 0..<bytes.count / 4 {
                    let bits = bytes.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self)
                    floats.initializeElement(at: place, to: Float(bitPattern: UInt32(littleEndian: bits)))
                }
                filled = bytes.count / 4
            }
        }
    }

    static func words(_ data: Data) -> [UInt16] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / 2).map {
                UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self))
            }
        }
    }

    /// Reads the columns `vector` and `features`.
    static func embedding(_ row: Row) throws -> Embedding? {
        try row.withUnsafeData(named: "vector") { vector in
            guard let vector else { return nil }
            let features = try row.withUnsafeData(named: "features") { $0.map(words) ?? [] }
            return Embedding(vector: floats(vector), features: features)
        }
    }
}

extension Sequence {
    /// Members with the same key together, keys and members in the order in which they occur.
    func grouped<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, members: [Element])] {
        var groups: [(key: Key, members: [Element])] = []
        var positions: [Key: Int] = [:]
        for element in self {
            let key = key(element)
            if let position = positions[key] {
                groups[position].members.append(element)
            } else {
                positions[key] = groups.count
                groups.append((key, [element]))
            }
        }
        return groups
    }
}
