import FreshetCore

/// One company's vectors in memory, with the document frequencies of their features: a cache of what the point store
/// holds, brought up to date by its changes.
struct CompanyBlock: CachedPoints {
    /// What a row stands for; the company is the block's.
    struct Key: Hashable, Sendable, Comparable {
        var originalID: Int64
        var kind: ItemKind
        var platform: Platform

        init(originalID: Int64, kind: ItemKind, platform: Platform) {
            self.originalID = originalID
            self.kind = kind
            self.platform = platform
        }

        init(_ item: Item) { self.init(originalID: item.originalID, kind: item.kind, platform: item.platform) }

        func item(of company: CompanyID) -> Item {
            Item(company: company, platform: platform, kind: kind, originalID: originalID)
        }

        /// By the id alone: hardly two have the same, and the names of the rest are long.
        func hash(into hasher: inout Hasher) { hasher.combine(originalID) }

        static func < (a: Key, b: Key) -> Bool {
            if a.originalID != b.originalID { return a.originalID < b.originalID }
            return (a.kind.rawValue, a.platform.rawValue) < (b.kind.rawValue, b.platform.rawValue)
        }
    }

    /// Rows that lie together in memory. The unit of copying when a search still reads what a change replaces.
    private struct Chunk: Sendable {
        var vectors: VectorCodes
        var keys: [Key] = []
        var features: [PackedFeatures] = []
    }

    static let rowsPerChunk = 256

    let dimensions: Int
    private(set) var sequence: Int64 = 0
    /// The last change of the snapshot that it was read from; 0 where it was read from none.
    private(set) var snapshotSequence: Int64 = 0
    private(set) var statistics: FeatureStatistics
    private(set) var count = 0
    private var chunks: [Chunk] = []
    private var rows: [Key: Int] = [:]
    private var featureBytes = 0
    private var counts: [ItemKind: Int] = [:]

    init(dimensions: Int) {
        self.dimensions = dimensions
        statistics = FeatureStatistics()
    }

    var byteCount: Int {
        chunks.count * Self.rowsPerChunk * (dimensions + 4) + featureBytes + count * 96 + statistics.counts.count * 4
    }

    var chunkCount: Int { chunks.count }

    /// Whether there is any row of these kinds.
    func has(_ kinds: Set<ItemKind>) -> Bool { kinds.contains { counts[$0, default: 0] > 0 } }

    func key(at row: Int) -> Key { chunks[row / Self.rowsPerChunk].keys[row % Self.rowsPerChunk] }
    func row(of key: Key) -> Int? { rows[key] }
    /// What a code of the row's vector counts in steps of.
    func step(of row: Int) -> Float { chunks[row / Self.rowsPerChunk].vectors.scales[row % Self.rowsPerChunk] }

    mutating func apply(_ changes: [PointChange]) {
        for change in changes where change.sequence > sequence {
            let key = Key(change.item)
            if let embedding = change.embedding {
                put(embedding, at: key)
            } else {
                remove(key)
            }
            sequence = change.sequence
        }
    }

    /// Writes the similarity of `query` with each row of a chunk to `scores`, by row number. There must be room for all.
    func scan(chunk index: Int, _ query: CodedQuery, into scores: inout [Float]) {
        chunks[index].vectors.scan(query, into: &scores, from: index * Self.rowsPerChunk)
    }

    // MARK: - Bytes

    mutating func reserve(_ rows: Int) { self.rows.reserveCapacity(rows) }

    /// The last word about a block whose chunks were read.
    mutating func adopt(_ statistics: FeatureStatistics, sequence: Int64) {
        self.statistics = statistics
        self.sequence = sequence
        snapshotSequence = sequence
    }

    func write(chunk index: Int, to bytes: inout BlockBytes) {
        let chunk = chunks[index]
        let labels = Array(Set(chunk.keys.map(Label.init)))
        bytes.put(chunk.keys.count)
        bytes.put(labels.count)
        for label in labels {
            bytes.put(label.platform.rawValue)
            bytes.put(label.kind.rawValue)
        }
        bytes.put(chunk.keys.map(\.originalID))
        bytes.put(chunk.keys.map { key in UInt8(labels.firstIndex(of: Label(key)) ?? 0) })
        chunk.vectors.write(to: &bytes)
        bytes.put(chunk.features.map { UInt32($0.byteCount) })
        for features in chunk.features { bytes.put(features.bytes) }
    }

    /// Adds a chunk's rows; `false`, with the block of no more use, when the bytes are not those of one.
    mutating func read(chunkFrom bytes: inout BlockBytes) -> Bool {
        // All chunks but the last are full, or rows would not be where their numbers say.
        guard count == chunks.count * Self.rowsPerChunk, let rowCount = bytes.number(),
            (1...Self.rowsPerChunk).contains(rowCount), let labelCount = bytes.number()
        else { return false }
        var labels: [Label] = []
        for _ in 0..<labelCount {
            guard let platform = bytes.text().flatMap(Platform.init(rawValue:)),
                let kind = bytes.text().flatMap(ItemKind.init(rawValue:))
            else { return false }
            labels.append(Label(platform: platform, kind: kind))
        }
        guard let ids = bytes.numbers(rowCount, of: Int64.self), let ofLabels = bytes.numbers(rowCount, of: UInt8.self),
            ofLabels.allSatisfy({ $0 < labels.count }),
            let vectors = VectorCodes(dimensions: dimensions, count: rowCount, from: &bytes),
            let sizes = bytes.numbers(rowCount, of: UInt32.self)
        else { return false }
        var chunk = Chunk(vectors: vectors)
        for (place, id) in ids.enumerated() {
            guard let features = bytes.numbers(Int(sizes[place]), of: UInt8.self) else { return false }
            let label = labels[Int(ofLabels[place])]
            let key = Key(originalID: id, kind: label.kind, platform: label.platform)
            guard rows.updateValue(count + place, forKey: key) == nil else { return false }
            chunk.keys.append(key)
            counts[key.kind, default: 0] += 1
            chunk.features.append(PackedFeatures(bytes: features))
            featureBytes += features.count
        }
        chunks.append(chunk)
        count += rowCount
        return true
    }

