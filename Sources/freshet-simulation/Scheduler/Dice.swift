import FreshetCore

/// Chance that a seed replays: SplitMix64 (Steele, Lea, Flood 2014), the same on every machine.
struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A stream of its own for one purpose, so that one more throw here does not change all that follows there.
    init(seed: UInt64, for purpose: String) {
        var hash = Trace.Hash()
        hash.add(seed)
        hash.add(purpose)
        self.init(seed: hash.value)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < probability }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func milliseconds(_ range: ClosedRange<Double>) -> Int64 {
        Int64(1000 * (range.lowerBound + (range.upperBound - range.lowerBound) * Double(next() >> 11) * 0x1p-53))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...elements.count - 1)] }
}

/// The dice as the engine takes them.
final class DiceSource: RandomSource, @unchecked Sendable {
    // Only the simulation's one thread touches it.
    private var dice: Dice

    init(_ dice: Dice) { self.dice = dice }
    func next() -> UInt64 { dice.next() }
}
