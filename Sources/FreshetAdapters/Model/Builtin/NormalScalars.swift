import Foundation

/// A text as scalars in compatibility composition (NFKC), case kept.
///
/// Only what may need it goes through Foundation's normaliser, in pieces of at most 128 scalars with at most four
/// combining marks on a letter: that normaliser takes quadratic time over a run of marks. Hence linear in the text.
/// Format characters (bidirectional controls, joiners, soft hyphens) are dropped. Text beyond `limit` scalars is not
/// read.
func normalScalars(of text: String, limit: Int) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(min(text.utf8.count, limit))
    var piece = String.UnicodeScalarView()
    var pieceLength = 0
    var marks = 0

    func flush() {
        guard pieceLength > 0 else { return }
        for scalar in String(piece).precomposedStringWithCompatibilityMapping.unicodeScalars {
            result.append(scalar.value)
        }
        piece = String.UnicodeScalarView()
        pieceLength = 0
    }

    var read = 0
    for scalar in text.unicodeScalars {
        read += 1
        if read > limit { break }
        let value = scalar.value
        if value < 0x80 {
            // A letter may carry a mark that follows, so it waits in the piece until that is known.
            if pieceLength > 0, !isASCIIWordByte(value) || pieceLength >= 128 { flush() }
            if pieceLength > 0 {
                piece.append(scalar)
                pieceLength += 1
            } else {
                result.append(value)
            }
            marks = 0
        } else if isStableLetter(value) {
            flush()
            result.append(value)
            marks = 0
        } else {
            switch scalar.properties.generalCategory {
            case .format:
                // The zero-width space is a border between words; the others are not there for a reader.
                guard value == 0x200B else { continue }
                flush()
                result.append(0x20)
                continue
            case .nonspacingMark, .enclosingMark, .spacingMark:
                marks += 1
                if marks > 4 { continue }
            default: marks = 0
            }
            // The letter before it belongs to the piece: they may compose.
            if pieceLength == 0, let last = result.last, last > 0x20, let base = Unicode.Scalar(last) {
                result.removeLast()
                piece.append(base)
                pieceLength = 1
            }
            piece.append(scalar)
            pieceLength += 1
            if pieceLength >= 128, marks == 0 { flush() }
        }
    }
    flush()
    return result
}

private func isASCIIWordByte(_ value: UInt32) -> Bool {
    (97...122).contains(value) || (65...90).contains(value) || (48...57).contains(value)
}

/// Letters that NFKC leaves as they are: Hangul syllables, ideographs, kana, and Latin, Greek and Cyrillic letters
/// without a decomposition of the compatibility kind.
private func isStableLetter(_ value: UInt32) -> Bool {
    switch value {
    case 0xAC00...0xD7A3, 0x4E00...0x9FFF, 0x3400...0x4DBF: true
    case 0x3041...0x3096, 0x30A1...0x30FA, 0x30FC: true
    case 0x00C0...0x0131, 0x0134...0x013E, 0x0141...0x0148, 0x014A...0x017E: true
    case 0x0391...0x03CE, 0x0400...0x045F: true
    default: false
    }
}
