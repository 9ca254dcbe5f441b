import CVectors
import FreshetTestKit
import Testing

@Suite struct BuiltinVectorsTests {
    private func draw(_ count: Int, _ random: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    /// Every length round the kernels' strides, at every offset a slice may begin with.
    @Test(arguments: [0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 100, 1024, 1027])
    func `fast and portable kernels agree with plain sums`(dimensions: Int) {
        var random = SplitMix64(seed: UInt64(dimensions))
        let count = 5
        for offset in 0..<3 {
            let query = draw(dimensions, &random)
            let rows = draw(offset + dimensions * count, &random)
            var fast = [Float](repeating: .nan, count: count)
            var portable = fast
            rows.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                cvectors_scan(query, base + offset, dimensions, count, &fast)
                cvectors_scan_portable(query, base + offset, dimensions, count, &portable)
            }
            if rows.isEmpty { continue }
            for row in 0..<count {
                var sum = 0.0
                for index in 0..<dimensions {
                    sum += Double(query[index]) * Double(rows[offset + row * dimensions + index])
                }
                #expect(abs(Double(fast[row]) - sum) < 1e-3)
                #expect(abs(Double(portable[row]) - sum) < 1e-3)
                let single = rows.withUnsafeBufferPointer { buffer in
                    buffer.baseAddress.map { cvectors_dot(query, $0 + offset + row * dimensions, dimensions) } ?? 0
                }
                #expect(abs(Double(single) - sum) < 1e-3)
            }
        }
    }

    @Test func `no rows are no work`() {
        var scores: [Float] = [7]
        cvectors_scan([1, 2], [1, 2], 2, 0, &scores)
        #expect(scores == [7])
    }
}
