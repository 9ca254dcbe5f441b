import Foundation
import FreshetTestKit

/// Text with everything in it that normalising and reading HTML must survive.
enum SampleText {
    private static let scalars: [String] = [
        "a", "b", " ", "  ", "\n", "\r\n", "\t", "é", "e\u{301}", "\u{1100}\u{1161}", "한", "글", "\u{A0}", "\u{200B}",
        "&", "<", ">",
        "\"", "'", "\\", "\u{0}", "\u{1F}", "\u{7F}", "😀", "👩\u{200D}🔧", "\u{FEFF}", "\u{2028}", "\u{301}", "\u{327}",
        "語", "ß", ";", "#",
        "\u{E000}", "\u{10FFFF}", "x1", "/", "=", "\u{85}", "\u{3000}", "ﬁ", "Å",
    ]
    private static let markup: [String] = [
        "<p>", "</p>", "<br>", "<div style=\"x\">", "</div>", "<pre>", "</pre>", "<script>", "</script>", "<!--", "-->",
        "<![CDATA[", "]]>",
        "<img alt=\"", "\">", "<img src=x>", "&amp;", "&#x", "&#55296;", "&nbsp;", "&nbsp", "<td>", "</", "<",
        "<a href='", "'>", "&#769;", "<li>",
    ]

    static func text(using random: inout SplitMix64) -> String {
        draw(scalars, using: &random)
    }

    static func markup(using random: inout SplitMix64) -> String {
        draw(scalars + markup + markup, using: &random)
    }

    private static func draw(_ parts: [String], using random: inout SplitMix64) -> String {
        (0..<Int.random(in: 0..<80, using: &random)).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }
            .joined()
    }
}

/// CPU time of the calling thread in seconds: other load on the machine does not count.
enum ThreadTime {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
