import Foundation
import Synchronization
import Testing

@testable import FreshetStore

@Suite struct DecodedTextsTests {
    /// Counts how often it was read.
    private struct Counted: Decodable {
        static let reads = Mutex<[Int: Int]>([:])
        var number: Int

        init(from decoder: any Decoder) throws {
            let read = try decoder.singleValueContainer().decode(Int.self)
            number = read
            Self.reads.withLock { $0[read, default: 0] += 1 }
        }

        static func reads(of number: Int) -> Int { reads.withLock { $0[number, default: 0] } }
    }

    private func text(_ number: Int) -> String { "\(number)" }

    @Test func `what is asked for again is taken apart once, and what was not for long leaves`() throws {
        // Room for ten texts of four bytes in each half.
        let texts = DecodedTexts<Counted>(byteLimit: 80)
        #expect(try texts.value(of: text(1000)).number == 1000)
        #expect(try texts.value(of: text(1000)).number == 1000)
        #expect(Counted.reads(of: 1000) == 1)
        for number in 2000..<2060 {
            #expect(try texts.value(of: text(number)).number == number)
            // In use all the time.
            #expect(try texts.value(of: text(1001)).number == 1001)
        }
        #expect(Counted.reads(of: 1001) == 1)
        _ = try texts.value(of: text(2059))
        #expect(Counted.reads(of: 2059) == 1)
        _ = try texts.value(of: text(1000))
        #expect(Counted.reads(of: 1000) == 2)
    }

    @Test func `what cannot be read stays so`() {
        let texts = DecodedTexts<Counted>(byteLimit: 80)
        for _ in 1...2 {
            #expect(throws: DecodingError.self) { try texts.value(of: "\"no number\"") }
        }
    }
}
