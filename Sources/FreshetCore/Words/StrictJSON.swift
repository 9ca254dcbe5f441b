/// A strict reading of JSON text: whether it is JSON at all, and the few members that somebody asked for.
///
/// RFC 8259 without any dialect, and stricter where two readers could disagree: the bytes are UTF-8 without a byte order
/// mark, no object holds a key twice (compared after unescaping, by code point), and nesting ends at a fixed depth. An
/// escaped lone surrogate (`"\ud800"`) passes, as the RFC's grammar allows: a sender that cuts an emoji in half in a
/// field that nobody reads should not lose its message.
///
/// Time is linear in the text (a sort of the keys where an object has many), there is no recursion, and memory beyond
/// the text is 8 bytes for each key of the objects that are open.
package struct StrictJSON: Sendable, Equatable {
    /// The kind of the whole text; a scalar with its text.
    package var root: Value
    /// What stands at each of the paths asked for, in their order; `nil` where nothing does.
    package var members: [Value?]

    /// The raw value is a word for counters and logs.
    package enum Fault: String, Error, Sendable, CaseIterable {
        case empty
        case byteOrderMark = "byte_order_mark"
        case notUTF8 = "not_utf8"
        case controlCharacter = "control_character"
        case syntax
        case truncated
        case tooDeep = "too_deep"
        case duplicateKey = "duplicate_key"
    }

    package enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        /// As written; the grammar holds, the size is unbounded.
        case number(ArraySlice<UInt8>)
        /// As written between the quotes, escapes and all: see `unescaped`.
        case string(ArraySlice<UInt8>)
        case array
        case object
    }

    /// Keys from the root inwards, through objects only.
    package struct Path: Sendable, Equatable {
        package var keys: [[UInt8]]
        package init(_ keys: String...) { self.keys = keys.map { Array($0.utf8) } }
    }

    /// Reads the whole of `bytes`. At most 32 paths.
    package init(_ bytes: [UInt8], paths: [Path] = [], maximumDepth: Int = 32) throws(Fault) {
        precondition(paths.count <= 32)
        var scanner = StrictJSONScanner(bytes: bytes, paths: paths, maximumDepth: maximumDepth)
        try scanner.run()
        root = scanner.root
        members = scanner.found
    }

    /// What the text of a `.string` stands for. Lone surrogates come out as their three bytes in the pattern of UTF-8,
    /// so the result need not be valid UTF-8. Only for text that a reading has let pass.
    package static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var at = text.startIndex
        while at < text.endIndex {
            let byte = text[at]
            guard byte == UInt8(ascii: "\\"), at + 1 < text.endIndex else {
                result.append(byte)
                at += 1
                continue
            }
            switch text[at + 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var unit = fourDigits(text, at + 2)
                at += 4
                if (0xD800..<0xDC00).contains(unit), at + 3 < text.endIndex, text[at + 2] == UInt8(ascii: "\\"),
                    text[at + 3] == UInt8(ascii: "u")
                {
                    let low = fourDigits(text, at + 4)
                    if (0xDC00..<0xE000).contains(low) {
                        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                        at += 6
                    }
                }
                append(unit, to: &result)
            case let other: result.append(other)
            }
            at += 2
        }
        return result
    }

    private static func fourDigits(_ text: ArraySlice<UInt8>, _ start: Int) -> UInt32 {
        var value: UInt32 = 0
        for at in start..<min(start + 4, text.endIndex) {
            value = value << 4 | UInt32(hexDigit(text[at]) ?? 0)
        }
        return value
    }

    fileprivate static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        switch value {
        case 0..<0x80: bytes.append(UInt8(value))
        case 0x80..<0x800: bytes += [UInt8(0xC0 | value >> 6), UInt8(0x80 | value & 0x3F)]
        case 0x800..<0x10000:
            bytes += [UInt8(0xE0 | value >> 12), UInt8(0x80 | value >> 6 & 0x3F), UInt8(0x80 | value & 0x3F)]
        default:
            bytes += [
                UInt8(0xF0 | value >> 18 & 0x07), UInt8(0x80 | value >> 12 & 0x3F), UInt8(0x80 | value >> 6 & 0x3F),
                UInt8(0x80 | value & 0x3F),
            ]
        }
    }
}

