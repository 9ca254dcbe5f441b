import FreshetDocuments
import FreshetTestKit
import Testing

@Suite struct HTMLTextTests {
    @Test(arguments: [
        ("a", "a"), ("", ""), (" \n\t ", ""), ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"), ("<p>a</p><p>b</p>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"), ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("a<br><br><br><br>b", "a\n\nb"), ("<div>a<br></div><div>b</div>", "a\nb"),
        ("<ul>\n <li>one</li>\n <li>two</li></ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<h1>T</h1>x", "T\nx"), ("a <b>b</b>c <i>d</i>", "a bc d"), ("so<b></b>me<wbr>word", "someword"),
        ("  many   blanks\t\n here ", "many blanks here"), ("a&nbsp;&nbsp; b", "a b"),
        ("<pre>one\n  two\n\n\n\nthree</pre>four", "one\ntwo\n\nthree\nfour"), ("a<pre>\nb</pre>", "a\nb"),
        ("<pre>a\r\nb\rc</pre>", "a\nb\nc"), ("<PRE>x\ny</PRE>z\nw", "x\ny\nz w"),
        ("see <img src=\"https://x/y?token=abc\" alt=\"a &quot;chart&quot;\"> here", "see a \"chart\" here"),
        ("<img alt=plain src=x>", "plain"), ("<img src='a>b' alt='c>d'>", "c>d"), ("<img src=cid:https://x alt>y", "y"),
        ("<img data-alt=no src=x>y", "y"), ("a<script>if (x<y) { '</div>' }</script>b", "ab"),
        ("a<style>p{}</style >b", "ab"), ("<head><title>no</title><meta charset=x></head><body>yes</body>", "yes"),
        ("a<!-- <p>no --> b", "a b"), ("a<!-->b", "ab"), ("a<!--->b", "ab"), ("a<!-- x --!>b", "ab"),
        ("a<![if !supportLists]>b<![endif]>", "ab"), ("<?xml version='1.0'?>a", "a"), ("<!DOCTYPE html>a", "a"),
        ("a<![CDATA[ 1 < 2 & <b> ]]>b", "a 1 < 2 & <b> b"), ("a</>b", "ab"), ("a</ x>b", "ab"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"), ("a<", "a<"), ("a<b", "a"),
        ("x <ines@harbor.example> y", "x <ines@harbor.example> y"),
        ("<https://a.example/b>", "<https://a.example/b>"), ("cut <img src=\"https://", "cut"),
        ("cut <foo bar", "cut <foo bar"),
        ("<a title=\"never closed>x</a> y", "x y"), ("<a title=\"b>\" c=\"<p>\">x</a>", "x"), ("<o:p>x</o:p>", "x"),
        ("a<script>never ends", "a"), ("a<!-- never ends", "a"), ("a<![CDATA[never ends", "anever ends"),
        ("<div class=x", ""), ("a\u{0}b\u{7}c", "abc"), ("a<p/>b", "a\nb"),
    ])
    func `shows what a reader sees`(html: String, text: String) {
        #expect(HTMLText.plain(html) == text)
    }

    @Test(arguments: [
        ("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"), ("&eacute;&Eacute;", "éÉ"), ("&hellip;&mdash;&euro;", "…—€"),
        ("&copy 2026 &COPY;", "© 2026 ©"), ("&notit; &notin;", "¬it; ∉"), ("&half;&Tab;x", "&half; x"),
        ("&unknown; &;", "&unknown; &;"),
        ("a & b &", "a & b &"), ("&#65;&#x42;&#X43;&#68", "ABCD"), ("&#;&#x;&#xg;", "&#;&#x;&#xg;"),
        ("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("&#128;&#150;", "€–"), ("&#129;x", "x"), ("&lt;b&gt;", "<b>"), ("&amp;lt;", "&lt;"), ("&#x1F600;", "😀"),
        ("e&#769;", "é"), ("&thetasym;&alefsym;", "ϑℵ"), ("&ampx", "&x"), ("&#10;a&#13;b", "a b"),
    ])
    func `character references`(html: String, text: String) {
        #expect(Array(HTMLText.plain(html).utf8) == Array(text.utf8))
    }

    @Test func `wrapping anew by the help desk keeps the text`() {
        let typed = "<p>The export ends early.</p><p>See <b>rows.csv</b>.</p><ul><li>one</li><li>two</li></ul>"
        let stored =
            "<div style=\"font-family:-apple-system; font-size:14px\"><div dir=\"ltr\">The export ends early.</div>\n"
            + "<div dir='ltr'>See <strong>rows.csv</strong>.</div>\r\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n</div>"
        #expect(HTMLText.plain(typed) == HTMLText.plain(stored))
        #expect(HTMLText.plain(stored) == "The export ends early.\nSee rows.csv.\none\ntwo")
    }

    /// Each of these has made some reader quadratic or overflow its stack. A quadratic one needs minutes here.
    @Test(arguments: [
        "<", "<a", "<a ", "<a b=\"", "<a b='>", "<!--", "<!", "<![CDATA[", "</", "</a", "<img alt=\"", "<img alt=&amp",
        "&", "&#",
        "&#1", "&amp", "&aaaaaaaa", "<div>", "</div>", "<pre>", "<script>", "<script></script", "<style><!--",
        "a<b>\u{301}", "\u{1100}\u{1161}", "\n", "&nbsp;",
        "<a b=\">\"", "-->", "]]>", "<div x=\"'>'", "<table><tr><td>", "<title></title ", "\u{0}",
    ])
    func `takes linear time whatever comes`(part: String) {
        let small = Self.milliseconds { _ = HTMLText.plain(String(repeating: part, count: 5_000)) }
        let large = Self.milliseconds { _ = HTMLText.plain(String(repeating: part, count: 50_000)) }
        #expect(large < max(10, small) * 60, "\(small) ms, then \(large) ms for ten times as much")
    }

    private static func milliseconds(_ work: () -> Void) -> Double {
        let start = ThreadTime.now
        work()
        return (ThreadTime.now - start) * 1000
    }

    @Test func `five megabytes of opening brackets are text`() {
        let text = String(repeating: "<", count: 5_000_000)
        #expect(HTMLText.plain(text).utf8.count == 5_000_000)
    }

    @Test func `a hundred thousand elements deep`() {
        let html =
            String(repeating: "<div><span>", count: 100_000) + "x" + String(repeating: "</span></div>", count: 100_000)
        #expect(HTMLText.plain(html) == "x")
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `escaped text comes back, and any bytes come out normalised`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = SampleText.text(using: &random)
        let plain = PlainText.text(text)
        let escaped = plain.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\n", with: "<br>")
        #expect(HTMLText.plain(escaped) == plain, "seed \(seed)")
        let wrapped = "<div style='x'>" + plain.replacing("&", with: "&#38;").replacing("<", with: "&#x3c;") + "</div>"
        #expect(HTMLText.plain(wrapped) == PlainText.line(plain), "seed \(seed)")

        let hostile = SampleText.markup(using: &random)
        let seen = HTMLText.plain(hostile)
        #expect(PlainText.text(seen) == seen, "seed \(seed)")
    }
}
