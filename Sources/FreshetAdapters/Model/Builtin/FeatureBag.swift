/// What a text consists of, as hashed features with their numbers of occurrences, in order of first occurrence.
///
/// Spaced words give themselves (stemmed, without stop words) and the 3-, 4- and 5-grams of their letters; Hangul words
/// give 3-grams of their jamo and their syllables; unspaced scripts give 1- and 2-grams. A Hangul word means what it
/// means by its beginning, and its end is particles and endings, so what comes later in it weighs less.
///
/// The hash is fixed for ever: stored vectors depend on it. A change of anything here is a new version of the embedder.
struct FeatureBag {
    enum Family: Int, CaseIterable {
        case word, letters3, letters4, letters5, jamo3, syllables, sign1, sign2

        /// Share of the family among those of its script.
        var weight: Float {
            switch self {
            case .word: 0.4
            case .letters3, .letters4, .letters5: 0.2
            case .jamo3: 0.65
            case .syllables: 0.35
            case .sign1: 0.35
            case .sign2: 0.65
            }
        }

        var script: Tokens.Script {
            switch self {
            case .word, .letters3, .letters4, .letters5: .spaced
            case .jamo3, .syllables: .hangul
            case .sign1, .sign2: .unspaced
            }
        }
    }

    struct Feature {
        var hash: UInt64
        var family: Family
        var count: Int
        /// By where in its word it stands; the largest of all its places, 0...1.
        var emphasis: Double
    }

    private(set) var features: [Feature] = []
    /// How much of the text is written in each script, 0...1 by `Tokens.Script.rawValue`; adds up to 1, or to 0 for a
    /// text without words.
    private(set) var shares: [Float] = [0, 0, 0]
    /// Open addressing over `features`; -1 is free.
    private var slots: [Int32]

    init(_ tokens: Tokens) {
        slots = Array(repeating: -1, count: 1024)
        var letters: [UInt32] = []
        var amounts: [Float] = [0, 0, 0]
        for word in tokens.words {
            let scalars = tokens.scalars[word.range]
            switch word.script {
            case .spaced:
                addWord(scalars)
                guard word.role == .whole else { continue }
                amounts[0] += 1
                letters.removeAll(keepingCapacity: true)
                letters.append(Self.opening)
                letters.append(contentsOf: scalars)
                letters.append(Self.closing)
                addLetters(letters)
            case .hangul:
                amounts[1] += 1
                letters.removeAll(keepingCapacity: true)
                letters.append(Self.opening)
                for value in scalars { Jamo.append(value, to: &letters) }
                letters.append(Self.closing)
                addHangul(letters, scalars)
            case .unspaced:
                amounts[2] += Float(scalars.count) / 2
                addGrams(of: scalars, length: 1, .sign1)
                addGrams(of: scalars, length: 2, .sign2)
            }
        }
        let total = amounts[0] + amounts[1] + amounts[2]
        if total > 0 { shares = amounts.map { $0 / total } }
    }

    private static let opening = UInt32(0x3C)
    private static let closing = UInt32(0x3E)

    private mutating func addWord(_ scalars: ArraySlice<UInt32>) {
        var ascii: [UInt8] = []
        ascii.reserveCapacity(scalars.count)
        for value in scalars {
            guard value < 0x80 else {
                add(Self.hash(scalars, .word), .word)
                return
            }
            ascii.append(UInt8(value))
        }
        if StopWords.contains(ascii) { return }
        var hash = Self.seed(.word)
        for byte in PorterStemmer.stem(ascii) { hash = Self.step(hash, UInt32(byte)) }
        add(Self.finish(hash), .word)
    }

    /// The 3-, 4- and 5-grams, all in one pass: a longer one goes on from the hash of the shorter.
    private mutating func addLetters(_ letters: [UInt32]) {
        guard letters.count >= 3 else { return }
        for start in 0...(letters.count - 3) {
            var hash = Self.seed(.letters3)
            hash = Self.step(hash, letters[start])
            hash = Self.step(hash, letters[start + 1])
            hash = Self.step(hash, letters[start + 2])
            add(Self.finish(hash), .letters3)
            guard start + 3 < letters.count else { continue }
            hash = Self.step(hash, letters[start + 3])
            add(Self.finish(hash), .letters4)
            guard start + 4 < letters.count else { continue }
            hash = Self.step(hash, letters[start + 4])
            add(Self.finish(hash), .letters5)
        }
    }

    private mutating func addHangul(_ letters: [UInt32], _ syllables: ArraySlice<UInt32>) {
        let last = letters.count - 3
        for start in 0..<max(0, last + 1) {
            let isEnding = start > 1 && start >= last - 1
            add(
                Self.hash(letters[start..<start + 3], .jamo3), .jamo3,
                emphasis: (isEnding ? 0.5 : 1) / (1 + 0.1 * Double(start)))
        }
        for (place, syllable) in syllables.enumerated() {
            add(Self.hash([syllable], .syllables), .syllables, emphasis: 1 / (1 + 0.3 * Double(place)))
        }
    }

    private mutating func addGrams(of scalars: ArraySlice<UInt32>, length: Int, _ family: Family) {
        guard scalars.count >= length else { return }
        for start in scalars.startIndex...(scalars.endIndex - length) {
            add(Self.hash(scalars[start..<start + length], family), family)
        }
    }

    private mutating func add(_ hash: UInt64, _ family: Family, emphasis: Double = 1) {
        if features.count * 2 >= slots.count { grow() }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if features[index].hash == hash {
                features[index].count += 1
                features[index].emphasis = max(features[index].emphasis, emphasis)
                return
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: features.count)
        features.append(Feature(hash: hash, family: family, count: 1, emphasis: emphasis))
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for (index, feature) in features.enumerated() {
            var slot = Int(truncatingIfNeeded: feature.hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(truncatingIfNeeded: index)
        }
    }

    // MARK: - The hash, version 1: FNV-1a over scalars, finished as SplitMix64 is.

    private static func seed(_ family: Family) -> UInt64 {
        step(0xCBF2_9CE4_8422_2325, 0x0011_0000 + UInt32(truncatingIfNeeded: family.rawValue))
    }

    private static func step(_ hash: UInt64, _ value: UInt32) -> UInt64 {
        (hash ^ UInt64(value)) &* 0x0000_0100_0000_01B3
    }

    private static func finish(_ hash: UInt64) -> UInt64 {
        var z = hash
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private static func hash(_ scalars: ArraySlice<UInt32>, _ family: Family) -> UInt64 {
        var hash = seed(family)
        for value in scalars { hash = step(hash, value) }
        return finish(hash)
    }
}
