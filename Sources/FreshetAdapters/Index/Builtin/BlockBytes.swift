import FreshetCore

/// A company's block as bytes: a head with what was counted, then its rows in parts of some hundred kilobytes. The numbers are
/// the machine's own, little end first; whoever reads what does not add up gets `nil`.
struct BlockBytes {
    static let chunksPerPart = 4

    /// Part of a snapshot's format: rises when the layout below changes.
    static let version = 2

    var bytes: [UInt8] = []
    private var place = 0

    init() {}
    init(reading bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }

    // MARK: - Writing

    mutating func put(_ number: Int) { put([UInt32(clamping: number)]) }

    mutating func put(_ text: String) {
        put(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put<Number: BitwiseCopyable>(_ numbers: [Number]) {
        numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    // MARK: - Reading

    mutating func number() -> Int? { numbers(1, of: UInt32.self).map { Int($0[0]) } }

    mutating func text() -> String? {
        guard let count = number(), let bytes = numbers(count, of: UInt8.self) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    mutating func numbers<Number: BitwiseCopyable>(_ count: Int, of type: Number.Type) -> [Number]? {
        let size = count * MemoryLayout<Number>.stride
        guard count >= 0, bytes.count - place >= size else { return nil }
        defer { place += size }
        return bytes.withUnsafeBytes { bytes in
            [Number](unsafeUninitializedCapacity: count) { buffer, filled in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[place..<place + size]))
                filled = count
            }
        }
    }
}

extension CompanyBlock {
    /// What a snapshot begins with.
    var head: [UInt8] {
        var head = BlockBytes()
        head.put(count)
        head.put(statistics.points)
        head.put(statistics.counts.count)
        head.put(statistics.counts)
        return head.bytes
    }

    var partCount: Int { (chunkCount + BlockBytes.chunksPerPart - 1) / BlockBytes.chunksPerPart }

    func part(_ number: Int) -> [UInt8] {
        var part = BlockBytes()
        let first = number * BlockBytes.chunksPerPart
        let last = min(chunkCount, first + BlockBytes.chunksPerPart)
        part.put(last - first)
        for chunk in first..<last { write(chunk: chunk, to: &part) }
        return part.bytes
    }

    /// `nil` when head or parts are not those of such a block.
    init?(
        dimensions: Int, sequence: Int64, head: [UInt8], parts: Int,
        part: @escaping @Sendable (Int) async throws -> [UInt8]?
    ) async throws {
        self.init(dimensions: dimensions)
        var head = BlockBytes(reading: head)
        guard let rows = head.number(), let points = head.number(), let buckets = head.number(),
            let counts = head.numbers(buckets, of: UInt32.self), head.isAtEnd
        else { return nil }
        guard rows <= parts * BlockBytes.chunksPerPart * Self.rowsPerChunk else { return nil }
        reserve(rows)
        var bytes = parts > 0 ? try await part(0) : nil
        for number in 0..<parts {
            guard let present = bytes else { return nil }
            // The next one is on its way while this one is taken in.
            async let next = number + 1 < parts ? part(number + 1) : nil
            var part = BlockBytes(reading: present)
            guard let chunks = part.number() else { return nil }
            for _ in 0..<chunks {
                guard read(chunkFrom: &part) else { return nil }
            }
            guard part.isAtEnd else { return nil }
            bytes = try await next
        }
        guard count == rows else { return nil }
        adopt(FeatureStatistics(points: points, counts: counts), sequence: sequence)
    }
}
