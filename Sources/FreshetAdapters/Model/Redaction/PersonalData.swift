/// What identifies people or their accounts in a text, found in time that grows with the text and no faster.
package enum PersonalData: String, Sendable, CaseIterable {
    case email, phone, card, iban, ip
    /// The Korean resident registration number, also that of foreigners.
    case residentNumber = "resident_number"

    /// Of a placeholder.
    var label: String {
        switch self {
        case .email: "EMAIL"
        case .phone: "PHONE"
        case .card: "CARD"
        case .iban: "IBAN"
        case .ip: "IP"
        case .residentNumber: "RRN"
        }
    }

    func ranges(in text: [Unicode.Scalar], _ numbers: NumberRuns) -> [Range<Int>] {
        switch self {
        case .email: Self.emails(text)
        case .phone: Self.phones(text, numbers)
        case .card: numbers.windows(in: text, most: 19, isMeant: Self.isCard)
        case .iban: Self.ibans(text)
        case .ip: Self.addresses(text)
        case .residentNumber: numbers.windows(in: text, most: 13, isMeant: Self.isResidentNumber)
        }
    }

    // MARK: - E-mail

    private static func emails(_ text: [Unicode.Scalar]) -> [Range<Int>] {
        text.indices.compactMap { at in
            guard text[at] == "@" || text[at] == "\u{FF20}" else { return nil }
            var start = at
            while start > 0, at - start < 64, isLocal(text[start - 1]) { start -= 1 }
            while start < at, text[start] == "." || text[start] == "'" { start += 1 }
            var end = at + 1
            while end < text.count, end - at < 255, isHost(text[end]) { end += 1 }
            while end > at + 1, text[end - 1] == "." || text[end - 1] == "-" { end -= 1 }
            let labels = text[(at + 1)..<max(end, at + 1)].split(separator: ".", omittingEmptySubsequences: false)
            guard start < at, labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }), let last = labels.last,
                last.count >= 2, last.contains(where: \.properties.isAlphabetic)
            else { return nil }
            return start..<end
        }
    }

    private static func isLocal(_ scalar: Unicode.Scalar) -> Bool {
        NumberRuns.isASCIIWord(scalar) || ".%+-'!#$&*/=?^{|}~".unicodeScalars.contains(scalar)
    }

    private static func isHost(_ scalar: Unicode.Scalar) -> Bool {
        (NumberRuns.isASCIIWord(scalar) && scalar != "_") || scalar == "." || scalar == "-"
    }

    // MARK: - Telephone

    private static func phones(_ text: [Unicode.Scalar], _ numbers: NumberRuns) -> [Range<Int>] {
        numbers.windows(in: text, most: 15) { groups, digits in
            guard let first = groups.first,
                groups.dropFirst().allSatisfy({ !$0.gap.contains("\u{A0}") || $0.gap.count == 1 })
            else { return false }
            let start = first.range.lowerBound
            if start > 0, text[start - 1] == "+" || text[start - 1] == "\u{FF0B}" { return digits.count >= 8 }
            return isNational(groups.map(\.digits.count), digits)
        }.map { range in
            // The plus, and the parenthesis of an area code.
            var start = range.lowerBound
            while start > 0, range.lowerBound - start < 2, "+(\u{FF0B}".unicodeScalars.contains(text[start - 1]) {
                start -= 1
            }
            return start..<range.upperBound
        }
    }

    /// Without a country's code: what begins with a trunk zero, or American groups of three, three and four.
    private static func isNational(_ lengths: [Int], _ digits: [Int]) -> Bool {
        if lengths == [3, 3, 4] { return digits[0] >= 2 || digits[0] == 0 }
        if lengths == [1, 3, 3, 4] { return digits[0] == 1 }
        guard digits.count >= 9, digits[0] == 0 else { return false }
        // Korean mobile telephones are often written in one.
        if lengths.count == 1 {
            return digits[1] == 1 && [0, 1, 6, 7, 8, 9].contains(digits[2]) && (10...11).contains(digits.count)
        }
        if digits[1] == 0 { return digits.count >= 11 }
        guard digits.count <= 12 else { return false }
        return (lengths.last ?? 0) >= 3 || (lengths.count >= 4 && lengths.allSatisfy { $0 == 2 })
    }

    // MARK: - Payment card

    private static func isCard(_ groups: ArraySlice<NumberRuns.Group>, _ digits: [Int]) -> Bool {
        guard (13...19).contains(digits.count), Set(digits).count > 1 else { return false }
        guard
            groups.dropFirst().allSatisfy({
                $0.gap.count == 1 && ($0.gap[0] == " " || $0.gap[0] == "\u{A0}" || NumberRuns.isDash($0.gap[0]))
            })
        else { return false }
        // Luhn.
        let sum = digits.reversed().enumerated().reduce(0) { sum, entry in
            let doubled = entry.offset % 2 == 1 ? entry.element * 2 : entry.element
            return sum + (doubled > 9 ? doubled - 9 : doubled)
        }
        return sum % 10 == 0
    }

    // MARK: - Resident number

    /// Six digits of a birthday, then seven. Those given out since October 2020 end in random digits: without the dash that
    /// everybody writes, only the check digit tells the others from any thirteen digits.
    private static func isResidentNumber(_ groups: ArraySlice<NumberRuns.Group>, _ digits: [Int]) -> Bool {
        let lengths = groups.map(\.digits.count)
        guard digits.count == 13, lengths == [13] || lengths == [6, 7] else { return false }
        let month = digits[2] * 10 + digits[3]
        let day = digits[4] * 10 + digits[5]
        guard (1...12).contains(month), (1...31).contains(day) else { return false }
        if let gap = groups.last?.gap, gap.count == 1, NumberRuns.isDash(gap[0]) { return true }
        let isNew = [3, 4, 7, 8].contains(digits[6]) && digits.prefix(6).reduce(0) { $0 * 10 + $1 } >= 201_005
        if isNew { return lengths == [6, 7] || digits[0] * 10 + digits[1] < 70 }
        let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
        let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } % 11
        let isForeign = (5...8).contains(digits[6])
        return digits[12] == ((isForeign ? 13 : 11) - sum) % 10
    }

    // MARK: - IBAN

    private static func ibans(_ text: [Unicode.Scalar]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var at = 0
        while at + 15 <= text.count {
            if let end = iban(text, from: at) {
                found.append(at..<end)
                at = end
            } else {
                at += 1
            }
        }
        return found
    }

    /// Country, check digits, account; spaces or dashes between groups. ISO 13616: the rest by 97 is one.
    private static func iban(_ text: [Unicode.Scalar], from start: Int) -> Int? {
        guard NumberRuns.isApart(text, before: start), let first = letter(text[start]),
            let second = letter(text[start + 1]),
            let length = ibanLengths["\(first)\(second)"]
        else { return nil }
        var characters: [Character] = []
        var at = start
        while characters.count < length {
            guard at < text.count else { return nil }
            if let digit = NumberRuns.digit(text[at]) {
                characters.append(Character("\(digit)"))
            } else if let letter = letter(text[at]) {
                characters.append(letter)
            } else {
                guard at > start, text[at] == " " || NumberRuns.isDash(text[at]) || text[at] == "\u{A0}",
                    at + 1 < text.count,
                    letter(text[at + 1]) != nil || NumberRuns.digit(text[at + 1]) != nil
                else { return nil }
            }
            at += 1
        }
        guard NumberRuns.isApart(text, after: at) else { return nil }
        var rest = 0
        for character in characters.dropFirst(4) + characters.prefix(4) {
            guard let value = Int(String(character), radix: 36) else { return nil }
            rest = (rest * (value > 9 ? 100 : 10) + value) % 97
        }
        return rest == 1 ? at : nil
    }

    private static func letter(_ scalar: Unicode.Scalar) -> Character? {
        guard scalar.isASCII, scalar.properties.isAlphabetic else { return nil }
        return Character(scalar.properties.uppercaseMapping)
    }

    private static let ibanLengths: [String: Int] = {
        let table =
            "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23"
            + "GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30"
            + "NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20"
        let characters = Array(table)
        return Dictionary(
            stride(from: 0, to: characters.count, by: 4).compactMap { at in
                Int(String(characters[(at + 2)..<(at + 4)])).map { (String(characters[at..<(at + 2)]), $0) }
            }, uniquingKeysWith: { first, _ in first })
    }()

    // MARK: - IP address

    private static func addresses(_ text: [Unicode.Scalar]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var at = 0
        while at < text.count {
            guard isAddressPart(text[at]),
                at == 0 || !(isAddressPart(text[at - 1]) || NumberRuns.isASCIIWord(text[at - 1]))
            else {
                at += 1
                continue
            }
            var end = at
            while end < text.count, isAddressPart(text[end]) { end += 1 }
            if let range = address(text, at..<end) { found.append(range) }
            at = end
        }
        return found
    }

    /// A run of what addresses are made of; dots and colons at its ends are a sentence's.
    private static func address(_ text: [Unicode.Scalar], _ run: Range<Int>) -> Range<Int>? {
        guard run.count <= 64, NumberRuns.isApart(text, after: run.upperBound) else { return nil }
        var end = run.upperBound
        while end > run.lowerBound, text[end - 1] == "." { end -= 1 }
        let range = run.lowerBound..<end
        if isFour(text[range]) || isSix(text[range]) { return range }
        if end > run.lowerBound, text[end - 1] == ":", isFour(text[run.lowerBound..<(end - 1)]) {
            return run.lowerBound..<(end - 1)
        }
        // With a port.
        if let colon = text[range].firstIndex(of: ":"), isFour(text[run.lowerBound..<colon]) {
            return run.lowerBound..<colon
        }
        return nil
    }

    private static func isAddressPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x3A, 0x2E, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    private static func isFour(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count) else { return false }
                let digits = part.compactMap(NumberRuns.digit)
                return digits.count == part.count && digits.reduce(0) { $0 * 10 + $1 } <= 255
            }
    }

    private static func isSix(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return false }
        var groups = 0
        if let last = parts.last, last.contains(".") {
            guard isFour(last) else { return false }
            groups = 2
            parts.removeLast()
        }
        // An empty part within is the one gap; at an end it needs its neighbour to be one.
        if parts.first?.isEmpty == true {
            guard parts.count >= 2, parts[1].isEmpty else { return false }
            parts.removeFirst()
        }
        if groups == 0, parts.last?.isEmpty == true {
            guard parts.count >= 2, parts[parts.count - 2].isEmpty else { return false }
            parts.removeLast()
        }
        let gaps = parts.count { $0.isEmpty }
        let written = parts.filter { !$0.isEmpty }
        guard written.allSatisfy({ $0.count <= 4 && !$0.contains(".") }) else { return false }
        groups += written.count
        return gaps == 0 ? groups == 8 : gaps == 1 && groups <= 7 && groups >= 1
    }
}
