import Foundation
import Testing

@testable import FreshetAdapters

struct FreshdeskURLTests {
    @Test(arguments: [
        ("https://acme.freshdesk.com", "https://acme.freshdesk.com"),
        ("https://acme.freshdesk.com/", "https://acme.freshdesk.com"),
        ("HTTPS://Acme.Freshdesk.COM", "https://acme.freshdesk.com"),
        ("https://a-1.freshdesk.com", "https://a-1.freshdesk.com"),
    ])
    func `an account under freshdesk.com is taken and spelled in one way`(text: String, spelling: String) throws {
        let url = try FreshdeskURL.validate(text)
        #expect(url.text == spelling)
        #expect(!url.isDevelopment)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"), ("http://localhost:8081/", "http://localhost:8081"),
        ("https://localhost", "https://localhost"), ("http://[::1]:80", "http://[::1]:80"),
        ("http://127.1.2.3:1", "http://127.1.2.3:1"),
    ])
    func `a loopback address is a development address`(text: String, spelling: String) throws {
        let url = try FreshdeskURL.validate(text)
        #expect(url.text == spelling)
        #expect(url.isDevelopment)
    }

    @Test(arguments: [
        "http://simulator:8081", "https://desk.example.org", "http://10.1.2.3:9000", "http://[fd00::1]:80",
        "https://freshdesk.com.example.org",
    ])
    func `any other host needs somebody's explicit word`(text: String) throws {
        #expect(throws: FreshdeskURLError.foreignHost) { try FreshdeskURL.validate(text) }
        #expect(try FreshdeskURL.validate(text, allowDevelopment: true).isDevelopment)
        let url = try #require(URL(string: text))
        #expect(try FreshdeskURL.recorded(url).text == text)
    }

    @Test(arguments: refused)
    func `anything else is refused with its reason`(refusal: Refusal) {
        #expect(throws: refusal.reason) { try FreshdeskURL.validate(refusal.text) }
        #expect(!refusal.reason.description.isEmpty)
    }

    @Test(arguments: [
        "http://0x7f000001", "http://127.1", "http://0177.0.0.1", "http://2130706433", "http://10.0.0.256",
        "http://xn--e1awd7f.example", "http://[]", "http://[fe80::1%eth0]", "http://a..b",
    ])
    func `a host that readers could take for different ones is refused even for development`(text: String) {
        #expect(throws: FreshdeskURLError.self) { try FreshdeskURL.validate(text, allowDevelopment: true) }
    }

    struct Refusal: Sendable {
        var text: String
        var reason: FreshdeskURLError

        init(_ text: String, _ reason: FreshdeskURLError) {
            self.text = text
            self.reason = reason
        }
    }

    static let refused: [Refusal] = [
        Refusal("", .notAnAddress), Refusal("acme", .notAnAddress), Refusal("acme.freshdesk.com", .notAnAddress),
        Refusal("//acme.freshdesk.com", .notAnAddress), Refusal("ftp://acme.freshdesk.com", .scheme),
        Refusal("file:///etc/passwd", .scheme),
        Refusal("javascript://acme.freshdesk.com", .scheme), Refusal("https://", .notAnAddress),
        Refusal("https:///", .notAnAddress),
        Refusal("http://acme.freshdesk.com", .notEncrypted), Refusal("https://freshdesk.com", .noAccount),
        Refusal("https://.freshdesk.com", .unclearHost), Refusal("https://a.b.freshdesk.com", .noAccount),
        Refusal("https://-a.freshdesk.com", .noAccount), Refusal("https://a-.freshdesk.com", .noAccount),
        Refusal("https://a_b.freshdesk.com", .unclearHost), Refusal("https://xn--acm-epa.freshdesk.com", .noAccount),
        Refusal("https://аcme.freshdesk.com", .notAnAddress), Refusal("https://acme.freshdesk.com.", .unclearHost),
        Refusal("https://acme..freshdesk.com", .unclearHost), Refusal("https://acme.freshdesk.com:443", .port),
        Refusal("https://acme.freshdesk.com:8443", .port), Refusal("https://acme.freshdesk.com/api", .path),
        Refusal("https://acme.freshdesk.com//", .path), Refusal("https://acme.freshdesk.com?x=1", .path),
        Refusal("https://acme.freshdesk.com/#a", .path),
        Refusal("https://acme.freshdesk.com\\@evil.example", .userInfo),
        Refusal("https://evil.example\\.freshdesk.com", .path), Refusal("https://evil.example/.freshdesk.com", .path),
        Refusal("https://evil.example#.freshdesk.com", .path),
        Refusal("https://evil.example%2f.freshdesk.com", .unclearHost),
        Refusal("https://user@acme.freshdesk.com", .userInfo),
        Refusal("https://acme.freshdesk.com@evil.example", .userInfo),
        Refusal("https://key:X@acme.freshdesk.com", .userInfo), Refusal("https://acme.freshdesk.com\n", .notAnAddress),
        Refusal(" https://acme.freshdesk.com", .notAnAddress),
        Refusal("https://acme.freshdesk.com\r\nHost: evil", .notAnAddress),
        Refusal("https://evilfreshdesk.com", .foreignHost),
        Refusal("https://acme.freshdesk.com.evil.example", .foreignHost),
        Refusal("http://169.254.169.254", .foreignHost), Refusal("http://0x7f000001", .foreignHost),
        Refusal("http://127.1", .foreignHost),
        Refusal("http://0177.0.0.1", .foreignHost), Refusal("http://2130706433", .foreignHost),
        Refusal("http://localhost:0", .notAnAddress),
        Refusal("http://localhost:65536", .notAnAddress), Refusal("http://localhost:080", .notAnAddress),
        Refusal("http://localhost:", .notAnAddress), Refusal("http://localhost:80x", .notAnAddress),
        Refusal("http://[::1", .notAnAddress),
        Refusal("http://[::1]x", .notAnAddress), Refusal("http://localhost.", .unclearHost),
        Refusal("https://\(String(repeating: "a", count: 64)).freshdesk.com", .noAccount),
        Refusal("https://\(String(repeating: "a", count: 300)).freshdesk.com", .notAnAddress),
    ]

    @Test func `a link to a file is handed on only over TLS, or to the very stand-in that named it`() throws {
        let account = try FreshdeskURL.validate("https://acme.freshdesk.com")
        for link in [
            "https://s3.amazonaws.com/cdn.freshdesk.com/a.png?X-Amz-Signature=0f", "https://cdn.example.org:443/a",
        ] { #expect(account.permits(link: link), "\(link)") }
        for link in [
            "http://s3.amazonaws.com/a", "https://", "https:///a", "//s3.amazonaws.com/a", "javascript:alert(1)", "",
            "https://user@s3.amazonaws.com/a", "https://s3.amazonaws.com\\@evil.example/a", "https://localhost/a",
            "https://s3.amazonaws.com/a\r\nSet-Cookie: a=b", "https://s3.amazonaws.com/a b", "https://[::1]/a",
            "https://s3.amazonaws.com:8443/a", "http://127.0.0.1:8081/a", "https://.amazonaws.com/a",
            "data:text/html,a",
            "https://s3.amazonaws.com/\u{E9}", "https://a.b/" + String(repeating: "a", count: 9000),
        ] { #expect(!account.permits(link: link), "\(link.prefix(60))") }
        let standIn = try FreshdeskURL.validate("http://127.0.0.1:8081")
        #expect(standIn.permits(link: "http://127.0.0.1:8081/_s3/a?X-Amz-Date=1"))
        #expect(
            !standIn.permits(link: "http://127.0.0.1:80812/a")
                && !standIn.permits(link: "http://127.0.0.1:8081@evil.example/"))
    }
}