    private struct Label: Hashable {
        var platform: Platform
        var kind: ItemKind

        init(platform: Platform, kind: ItemKind) {
            self.platform = platform
            self.kind = kind
        }

        init(_ key: Key) { self.init(platform: key.platform, kind: key.kind) }
    }

    // MARK: - Rows

    private mutating func put(_ embedding: Embedding, at key: Key) {
        // A vector of another embedder is near to nothing until its point is made anew; full text still finds it.
        let fits = embedding.vector.count == dimensions && embedding.vector.allSatisfy(\.isFinite)
        let vector = fits ? embedding.vector : [Float](repeating: 0, count: dimensions)
        let features = PackedFeatures(fits ? embedding.features : [])
        if let row = rows[key] {
            let (chunk, place) = (row / Self.rowsPerChunk, row % Self.rowsPerChunk)
            uncount(chunks[chunk].features[place])
            chunks[chunk].vectors.replace(place, by: vector)
            chunks[chunk].features[place] = features
        } else {
            if count == chunks.count * Self.rowsPerChunk {
                chunks.append(Chunk(vectors: VectorCodes(dimensions: dimensions, capacity: Self.rowsPerChunk)))
            }
            let chunk = count / Self.rowsPerChunk
            chunks[chunk].vectors.append(vector)
            chunks[chunk].keys.append(key)
            chunks[chunk].features.append(features)
            rows[key] = count
            count += 1
            counts[key.kind, default: 0] += 1
            statistics.points += 1
        }
        for feature in features { self.count(feature, by: 1) }
        featureBytes += features.byteCount
    }

    /// The last row takes the place of the one that goes, so that rows stay together.
    private mutating func remove(_ key: Key) {
        guard let row = rows.removeValue(forKey: key) else { return }
        let (chunk, place) = (row / Self.rowsPerChunk, row % Self.rowsPerChunk)
        uncount(chunks[chunk].features[place])
        let last = count - 1
        let (lastChunk, lastPlace) = (last / Self.rowsPerChunk, last % Self.rowsPerChunk)
        if row != last {
            chunks[chunk].vectors.move(lastPlace, of: chunks[lastChunk].vectors, to: place)
            chunks[chunk].keys[place] = chunks[lastChunk].keys[lastPlace]
            chunks[chunk].features[place] = chunks[lastChunk].features[lastPlace]
            rows[chunks[chunk].keys[place]] = row
        }
        chunks[lastChunk].vectors.removeLast()
        chunks[lastChunk].keys.removeLast()
        chunks[lastChunk].features.removeLast()
        if chunks[lastChunk].keys.isEmpty { chunks.removeLast() }
        count -= 1
        counts[key.kind, default: 0] -= 1
        statistics.points -= 1
    }

    private mutating func uncount(_ features: PackedFeatures) {
        for feature in features { count(feature, by: -1) }
        featureBytes -= features.byteCount
    }

    private mutating func count(_ feature: UInt16, by step: Int) {
        let bucket = Int(feature)
        if bucket >= statistics.counts.count {
            let size = max(BuiltinEmbedder.buckets, bucket + 1)
            statistics.counts.append(contentsOf: repeatElement(0, count: size - statistics.counts.count))
        }
        statistics.counts[bucket] = UInt32(max(0, Int(statistics.counts[bucket]) + step))
    }
}

/// Ascending bucket numbers in about one byte each: the gaps between them, seven bits a byte. Kept beside the vector so
/// that a replaced or removed point can be taken out of the counts.
struct PackedFeatures: Sequence, Sendable {
    private(set) var bytes: [UInt8] = []

    var byteCount: Int { bytes.count }

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ features: [UInt16]) {
        bytes.reserveCapacity(features.count + features.count / 4)
        var previous = 0
        for feature in features {
            // Out of order means not ours; it wraps round and comes back as it was.
            SevenBits.append(UInt(UInt16(truncatingIfNeeded: Int(feature) - previous)), to: &bytes)
            previous = Int(feature)
        }
    }

    struct Iterator: IteratorProtocol {
        fileprivate let bytes: [UInt8]
        fileprivate var at = 0
        fileprivate var value: UInt16 = 0

        mutating func next() -> UInt16? {
            guard at < bytes.count else { return nil }
            let gap = bytes.withUnsafeBufferPointer { SevenBits.number(in: $0, at: &at) }
            value &+= UInt16(truncatingIfNeeded: gap)
            return value
        }
    }

    func makeIterator() -> Iterator { Iterator(bytes: bytes) }
}
