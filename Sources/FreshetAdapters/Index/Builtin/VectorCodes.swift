import CVectors

/// Vectors as bytes, each with a scale of its own: a quarter of the memory and of the time to read through them. What a
/// code is off by is at most half of 1/127 of its vector's largest number; the best of a search are looked at again with
/// the vectors of record.
struct VectorCodes: Sendable {
    let dimensions: Int
    private(set) var count = 0
    private var codes: [Int8] = []
    private(set) var scales: [Float] = []

    init(dimensions: Int, capacity: Int) {
        self.dimensions = dimensions
        codes.reserveCapacity(capacity * dimensions)
        scales.reserveCapacity(capacity)
    }

    /// `nil` when the bytes are too few.
    init?(dimensions: Int, count: Int, from bytes: inout BlockBytes) {
        guard let scales = bytes.numbers(count, of: Float.self),
            let codes = bytes.numbers(count * dimensions, of: Int8.self)
        else { return nil }
        self.dimensions = dimensions
        self.count = count
        self.codes = codes
        self.scales = scales
    }

    func write(to bytes: inout BlockBytes) {
        bytes.put(scales)
        bytes.put(codes)
    }

    /// Of the right length, with finite numbers.
    mutating func append(_ vector: [Float]) {
        codes.append(contentsOf: repeatElement(0, count: dimensions))
        scales.append(0)
        count += 1
        replace(count - 1, by: vector)
    }

    mutating func replace(_ row: Int, by vector: [Float]) {
        let largest = vector.reduce(Float(0)) { max($0, abs($1)) }
        let scale = largest / 127
        scales[row] = scale
        let start = row * dimensions
        for index in 0..<dimensions {
            codes[start + index] = scale > 0 ? Int8((vector[index] / scale).rounded()) : 0
        }
    }

    mutating func move(_ other: Int, of codes: VectorCodes, to row: Int) {
        self.codes.replaceSubrange(
            row * dimensions..<(row + 1) * dimensions,
            with: codes.codes[other * dimensions..<(other + 1) * dimensions])
        scales[row] = codes.scales[other]
    }

    mutating func removeLast() {
        codes.removeLast(dimensions)
        scales.removeLast()
        count -= 1
    }

    /// Writes the similarity of the query with each row to `scores`, from `start` on. There must be room.
    func scan(_ query: CodedQuery, into scores: inout [Float], from start: Int) {
        precondition(query.numbers.count == dimensions && scores.count >= start + count)
        scores.withUnsafeMutableBufferPointer { scores in
            guard let scores = scores.baseAddress else { return }
            cvectors_scan_codes(query.numbers, query.scale, codes, scales, dimensions, count, scores + start)
        }
    }
}

/// A query in whole numbers, as fine as sums of 32 bits allow.
struct CodedQuery: Sendable {
    let numbers: [Int16]
    let scale: Float

    init(_ vector: [Float]) {
        let largest = vector.reduce(Float(0)) { max($0, abs($1)) }
        let sum = vector.reduce(Float(0)) { $0 + abs($1) }
        guard largest > 0, sum.isFinite else {
            numbers = [Int16](repeating: 0, count: vector.count)
            scale = 0
            return
        }
        // Rounding adds at most a half to each.
        let room = (Float(Int32.max) / 127 - Float(vector.count)) * 0.99
        let factor = min(32_767 / largest, room / sum)
        numbers = vector.map { Int16(($0 * factor).rounded()) }
        scale = 1 / factor
    }
}
