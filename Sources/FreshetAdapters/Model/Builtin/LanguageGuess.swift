/// Which language a ticket is written in: by its script, and among languages of Latin script by their commonest words.
enum LanguageGuess {
    /// ISO 639-1, or `und` when there is nothing to go by. `tokens` should hold prose, since code looks English.
    static func language(of tokens: Tokens) -> String {
        var latin = 0
        var counts = Scripts()
        var votes = [Int](repeating: 0, count: latinWords.count)
        for word in tokens.words where word.role == .whole {
            let scalars = tokens.scalars[word.range]
            guard let first = scalars.first else { continue }
            switch word.script {
            case .hangul: counts.hangul += scalars.count
            case .unspaced:
                for value in scalars { counts.add(unspaced: value) }
            case .spaced:
                switch first {
                case 0x0370...0x03FF, 0x1F00...0x1FFF: counts.greek += scalars.count
                case 0x0400...0x052F:
                    counts.cyrillic += scalars.count
                    counts.ukrainian += scalars.reduce(0) {
                        $0 + ([0x0456, 0x0457, 0x0454, 0x0491].contains($1) ? 1 : 0)
                    }
                case 0x0590...0x05FF: counts.hebrew += scalars.count
                case 0x0600...0x06FF:
                    counts.arabic += scalars.count
                    counts.persian += scalars.reduce(0) {
                        $0 + ([0x067E, 0x0686, 0x0698, 0x06AF].contains($1) ? 1 : 0)
                    }
                case 0x0900...0x097F: counts.devanagari += scalars.count
                case 48...57: break
                default:
                    latin += scalars.count
                    let text = tokens.text(of: word)
                    for (index, language) in latinWords.enumerated() where language.words.contains(text) {
                        votes[index] += 1
                    }
                }
            }
        }
        // Letters of scripts that say more each weigh more, since commands and names in a ticket are Latin everywhere.
        if let code = counts.language(beside: latin) { return code }
        guard latin > 0, let best = votes.max(), best > 0 else { return "und" }
        let winner = votes.firstIndex(of: best) ?? 0
        return latinWords[winner].code
    }

    private struct Scripts {
        var hangul = 0, kana = 0, han = 0, thai = 0
        var greek = 0, cyrillic = 0, ukrainian = 0, hebrew = 0, arabic = 0, persian = 0, devanagari = 0

        mutating func add(unspaced value: UInt32) {
            switch value {
            case 0x3041...0x30FF, 0x31F0...0x31FF: kana += 1
            case 0x0E00...0x0E7F: thai += 1
            default: han += 1
            }
        }

        func language(beside latin: Int) -> String? {
            let japanese = kana > 0 && kana * 8 >= han ? kana + han : 0
            let candidates: [(String, Int, Int)] = [
                ("ko", hangul, 8), ("ja", japanese, 8), ("zh", japanese > 0 ? 0 : han, 10), ("th", thai, 4),
                ("el", greek, 4), (ukrainian > 0 ? "uk" : "ru", cyrillic, 4), ("he", hebrew, 4),
                (persian > 0 ? "fa" : "ar", arabic, 4), ("hi", devanagari, 4),
            ]
            guard let best = candidates.max(by: { $0.1 * $0.2 < $1.1 * $1.2 }), best.1 > 0 else { return nil }
            return best.1 * best.2 >= latin ? best.0 : nil
        }
    }

    /// On a tie the earlier one wins.
    private static let latinWords: [(code: String, words: Set<String>)] = [
        (
            "en",
            words(
                "the and is to of in it that not with for on this are was when have but from can you we i be as at by has does after"
            )
        ),
        (
            "de",
            words(
                "der die das und ist nicht ich ein eine zu mit auf für den von dem wird werden wenn es im bei auch sich nach kann wie keine über"
            )
        ),
        (
            "fr",
            words(
                "le la les des est et une un pas je que qui dans pour sur avec ne ce il vous nous mais plus au du en sont lorsque quand cette"
            )
        ),
        (
            "es",
            words(
                "el la los las que es en un una de por con para se del al lo como pero más cuando está mi su esta este desde"
            )
        ),
        (
            "pt",
            words(
                "que é em um uma de do da não nao vez por para na se ao como toda mas mais quando está eu meu você depois"
            )
        ),
        (
            "it",
            words(
                "il la lo gli che è di un una non per con si del della nel sono ho mi come ma più quando questo le anche"
            )
        ),
        (
            "nl",
            words(
                "de het een en van is dat niet ik op te met voor zijn er maar als aan wordt bij ook naar heb kan deze")
        ),
        (
            "tr",
            words("bir ve bu için ile da de çok ne ben var yok gibi daha olarak mi ama değil oluyor bana sonra kadar")
        ),
        ("vi", words("không và của là tôi có được cho các trong một khi này với đã từ bị để ở người")),
        ("pl", words("nie na się do że jest to jak po co ale od za przez czy są tylko przy")),
        ("id", words("yang dan di tidak saya ini itu untuk dengan dari ke pada bisa ada sudah akan atau")),
        ("sv", words("och att det är som en på inte jag för med av har den till om ett men när kan")),
    ]

    private static func words(_ list: String) -> Set<String> { Set(list.split(separator: " ").map(String.init)) }
}
