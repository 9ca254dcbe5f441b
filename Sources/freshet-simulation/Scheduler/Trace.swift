import Foundation

/// Everything that happens, as a running hash and, when asked for, as text: two runs of one seed must agree in it.
struct Trace {
    /// FNV-1a over 64 bits.
    struct Hash {
        private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ number: UInt64) {
            var rest = number
            for _ in 0..<8 {
                value = (value ^ (rest & 0xFF)) &* 0x100_0000_01B3
                rest >>= 8
            }
        }

        mutating func add(_ text: String) {
            for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
    }

    private(set) var hash = Hash()
    /// The last lines, to print beside a violation.
    private(set) var tail: [String] = []
    private let isVerbose: Bool
    private static let kept = 60

    init(isVerbose: Bool) { self.isVerbose = isVerbose }

    mutating func note(_ line: String) {
        hash.add(line)
        if isVerbose { FileHandle.standardError.write(Data((line + "\n").utf8)) }
        tail.append(line)
        if tail.count > 2 * Self.kept { tail.removeFirst(Self.kept) }
    }

    mutating func scheduled(_ choice: Int) { hash.add(UInt64(choice)) }

    var lastLines: [String] { Array(tail.suffix(Self.kept)) }
}
