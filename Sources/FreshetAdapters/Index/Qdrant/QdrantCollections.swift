import FreshetCore
import Synchronization

/// Makes the collections that we write to, and looks whether they and the Qdrant around them are what we need.
///
/// Each is looked at once, and again after whatever might have changed it. Making one may be cut short anywhere: the
/// next look makes what is missing.
final class QdrantCollections: Sendable {
    private let configuration: QdrantConfiguration
    private let api: QdrantAPI
    private let dimensions: Int
    private let ready = Mutex<Set<String>>([])

    /// From here on Qdrant compares before it replaces. An older one would take the comparison for decoration and let a
    /// stale worker write.
    static let oldestVersion = (major: 1, minor: 16)

    init(_ configuration: QdrantConfiguration, api: QdrantAPI, dimensions: Int) {
        self.configuration = configuration
        self.api = api
        self.dimensions = dimensions
    }

    /// Afterwards the company's collection is there, indexed and of the right dimension.
    func prepare(for company: CompanyID) async throws(UpstreamError) {
        let name = configuration.collection(of: company)
        if ready.withLock({ $0.contains(name) }) { return }
        try await checkVersion()
        var found = try await description(of: name)
        if found == nil {
            try await create(name, isDedicated: configuration.isDedicated(company))
            found = try await description(of: name)
        }
        guard let found else { throw .unreachable(detail: "the collection \(name) goes away as soon as it is made") }
        try check(found, name)
        for (field, schema) in Self.indexes where found.payloadSchema[field] == nil {
            _ = try await api.call(
                "PUT", "/collections/\(name)/index?wait=true",
                .object(["field_name": .string(field), "field_schema": .object(schema)]), as: JSONValue.self)
        }
        _ = ready.withLock { $0.insert(name) }
    }

    /// It may have gone, or come back as another: the next write looks again.
    func forget(of company: CompanyID) {
        _ = ready.withLock { $0.remove(configuration.collection(of: company)) }
    }

    /// Whether Qdrant answers and could be written to. A shared collection that is not there yet is no fault.
    func check() async throws(UpstreamError) {
        try await checkVersion()
        if let found = try await description(of: configuration.shared) {
            try check(found, configuration.shared)
        }
    }

    // MARK: - Looking

    private func checkVersion() async throws(UpstreamError) {
        let version = try await api.version()
        let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { throw .malformed(path: "qdrant.version") }
        guard (numbers[0], numbers[1]) >= (Self.oldestVersion.major, Self.oldestVersion.minor) else {
            throw .unreachable(
                detail: "this Qdrant is \(numbers[0]).\(numbers[1]), and 1.16 or later is needed: upgrade it")
        }
    }

    private struct Description: Decodable {
        struct Config: Decodable { var params: Params }
        struct Params: Decodable { var vectors: Vectors }
        struct Vectors: Decodable {
            var size: Int?
            var distance: String?
        }
        struct Index: Decodable {}

        var config: Config
        var payloadSchema: [String: Index]

        enum CodingKeys: String, CodingKey {
            case config
            case payloadSchema = "payload_schema"
        }
    }

    private func description(of name: String) async throws(UpstreamError) -> Description? {
        try await api.call("GET", "/collections/\(name)", as: Description.self)
    }

    /// A person's mistake, which writes wait out: nothing is lost by it, and all goes on when it is corrected.
    private func check(_ description: Description, _ name: String) throws(UpstreamError) {
        let vectors = description.config.params.vectors
        guard vectors.distance == "Cosine", let size = vectors.size else {
            throw .unreachable(
                detail: "the collection \(name) is not ours: set another index.qdrant.collection")
        }
        // Of an embedder that is not configured any more the length may not be known.
        guard size == dimensions || dimensions == 0 else {
            throw .unreachable(
                detail: "the collection \(name) holds vectors of \(size) dimensions, the embedder makes \(dimensions): "
                    + "`freshet reconcile COMPANY --rebuild`, or set another index.qdrant.collection")
        }
    }

    // MARK: - Making

    /// In the shared one every search is within a company, so there is a graph for each company and none over all.
    private func create(_ name: String, isDedicated: Bool) async throws(UpstreamError) {
        var body: [String: JSONValue] = [
            "vectors": .object([
                "size": .integer(Int64(dimensions)), "distance": .string("Cosine"),
                "on_disk": .bool(configuration.onDisk),
            ]),
            "on_disk_payload": .bool(true),
        ]
        if !isDedicated { body["hnsw_config"] = .object(["m": .integer(0), "payload_m": .integer(16)]) }
        if configuration.quantises {
            body["quantization_config"] = .object([
                "scalar": .object([
                    "type": .string("int8"), "quantile": .number(0.99), "always_ram": .bool(true),
                ])
            ])
        }
        do {
            _ = try await api.call("PUT", "/collections/\(name)", .object(body), as: Bool.self)
        } catch UpstreamError.refused(status: 409, _) {
            // Somebody else was quicker.
        }
    }

    private static let indexes: [(field: String, schema: [String: JSONValue])] =
        [
            ("company_id", ["type": .string("keyword"), "is_tenant": .bool(true)]),
            ("removed.company_id", ["type": .string("keyword")]),
            ("doc_type", ["type": .string("keyword")]),
            ("generation", ["type": .string("integer"), "lookup": .bool(false), "range": .bool(true)]),
            ("created_at", ["type": .string("datetime")]), ("updated_at", ["type": .string("datetime")]),
        ] + QdrantFacets.keys.map { ("facets." + $0, ["type": .string("keyword")]) }
}
