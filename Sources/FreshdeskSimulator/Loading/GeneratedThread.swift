import Foundation

/// What the text of one generated ticket is made from.
///
/// Everything about ticket `number` follows from the seed and its number; moments are counted back from `now`. So it is
/// the same on every machine, whenever it is read, and however many other tickets there are.
struct GeneratedThread: Sendable, Equatable {
    let seed: UInt64
    let number: Int64
    let createdAt: Seconds
    /// When the account was made: nothing of the past is later.
    let now: Seconds

    /// One entry of the thread, without its text.
    struct Beat: Equatable {
        enum Speaker: Equatable { case customer, agent, note, robot }
        var speaker: Speaker
        var moment: Seconds
        var editedAt: Seconds?
    }

    /// Chance for one purpose: no purpose disturbs another.
    enum Purpose: UInt64 { case head = 1, beats, description, files, message }

    func random(_ purpose: Purpose, _ index: Int = 0) -> SplitMix64 {
        var mixer = SplitMix64(seed: seed ^ UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15)
        return SplitMix64(seed: mixer.next() ^ purpose.rawValue << 56 ^ UInt64(index) &* 0xD6E8_FEB8_6659_FD93)
    }

    // MARK: Outline

    var customer: GeneratedPeople.Customer {
        var random = random(.head)
        return GeneratedPeople.customer(random.below(100), random.fraction())
    }

    var agent: Int64 { GeneratedPeople.agentID(random(.beats).first() >> 8) }

    /// A web chat repeats its first message as first conversation.
    var isWebChat: Bool { SplitMix64(seed: random(.files).first()).first() % 40 == 0 }

    var conversationCount: Int { beats.count + (isWebChat ? 1 : 0) }

    /// The thread's shape, cut off where the present begins. Lengths are log-normal, gaps range from minutes to days.
    var beats: [Beat] {
        var random = random(.beats)
        _ = random.next()
        let length = Self.length(random.below(Self.lengthWeights.total)) - 1
        var beats: [Beat] = []
        beats.reserveCapacity(length)
        var moment = createdAt
        for index in 0..<length {
            let scale = 120 << random.below(10)
            moment = moment + Int64(scale + random.below(scale))
            guard moment < now else { break }
            let speaker: Beat.Speaker =
                switch random.below(20) {
                case _ where index == length - 1: .agent
                case 0: .robot
                case 1...4: .note
                case 5...11: .agent
                default: .customer
                }
            var beat = Beat(speaker: speaker, moment: moment)
            if speaker == .note, random.below(25) == 0 {
                let edited = moment + Int64(60 + random.below(7200))
                beat.editedAt = edited < now ? edited : nil
            }
            beats.append(beat)
        }
        return beats
    }

    /// How often a thread has 1, 2, … 60 messages: log-normal, with a median of 4.
    private static let lengthWeights: (running: [Int], total: Int) = {
        var running: [Int] = []
        var total = 0
        for length in 1...60 {
            // ln(length), so exactly on every machine that a weight of ten million notices no difference.
            let z = (log(Double(length)) - log(4.0)) / 0.85
            total += Int(10_000_000 / Double(length) * exp(-z * z / 2))
            running.append(total)
        }
        return (running, total)
    }()

    private static func length(_ drawn: Int) -> Int {
        (lengthWeights.running.firstIndex { drawn < $0 } ?? 0) + 1
    }
}
