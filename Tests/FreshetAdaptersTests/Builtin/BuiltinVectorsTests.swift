import CVectors
import FreshetTestKit
import Testing

@testable import FreshetAdapters

@Suite struct BuiltinVectorsTests {
    /// Every length round the kernels' strides, at every offset a slice may begin with.
    private static let lengths = [0, 1, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 100, 384, 1024, 1027]

    private func draw(_ count: Int, _ random: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    @Test(arguments: lengths)
    func `the fast product of floats agrees with plain sums`(dimensions: Int) {
        var random = SplitMix64(seed: UInt64(dimensions))
        for offset in 0..<3 {
            let query = draw(dimensions, &random)
            let row = draw(offset + dimensions, &random)
            let sum = (0..<dimensions).reduce(0.0) { $0 + Double(query[$1]) * Double(row[offset + $1]) }
            let fast = row.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { cvectors_dot(query, $0 + offset, dimensions) } ?? 0
            }
            #expect(abs(Double(fast) - sum) < 1e-3)
        }
    }

    @Test(arguments: lengths)
    func `fast and portable scans of codes are equal to the last bit, and right`(dimensions: Int) {
        var random = SplitMix64(seed: UInt64(dimensions))
        let count = 5
        for offset in 0..<3 {
            let limit = dimensions == 0 ? 0 : min(32_767, Int(Int32.max) / 127 / dimensions)
            let query = (0..<dimensions).map { _ in Int16(Int.random(in: -limit...limit, using: &random)) }
            let codes = (0..<offset + dimensions * count).map { _ in Int8(Int.random(in: -127...127, using: &random)) }
            let scales = draw(count, &random)
            var fast = [Float](repeating: .nan, count: count)
            var portable = fast
            codes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                cvectors_scan_codes(query, 0.5, base + offset, scales, dimensions, count, &fast)
                cvectors_scan_codes_portable(query, 0.5, base + offset, scales, dimensions, count, &portable)
            }
            if codes.isEmpty { continue }
            #expect(fast == portable)
            for row in 0..<count {
                let sum = (0..<dimensions).reduce(0) {
                    $0 + Int(query[$1]) * Int(codes[offset + row * dimensions + $1])
                }
                #expect(fast[row] == Float(sum) * (0.5 * scales[row]))
            }
        }
    }

    @Test func `sums as large as they may get do not overflow`() {
        for dimensions in [1, 384, 3072] {
            let query = CodedQuery([Float](repeating: 1, count: dimensions))
            var codes = VectorCodes(dimensions: dimensions, capacity: 1)
            codes.append([Float](repeating: 3, count: dimensions))
            codes.append([Float](repeating: -3, count: dimensions))
            var scores: [Float] = [.nan, .nan]
            codes.scan(query, into: &scores, from: 0)
            let expected = Float(3 * dimensions)
            #expect(abs(scores[0] / expected - 1) < 0.001 && abs(scores[1] / expected + 1) < 0.001)
        }
    }

    @Test func `vectors and queries without a direction are near to nothing`() {
        var codes = VectorCodes(dimensions: 3, capacity: 2)
        codes.append([0, 0, 0])
        codes.append([1, 2, 3])
        var scores: [Float] = [.nan, .nan]
        codes.scan(CodedQuery([1, 1, 1]), into: &scores, from: 0)
        #expect(scores[0] == 0 && abs(scores[1] - 6) < 0.05)
        codes.scan(CodedQuery([0, 0, 0]), into: &scores, from: 0)
        #expect(scores == [0, 0])
        VectorCodes(dimensions: 3, capacity: 0).scan(CodedQuery([1, 1, 1]), into: &scores, from: 0)
        #expect(scores == [0, 0])
    }
}
