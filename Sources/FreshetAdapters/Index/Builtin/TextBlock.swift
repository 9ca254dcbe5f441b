import FreshetCore
import Foundation

/// One company's full text in memory: for each term the points that hold it, and how often.
///
/// It weighs as SQLite's FTS5 does, to the last bit (bm25 with k1 = 1.2 and b = 0.75, a term in the subject counting
/// three times; https://www.sqlite.org/fts5.html#the_bm25_function). FTS5 puts together a list of places for each point
/// that it weighs; here that is done once.
struct TextBlock: CachedPoints {
    typealias Key = CompanyBlock.Key

    private(set) var sequence: Int64 = 0
    var count: Int { places.count }

    /// By the term's number.
    private var vocabulary: [String: Int] = [:]
    private var postings: [Postings] = []
    private var postingBytes = 0

    // By place: points get places in the order in which they come, and leave them empty when they go or change.
    private var keys: [Key] = []
    /// What stands first among equal scores, as the store orders them.
    private var entries: [Int64] = []
    /// In terms; less than nothing where the place is empty.
    private var lengths: [Int32] = []

    private var places: [Key: Int] = [:]
    /// Of all that are there together.
    private var length = 0

    private static let subjectWeight = 3
    private static let k1 = 1.2
    private static let b = 0.75

    var byteCount: Int { postingBytes * 3 / 2 + postings.count * 120 + keys.count * 32 + places.count * 48 }

    mutating func apply(_ changes: [TextChange]) {
        for change in changes where change.sequence > sequence {
            let key = Key(change.item)
            if let place = places.removeValue(forKey: key) {
                length -= Int(lengths[place])
                lengths[place] = -1
            }
            if let terms = change.terms { put(terms, of: key, entry: change.entry) }
            sequence = change.sequence
        }
        if keys.count > 2 * count + Self.emptyPlaces { compact() }
    }

    private mutating func put(_ terms: FullTextTerms, of key: Key, entry: Int64) {
        let place = keys.count
        keys.append(key)
        entries.append(entry)
        let size = terms.subject.count + terms.body.count
        lengths.append(Int32(size))
        length += size
        places[key] = place
        var weights: [(term: Int, weight: Int)] = []
        weights.reserveCapacity(size)
        for term in terms.subject { weights.append((number(of: term), Self.subjectWeight)) }
        for term in terms.body { weights.append((number(of: term), 1)) }
        weights.sort { $0.term < $1.term }
        var next = weights.startIndex
        while next < weights.endIndex {
            let term = weights[next].term
            var weight = 0
            while next < weights.endIndex, weights[next].term == term {
                weight += weights[next].weight
                next += 1
            }
            postingBytes += postings[term].append(place, weight)
        }
    }

    private mutating func number(of term: String) -> Int {
        if let number = vocabulary[term] { return number }
        let number = postings.count
        vocabulary[term] = number
        postings.append(Postings())
        return number
    }

    /// So many places may be empty whatever there is.
    private static let emptyPlaces = 1000

    /// Moves all together, so that no place is empty, and forgets terms that nobody holds any more.
    private mutating func compact() {
        var old = self
        (vocabulary, postings, postingBytes) = ([:], [], 0)
        var moved = [Int](repeating: -1, count: old.keys.count)
        (keys, entries, lengths) = ([], [], [])
        for place in old.keys.indices where old.lengths[place] >= 0 {
            moved[place] = keys.count
            places[old.keys[place]] = keys.count
            keys.append(old.keys[place])
            entries.append(old.entries[place])
            lengths.append(old.lengths[place])
        }
        for (term, number) in old.vocabulary {
            var list = Postings()
            old.postings[number].forEach { place, weight in
                if moved[place] >= 0 { postingBytes += list.append(moved[place], weight) }
            }
            old.postings[number] = Postings()
            if list.count == 0 { continue }
            vocabulary[term] = postings.count
            postings.append(list)
        }
    }

    // MARK: - Asking

    /// In how many points each term occurs; terms that occur nowhere are absent.
    func frequencies(of terms: [String]) -> [String: Int] {
        var frequencies: [String: Int] = [:]
        for term in terms where frequencies[term] == nil {
            guard let number = vocabulary[term] else { continue }
            let count = frequency(of: postings[number])
            if count > 0 { frequencies[term] = count }
        }
        return frequencies
    }

    private func frequency(of postings: Postings) -> Int {
        if keys.count == count { return postings.count }
        var there = 0
        postings.forEach { place, _ in if lengths[place] >= 0 { there += 1 } }
        return there
    }

    /// The best points for any of the terms, best first, scores positive.
    func match(_ terms: [String], kinds: Set<ItemKind>, limit: Int) -> [(key: Key, score: Double)] {
        guard !terms.isEmpty, count > 0, limit > 0 else { return [] }
        let wanted = WantedKinds(kinds)
        let scores = scores(of: terms)
        var best = TopRows<Double, Int64>(limit: limit)
        var bar = best.bar
        for (place, score) in scores.enumerated() where score >= bar {
            guard lengths[place] >= 0, wanted.contains(keys[place].kind) else { continue }
            best.offer(place, score, entries[place])
            bar = best.bar
        }
        return best.sorted().map { (keys[$0], scores[$0]) }
    }

    /// By place; 0 where no term occurs.
    private func scores(of terms: [String]) -> [Double] {
        let points = Double(count)
        let mean = Double(length) / points
        var scores = [Double](repeating: 0, count: keys.count)
        scores.withUnsafeMutableBufferPointer { scores in
            lengths.withUnsafeBufferPointer { lengths in
                for term in terms {
                    guard let number = vocabulary[term] else { continue }
                    let hits = Double(frequency(of: postings[number]))
                    let rarity = log((points - hits + 0.5) / (hits + 0.5))
                    let weight = rarity <= 0 ? 1e-6 : rarity
                    postings[number].forEach { place, occurrences in
                        let frequency = Double(occurrences)
                        scores[place] +=
                            weight
                            * ((frequency * (Self.k1 + 1.0))
                                / (frequency + Self.k1 * (1 - Self.b + Self.b * Double(lengths[place]) / mean)))
                    }
                }
            }
        }
        return scores
    }
}

/// The places of a term, ascending, with what it weighs at each: gaps and weights in seven bits a byte.
private struct Postings: Sendable {
    private var bytes: [UInt8] = []
    private var last = -1
    private(set) var count = 0

    /// How many bytes it took.
    mutating func append(_ place: Int, _ weight: Int) -> Int {
        let size = bytes.count
        SevenBits.append(UInt(place - last), to: &bytes)
        SevenBits.append(UInt(weight), to: &bytes)
        last = place
        count += 1
        return bytes.count - size
    }

    @inline(__always)
    func forEach(_ body: (_ place: Int, _ weight: Int) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            var at = 0
            var place = -1
            while at < bytes.count {
                place += Int(SevenBits.number(in: bytes, at: &at))
                body(place, Int(SevenBits.number(in: bytes, at: &at)))
            }
        }
    }
}
