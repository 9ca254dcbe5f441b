/// A pattern from the configuration, matched in time that grows with the text and no faster, whatever both say.
///
/// A subset of the usual notation: characters, `.`, classes (`[a-z]`, `[^0-9]`, `\d`, `\w`, `\s` and their capitals), groups,
/// `|`, `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}` with at most 64 repetitions, `\b`. Letters match without case. There are no
/// back-references and no look-around, so that all ways through a pattern can be followed at once. The longest match
/// counts, at most 256 characters; an empty one is none.
package struct LinearPattern: Sendable, Equatable {
    package let text: String
    private let program: [Instruction]
    static let longestMatch = 256
    static let mostInstructions = 512

    /// Why a pattern cannot be used; safe to show.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    package init(_ text: String) throws(Fault) {
        var parser = PatternParser(text)
        let tree = try parser.whole()
        var program: [Instruction] = []
        try tree.emit(into: &program)
        program.append(.match)
        if Self.matchesNothing(program) { throw Fault(description: "it matches the empty text") }
        self.text = text
        self.program = program
    }

    indirect enum Tree: Equatable {
        case set(ScalarSet)
        case boundary
        case sequence([Tree])
        case choice([Tree])
        case repeated(Tree, least: Int, most: Int?)

        func emit(into program: inout [Instruction]) throws(Fault) {
            guard program.count < LinearPattern.mostInstructions else {
                throw Fault(description: "it is too large: at most \(LinearPattern.mostInstructions) steps")
            }
            switch self {
            case .set(let set): program.append(.set(set))
            case .boundary: program.append(.boundary)
            case .sequence(let parts): for part in parts { try part.emit(into: &program) }
            case .choice(let parts):
                var ends: [Int] = []
                for (index, part) in parts.enumerated() {
                    guard index < parts.count - 1 else {
                        try part.emit(into: &program)
                        break
                    }
                    let split = program.count
                    program.append(.split(split + 1, 0))
                    try part.emit(into: &program)
                    ends.append(program.count)
                    program.append(.jump(0))
                    program[split] = .split(split + 1, program.count)
                }
                for end in ends { program[end] = .jump(program.count) }
            case .repeated(let part, let least, let most):
                for _ in 0..<least { try part.emit(into: &program) }
                if let most {
                    var splits: [Int] = []
                    for _ in least..<max(least, most) {
                        splits.append(program.count)
                        program.append(.split(program.count + 1, 0))
                        try part.emit(into: &program)
                    }
                    for split in splits { program[split] = .split(split + 1, program.count) }
                } else {
                    let split = program.count
                    program.append(.split(split + 1, 0))
                    try part.emit(into: &program)
                    program.append(.jump(split))
                    program[split] = .split(split + 1, program.count)
                }
            }
        }
    }

    enum Instruction: Equatable, Sendable {
        case set(ScalarSet)
        case boundary
        case split(Int, Int)
        case jump(Int)
        case match
    }

    /// Matches from left to right, none overlapping another.
    func matches(in text: [Unicode.Scalar]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var machine = Machine(program)
        var start = 0
        while start < text.count {
            if let end = machine.longest(in: text, from: start), end > start {
                found.append(start..<end)
                start = end
            } else {
                start += 1
            }
        }
        return found
    }

    private static func matchesNothing(_ program: [Instruction]) -> Bool {
        var machine = Machine(program)
        return machine.longest(in: [], from: 0) != nil
    }

    /// All ways through the program at once: each instruction is entered at most once for a character.
    private struct Machine {
        let program: [Instruction]
        private var present: [Int] = []
        private var next: [Int] = []
        private var mark: [Int]
        private var round = 0

        init(_ program: [Instruction]) {
            self.program = program
            mark = Array(repeating: 0, count: program.count)
        }

        mutating func longest(in text: [Unicode.Scalar], from start: Int) -> Int? {
            var end: Int?
            next.removeAll(keepingCapacity: true)
            round += 1
            enter(0, text, start, &end)
            swap(&present, &next)
            var at = start
            while !present.isEmpty, at < text.count, at - start < LinearPattern.longestMatch {
                next.removeAll(keepingCapacity: true)
                round += 1
                for instruction in present {
                    if case .set(let set) = program[instruction], set.contains(text[at]) {
                        enter(instruction + 1, text, at + 1, &end)
                    }
                }
                swap(&present, &next)
                at += 1
            }
            return end
        }

        private mutating func enter(_ first: Int, _ text: [Unicode.Scalar], _ at: Int, _ end: inout Int?) {
            var open = [first]
            while let instruction = open.popLast() {
                guard mark[instruction] != round else { continue }
                mark[instruction] = round
                switch program[instruction] {
                case .set: next.append(instruction)
                case .jump(let target): open.append(target)
                case .split(let one, let other): open += [other, one]
                case .match: end = at
                case .boundary:
                    let before = at > 0 && ScalarSet.isWord(text[at - 1])
                    let after = at < text.count && ScalarSet.isWord(text[at])
                    if before != after { open.append(instruction + 1) }
                }
            }
        }
    }
}

/// Characters that a place in a pattern takes.
struct ScalarSet: Equatable, Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var words = false
    var digits = false
    var spaces = false
    var isInverted = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        let other = scalar.isASCII && scalar.properties.isAlphabetic ? value ^ 0x20 : value
        let isIn =
            ranges.contains { $0.contains(value) || $0.contains(other) } || (words && Self.isWord(scalar))
            || (digits && scalar.properties.numericType == .decimal) || (spaces && scalar.properties.isWhitespace)
        return isIn != isInverted
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
    }
}