/// One pass over the text, with a stack of its own instead of recursion.
private struct StrictJSONScanner {
    let bytes: [UInt8]
    let paths: [StrictJSON.Path]
    let maximumDepth: Int
    var found: [StrictJSON.Value?]
    var root = StrictJSON.Value.null

    private var at = 0
    private var frames: [Frame] = []
    private var keys: [Key] = []

    /// An array or object that is open.
    private struct Frame {
        var isObject: Bool
        /// Where its keys begin in `keys`.
        var firstKey: Int
        /// The paths that lead here, as bits.
        var reached: UInt32
        /// Those of them that go on with the member being read.
        var member: UInt32 = 0
    }

    private struct Key {
        var hash: UInt32
        /// Of its first byte after the quote.
        var start: UInt32
    }

    private enum Expected { case value, valueOrClose, key, keyOrClose, commaOrClose, end }

    init(bytes: [UInt8], paths: [StrictJSON.Path], maximumDepth: Int) {
        self.bytes = bytes
        self.paths = paths
        self.maximumDepth = maximumDepth
        found = Array(repeating: nil, count: paths.count)
    }

    mutating func run() throws(StrictJSON.Fault) {
        guard bytes.count <= Int(UInt32.max) else { throw .tooDeep }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw .byteOrderMark }
        var expected = Expected.value
        var isEmpty = true
        while let byte = nextByte() {
            isEmpty = false
            switch expected {
            case .end:
                throw .syntax
            case .value, .valueOrClose:
                if expected == .valueOrClose, byte == UInt8(ascii: "]") {
                    expected = try close(object: false)
                } else {
                    expected = try value(startingWith: byte)
                }
            case .key, .keyOrClose:
                if expected == .keyOrClose, byte == UInt8(ascii: "}") {
                    expected = try close(object: true)
                } else {
                    guard byte == UInt8(ascii: "\"") else { throw .syntax }
                    try key()
                    expected = .value
                }
            case .commaOrClose:
                let isObject = frames.last?.isObject ?? false
                if byte == UInt8(ascii: ",") {
                    at += 1
                    expected = isObject ? .key : .value
                } else {
                    guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw .syntax }
                    expected = try close(object: isObject)
                }
            }
        }
        if expected != .end { throw isEmpty ? .empty : .truncated }
    }

    /// The next byte that is not white space; `nil` at the end.
    private mutating func nextByte() -> UInt8? {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func value(startingWith byte: UInt8) throws(StrictJSON.Fault) -> Expected {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            return try open(object: byte == UInt8(ascii: "{"))
        case UInt8(ascii: "\""):
            let (range, _) = try string()
            note(.string(bytes[range]))
        case UInt8(ascii: "t"):
            try word("true")
            note(.bool(true))
        case UInt8(ascii: "f"):
            try word("false")
            note(.bool(false))
        case UInt8(ascii: "n"):
            try word("null")
            note(.null)
        default:
            note(.number(bytes[try number()]))
        }
        return frames.isEmpty ? .end : .commaOrClose
    }

    private mutating func open(object isObject: Bool) throws(StrictJSON.Fault) -> Expected {
        guard frames.count < maximumDepth else { throw .tooDeep }
        note(isObject ? .object : .array)
        // A path goes on through the member that is being read, or begins at the root.
        let reached = frames.isEmpty ? UInt32.max : (frames.last?.member ?? 0)
        frames.append(Frame(isObject: isObject, firstKey: keys.count, reached: isObject ? reached : 0))
        at += 1
        return isObject ? .keyOrClose : .valueOrClose
    }

    private mutating func close(object isObject: Bool) throws(StrictJSON.Fault) -> Expected {
        guard let frame = frames.popLast(), frame.isObject == isObject else { throw .syntax }
        if isObject {
            if holdsDuplicate(from: frame.firstKey) { throw .duplicateKey }
            keys.removeSubrange(frame.firstKey...)
        }
        at += 1
        return frames.isEmpty ? .end : .commaOrClose
    }

    /// Records the value that begins here where a path ends.
    private mutating func note(_ value: StrictJSON.Value) {
        guard let frame = frames.last else {
            root = value
            return
        }
        guard frame.member != 0 else { return }
        for index in paths.indices
        where frame.member & 1 << UInt32(index) != 0 && paths[index].keys.count == frames.count {
            found[index] = value
        }
    }

    private mutating func key() throws(StrictJSON.Fault) {
        let (range, hasEscapes) = try string()
        guard nextByte() == UInt8(ascii: ":") else { throw at < bytes.count ? .syntax : .truncated }
        at += 1

        let depth = frames.count - 1
        let text = hasEscapes ? StrictJSON.unescaped(bytes[range])[...] : bytes[range]
        var hasher = Hasher()  // Seeded by the process: nobody can prepare keys that collide.
        text.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = UInt32(truncatingIfNeeded: hasher.finalize())
        keys.append(Key(hash: hash, start: UInt32(range.lowerBound)))

        var member: UInt32 = 0
        if frames[depth].reached != 0 {
            for index in paths.indices where frames[depth].reached & 1 << UInt32(index) != 0 {
                let keys = paths[index].keys
                if depth < keys.count, keys[depth].elementsEqual(text) { member |= 1 << UInt32(index) }
            }
        }
        frames[depth].member = member
    }

    private mutating func holdsDuplicate(from first: Int) -> Bool {
        if keys.count - first > 12 { keys[first...].sort { $0.hash < $1.hash } }
        let isSorted = keys.count - first > 12
        for index in first..<keys.count {
            var other = index + 1
            while other < keys.count {
                if keys[index].hash == keys[other].hash {
                    if text(of: keys[index]) == text(of: keys[other]) { return true }
                } else if isSorted {
                    break
                }
                other += 1
            }
        }
        return false
    }

    private func text(of key: Key) -> [UInt8] {
        let start = Int(key.start)
        var end = start
        while bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return StrictJSON.unescaped(bytes[start..<end])
    }

    /// From the opening quote to behind the closing one; the range is what lies between.
    private mutating func string() throws(StrictJSON.Fault) -> (Range<Int>, hasEscapes: Bool) {
        at += 1
        let start = at
        var hasEscapes = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return (start..<at - 1, hasEscapes)
            }
            if byte < 0x20 { throw .controlCharacter }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try escape()
            } else if byte < 0x80 {
                at += 1
            } else {
                at += try lengthOfSequence(startingWith: byte)
            }
        }
        throw .truncated
    }

    private mutating func escape() throws(StrictJSON.Fault) {
        guard at + 1 < bytes.count else { throw .truncated }
        switch bytes[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            for digit in at + 2..<at + 6 {
                guard digit < bytes.count else { throw .truncated }
                guard StrictJSON.hexDigit(bytes[digit]) != nil else { throw .syntax }
            }
            at += 6
        default:
            throw .syntax
        }
    }

    /// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
    private func lengthOfSequence(startingWith lead: UInt8) throws(StrictJSON.Fault) -> Int {
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw .notUTF8
        }
        guard at + length <= bytes.count, second.contains(bytes[at + 1]) else { throw .notUTF8 }
        for index in at + 2..<max(at + 2, at + length) where !(0x80...0xBF).contains(bytes[index]) { throw .notUTF8 }
        return length
    }

    private mutating func word(_ word: StaticString) throws(StrictJSON.Fault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard at < bytes.count else { throw .truncated }
            guard bytes[at] == word.utf8Start[index] else { throw .syntax }
            at += 1
        }
    }

    private mutating func number() throws(StrictJSON.Fault) -> Range<Int> {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
            at += 1
        } else {
            try digits()
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return start..<at
    }

    /// One digit or more.
    private mutating func digits() throws(StrictJSON.Fault) {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        if at == start { throw at < bytes.count ? .syntax : .truncated }
    }
}
