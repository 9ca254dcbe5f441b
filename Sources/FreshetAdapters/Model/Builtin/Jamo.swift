/// Hangul syllables taken apart into their letters, so that "설치했다" and "설치한" share more than their first syllables.
enum Jamo {
    /// The letters of a syllable: initial and vowel as compatibility jamo, the final as a code of the half-width ones,
    /// so that a consonant that ends a syllable differs from one that begins the next. None of them composes with a
    /// neighbour, so strings of them compare letter by letter. Anything that is not a syllable is appended as it is.
    static func append(_ value: UInt32, to letters: inout [UInt32]) {
        guard (0xAC00...0xD7A3).contains(value) else {
            letters.append(value)
            return
        }
        let index = Int(value - 0xAC00)
        letters.append(initials[index / 588])
        letters.append(0x314F + UInt32(index % 588 / 28))
        let final = index % 28
        if final > 0 { letters.append(0xFFA0 + UInt32(final)) }
    }

    private static let initials: [UInt32] = [
        0x3131, 0x3132, 0x3134, 0x3137, 0x3138, 0x3139, 0x3141, 0x3142, 0x3143, 0x3145, 0x3146, 0x3147, 0x3148, 0x3149,
        0x314A, 0x314B, 0x314C, 0x314D, 0x314E,
    ]
}
