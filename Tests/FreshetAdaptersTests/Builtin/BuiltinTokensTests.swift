import FreshetTestKit
import Foundation
import Testing

@testable import FreshetAdapters

@Suite struct BuiltinTokensTests {
    private func words(_ text: String) -> [String] {
        let tokens = Tokens(text)
        return tokens.words.map { tokens.text(of: $0) }
    }

    @Test(arguments: [
        (
            "NullPointerException in XMLParser",
            ["nullpointerexception", "null", "pointer", "exception", "in", "xmlparser", "xml", "parser"]
        ),
        ("set max_connections=10", ["set", "max", "connections", "maxconnections", "10"]),
        ("org.example.Broker#start()", ["org", "example", "broker", "start"]),
        ("v5.4.1-SNAPSHOT", ["v5", "4", "1", "snapshot"]),
        ("결제api가 안돼요", ["결제", "api", "가", "안돼요"]),
        ("設定ファイルerror", ["設定ファイル", "error"]),
        ("ÜBER straße Čeština", ["über", "straße", "čeština"]),
        ("ｆｕｌｌ ﬁle ①", ["full", "file", "1"]),
        ("cafe\u{301} 가\u{11A8}", ["café", "각"]),
        ("\u{1112}\u{1161}\u{11AB}글", ["한글"]),
        ("a\u{200B}b c\u{200D}d soft\u{AD}hyphen \u{202E}evil\u{202C}", ["a", "b", "cd", "softhyphen", "evil"]),
        ("👩‍👩‍👧 🚀 --- …", []),
        ("", []),
    ])
    func `words are cut at borders that a reader sees`(text: String, expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test func `the first line is told from the others, and blank lines before it do not count`() {
        let tokens = Tokens("\n  \nlogin fails\nsince monday")
        #expect(tokens.words.map(\.isInFirstLine) == [true, true, false, false])
    }

    @Test(arguments: [
        ("caresses", "caress"), ("ponies", "poni"), ("ties", "ti"), ("cats", "cat"), ("feed", "feed"),
        ("agreed", "agre"),
        ("plastered", "plaster"), ("bled", "bled"), ("motoring", "motor"), ("sing", "sing"), ("conflated", "conflat"),
        ("troubled", "troubl"), ("sized", "size"), ("hopping", "hop"), ("tanned", "tan"), ("falling", "fall"),
        ("hissing", "hiss"), ("fizzed", "fizz"), ("failing", "fail"), ("filing", "file"), ("happy", "happi"),
        ("sky", "sky"), ("relational", "relat"), ("conditional", "condit"), ("rational", "ration"),
        ("digitizer", "digit"), ("operator", "oper"), ("feudalism", "feudal"), ("hopefulness", "hope"),
        ("formality", "formal"), ("sensibility", "sensibl"), ("triplicate", "triplic"), ("formative", "form"),
        ("electrical", "electr"), ("goodness", "good"), ("revival", "reviv"), ("allowance", "allow"),
        ("inference", "infer"), ("adjustable", "adjust"), ("replacement", "replac"), ("adoption", "adopt"),
        ("communism", "commun"), ("effective", "effect"), ("probate", "probat"), ("rate", "rate"), ("cease", "ceas"),
        ("controll", "control"), ("roll", "roll"), ("generalizations", "gener"), ("oscillators", "oscil"),
        ("is", "is"), ("yyyyyyy", "yyyyyyi"), ("naïve", "naïve"), ("x1y2", "x1y2"),
    ])
    func `stems are those of Porter's paper`(word: String, stem: String) {
        #expect(String(decoding: PorterStemmer.stem(Array(word.utf8)), as: UTF8.self) == stem)
    }

    @Test func `hostile texts are read up to fixed limits`() {
        let letter = Tokens(String(repeating: "a", count: 5_000_000))
        #expect(letter.words.count == 1 && letter.scalars.count == Tokens.lengthLimit)

        // A run of marks is what makes normalisers quadratic: of each run only four get there.
        let marks = normalScalars(of: "e" + String(repeating: "\u{301}\u{323}", count: 500_000), limit: 1_000_000)
        #expect(marks.count <= 5)
        let manyRuns = normalScalars(
            of: String(repeating: "e\u{301}\u{323}\u{307}\u{308}\u{30A}\u{30B}", count: 5000), limit: 1_000_000)
        #expect(manyRuns.count <= 5000 * 5)

        let bidi = Tokens(String(repeating: "\u{202E}\u{2066}", count: 200_000) + "x")
        #expect(bidi.words.count == 1)
        let emoji = Tokens(String(repeating: "👩‍👩‍👧‍👦", count: 50_000))
        #expect(emoji.words.isEmpty)
        let short = Tokens(String(repeating: "a ", count: 400_000))
        #expect(short.words.count == Tokens.wordLimit)
        let compound = Tokens(String(repeating: "aB", count: 200_000))
        #expect(compound.words.count <= 1 + Tokens.lengthLimit)
        let joined = Tokens(String(repeating: "a_", count: 200_000))
        #expect(
            joined.words.count <= Tokens.wordLimit + 1
                && joined.scalars.count <= Tokens.wordLimit + 2 * Tokens.lengthLimit)
        #expect(Tokens("a\u{0}b\u{FFFD}\u{7F}").words.count == 2)
    }

    /// Any mixture of what mail can hold goes through without a trap, and twice the same way.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `random scalars are cut alike every time`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var view = String.UnicodeScalarView()
        while view.count < 2000 {
            let range: ClosedRange<UInt32> =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: 0...0x7F
                case 1: 0x300...0x36F
                case 2: 0xAC00...0xD7A3
                case 3: 0x1100...0x11FF
                case 4: 0x2000...0x2FFF
                default: 0...0x10FFFF
                }
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { view.append(scalar) }
        }
        let text = String(view)
        let once = Tokens(text)
        let again = Tokens(text)
        #expect(once.scalars == again.scalars, "seed \(seed)")
        #expect(once.words.map(\.range) == again.words.map(\.range), "seed \(seed)")
        #expect(
            once.words.allSatisfy { !$0.range.isEmpty && $0.range.upperBound <= once.scalars.count }, "seed \(seed)")
    }
}