/// Reads a pattern; recursion is bounded by the nesting of groups, at most 32.
private struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var at = 0
    private var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func whole() throws(LinearPattern.Fault) -> LinearPattern.Tree {
        guard (1...500).contains(scalars.count) else { throw fault("it must have 1 to 500 characters") }
        let tree = try choice()
        guard at == scalars.count else { throw fault("a ) without its (") }
        return tree
    }

    private func fault(_ text: String) -> LinearPattern.Fault {
        LinearPattern.Fault(description: "\(text), at character \(at + 1)")
    }

    private var current: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let scalar = current else { return nil }
        at += 1
        return scalar
    }

    private mutating func choice() throws(LinearPattern.Fault) -> LinearPattern.Tree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 32 else { throw fault("groups are nested too deeply") }
        var parts = [try sequence()]
        while current == "|" {
            at += 1
            parts.append(try sequence())
        }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(LinearPattern.Fault) -> LinearPattern.Tree {
        var parts: [LinearPattern.Tree] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            let part = try piece()
            parts.append(try repeated(part))
        }
        return .sequence(parts)
    }

    private mutating func piece() throws(LinearPattern.Fault) -> LinearPattern.Tree {
        guard let scalar = take() else { throw fault("it ends too early") }
        switch scalar {
        case "(":
            if current == "?" {
                at += 1
                guard take() == ":" else { throw fault("of groups with ? only (?: is known") }
            }
            let tree = try choice()
            guard take() == ")" else { throw fault("a ( without its )") }
            return tree
        case "[": return .set(try set())
        case ".": return .set(ScalarSet(ranges: [0x0A...0x0A, 0x0D...0x0D], isInverted: true))
        case "\\":
            if current == "b" {
                at += 1
                return .boundary
            }
            return .set(try escape())
        case "*", "+", "?", "{": throw fault("\(scalar) has nothing before it to repeat")
        case "^", "$": throw fault("\(scalar) is not known; \\b is, and \\\(scalar) is the character")
        default: return .set(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func repeated(_ part: LinearPattern.Tree) throws(LinearPattern.Fault) -> LinearPattern.Tree {
        var range: (Int, Int?)?
        switch current {
        case "*": range = (0, nil)
        case "+": range = (1, nil)
        case "?": range = (0, 1)
        case "{":
            at += 1
            let least = try number()
            var most: Int? = least
            if current == "," {
                at += 1
                most = current == "}" ? nil : try number()
            }
            guard current == "}", most.map({ $0 >= least }) ?? true else {
                throw fault("a { that is not {n}, {n,} or {n,m}")
            }
            range = (least, most)
        default: return part
        }
        at += 1
        guard let (least, most) = range else { return part }
        if let next = current, ["*", "+", "?", "{"].contains(next) {
            throw fault("a repetition of a repetition: put the first into a group")
        }
        return .repeated(part, least: least, most: most)
    }

    private mutating func number() throws(LinearPattern.Fault) -> Int {
        var digits = ""
        while let scalar = current, ("0"..."9").contains(scalar), digits.count < 3 {
            digits.unicodeScalars.append(scalar)
            at += 1
        }
        guard let value = Int(digits), value <= 64 else { throw fault("repetitions must be a number, 0...64") }
        return value
    }

    private mutating func escape() throws(LinearPattern.Fault) -> ScalarSet {
        guard let scalar = take() else { throw fault("a \\ at the end") }
        switch scalar {
        case "d": return ScalarSet(digits: true)
        case "D": return ScalarSet(digits: true, isInverted: true)
        case "w": return ScalarSet(words: true)
        case "W": return ScalarSet(words: true, isInverted: true)
        case "s": return ScalarSet(spaces: true)
        case "S": return ScalarSet(spaces: true, isInverted: true)
        case "t": return ScalarSet(ranges: [9...9])
        case "n": return ScalarSet(ranges: [10...10])
        default:
            guard !scalar.properties.isAlphabetic, scalar.properties.numericType == nil else {
                throw fault("\\\(scalar) is not known")
            }
            return ScalarSet(ranges: [scalar.value...scalar.value])
        }
    }

    private mutating func set() throws(LinearPattern.Fault) -> ScalarSet {
        var set = ScalarSet()
        if current == "^" {
            set.isInverted = true
            at += 1
        }
        while let scalar = take(), scalar != "]" {
            if scalar == "\\" {
                let part = try escape()
                guard !part.isInverted else { throw fault("\\D, \\W and \\S cannot be in a class") }
                set.ranges += part.ranges
                set.words = set.words || part.words
                set.digits = set.digits || part.digits
                set.spaces = set.spaces || part.spaces
            } else if current == "-", at + 1 < scalars.count, scalars[at + 1] != "]" {
                at += 1
                guard let end = take(), end.value >= scalar.value, end != "\\" else {
                    throw fault("a range that ends before it begins")
                }
                set.ranges.append(scalar.value...end.value)
            } else {
                set.ranges.append(scalar.value...scalar.value)
            }
        }
        guard at > 0, scalars[at - 1] == "]" else { throw fault("a [ without its ]") }
        guard !set.ranges.isEmpty || set.words || set.digits || set.spaces else { throw fault("an empty class") }
        return set
    }
}
