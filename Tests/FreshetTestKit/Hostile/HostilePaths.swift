import FreshetCore

extension HostileRequests {
    /// D: path and company.
    static var paths: [HostileRequest] {
        func gone(_ id: String, _ what: String, _ target: @escaping @Sendable (HostileScene) -> String)
            -> HostileRequest
        {
            // A body that nobody reads ends the connection.
            .init(id, what, .listener, [404], closes: true) { $0.signed(id: id).target(target($0)) }
        }
        func broken(_ id: String, _ what: String, _ target: String) -> HostileRequest {
            .init(id, what, .listener, [400], closes: true) { $0.signed(id: id).target(target) }
        }
        return [
            .init("D01", "an unknown company", .reader, [401]) {
                $0.signed(id: "D01").target("/webhooks/freshdesk/nobody-here")
            },
            .init("D01b", "an unknown company of 63 letters", .reader, [401]) {
                $0.signed(id: "D01b").target("/webhooks/freshdesk/" + String(repeating: "a", count: 63))
            },
            gone("D02", "a company of 64 letters") { _ in
                "/webhooks/freshdesk/" + String(repeating: "a", count: 64)
            },
            gone("D02b", "a company in capitals") { "/webhooks/freshdesk/" + $0.company.uppercased() },
            gone("D02c", "a company that begins with a hyphen") { _ in "/webhooks/freshdesk/-acme" },
            gone("D02d", "a company with an underscore") { _ in "/webhooks/freshdesk/a_b" },
            gone("D02e", "a company with a dot") { "/webhooks/freshdesk/\($0.company)." },
            gone("D02f", "a company with a semicolon") { "/webhooks/freshdesk/\($0.company);v=1" },
            gone("D02g", "a company with a colon") { "/webhooks/freshdesk/\($0.company):80" },
            gone("D02h", "a company with an at sign") { "/webhooks/freshdesk/\($0.company)@evil" },
            gone("D02i", "a company of 7,000 letters") { _ in
                "/webhooks/freshdesk/" + String(repeating: "a", count: 7000)
            },
            gone("D03", "percent-encoded letters") { _ in "/webhooks/freshdesk/%61cme" },
            gone("D03b", "the whole company percent-encoded") { _ in "/webhooks/freshdesk/%61%63%6D%65" },
            gone("D03c", "a percent-encoded platform") { "/webhooks/%66reshdesk/\($0.company)" },
            gone("D03d", "a percent-encoded first segment") { "/%77ebhooks/freshdesk/\($0.company)" },
            gone("D05", "an encoded slash") { _ in "/webhooks/freshdesk%2Facme" },
            gone("D05b", "an encoded backslash") { _ in "/webhooks/freshdesk/acme%5Cfreshdesk" },
            gone("D05c", "a backslash") { _ in "/webhooks\\freshdesk\\acme" },
            gone("D07", "two slashes in front") { "//webhooks/freshdesk/\($0.company)" },
            gone("D07b", "an empty segment") { "/webhooks//\($0.company)" },
            gone("D07c", "a trailing slash") { "/webhooks/freshdesk/\($0.company)/" },
            gone("D07d", "a segment too many") { "/webhooks/freshdesk/\($0.company)/extra" },
            gone("D07e", "a segment too few") { _ in "/webhooks/freshdesk" },
            gone("D07f", "no company") { _ in "/webhooks/freshdesk/" },
            gone("D07g", "nothing behind the first segment") { _ in "/webhooks" },
            gone("D07h", "a slash behind the first segment") { _ in "/webhooks/" },
            gone("D07i", "the root") { _ in "/" },
            gone("D07j", "dot segments that lead there") { "/webhooks/freshdesk/x/../\($0.company)" },
            gone("D07k", "a dot segment") { "/./webhooks/freshdesk/\($0.company)" },
            gone("D07l", "encoded dot segments") { "/webhooks/freshdesk/%2e%2e/freshdesk/\($0.company)" },
            gone("D07m", "capitals in the first segment") { "/Webhooks/freshdesk/\($0.company)" },
            gone("D07n", "two slashes before the company") { "/webhooks/freshdesk//\($0.company)" },
            gone("D09", "an accented letter, composed") { _ in "/webhooks/freshdesk/caf%C3%A9" },
            gone("D09b", "an accented letter, decomposed") { _ in "/webhooks/freshdesk/cafe%CC%81" },
            broken("D09c", "raw UTF-8 in the target", "/webhooks/freshdesk/café"),
            gone("D11", "an overlong encoding") { _ in "/webhooks/freshdesk/%C0%AE" },
            gone("D11b", "a lone %FF") { _ in "/webhooks/freshdesk/%FF" },
            gone("D11c", "an encoded NUL") { "/webhooks/freshdesk/\($0.company)%00" },
            gone("D11d", "%zz") { _ in "/webhooks/freshdesk/%zz" },
            gone("D11e", "a trailing percent sign") { "/webhooks/freshdesk/\($0.company)%" },
            gone("D11f", "an encoded line end") { "/webhooks/freshdesk/\($0.company)%0d%0aX:y" },
            .init("D13", "a query", .listener, [202]) { scene in
                scene.signed(id: "D13").with { $0.target += "?event=deleted&company=other" }
            },
            .init("D13b", "an empty query", .listener, [202]) { $0.signed(id: "D13b").with { $0.target += "?" } },
            .init("D13c", "a query with slashes and percent signs", .listener, [202]) {
                $0.signed(id: "D13c").with { $0.target += "?a=/../%2e%zz&b=??" }
            },
            broken("D14", "a fragment", "/webhooks/freshdesk/acme#x"),
            gone("D15", "SQL as company") { _ in "/webhooks/freshdesk/'OR'1'='1" },
            gone("D15b", "SQL as company, encoded") { _ in "/webhooks/freshdesk/'%20OR%201=1--" },
            gone("D15c", "a look-up as company") { _ in "/webhooks/freshdesk/${jndi:ldap:x}" },
            gone("D15d", "a template as company") { _ in "/webhooks/freshdesk/{{7*7}}" },
            gone("D15e", "a tag as company") { _ in "/webhooks/freshdesk/<script>" },
            gone("D15f", "a wildcard as company") { _ in "/webhooks/freshdesk/*" },
            .init("D17", "an unknown platform", .listener, [401]) {
                $0.signed(id: "D17").target("/webhooks/salesforce/\($0.company)")
            },
            .init("D17b", "a known platform that the company does not use", .listener, [401]) {
                $0.signed(id: "D17b").target("/webhooks/zendesk/\($0.company)")
            },
            gone("D17c", "a platform in capitals") { "/webhooks/Freshdesk/\($0.company)" },
        ]
    }

    /// E: request line, method and version.
    static var requestLines: [HostileRequest] {
        let methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "post", "POSTX", "PRI"]
        return methods.map { method in
            .init("E01-\(method)", "\(method) with a body", .listener, [405], closes: true) {
                $0.signed(id: "E01").method(method)
            }
        }
            + ["GET", "OPTIONS", "DELETE"].map { method in
                .init("E02-\(method)", "\(method) without a body", .listener, [405]) {
                    $0.signed([], id: "E02").method(method).with { $0.framing = .none }
                }
            } + [
                .init(raw: "E02-HEAD", "HEAD", [405], closes: nil) {
                    // The answer has a length and no body, so the connection is closed to tell where it ends.
                    [
                        .send(
                            $0.signed([], id: "E02").method("HEAD").with { $0.framing = .none }.setting(
                                "Connection", "close"
                            ).bytes)
                    ]
                }.headOnly,
                .init("E03", "TRACE", .listener, [405, 501], closes: true) {
                    $0.signed([], id: "E03").method("TRACE").with { $0.framing = .none }
                },
                .init("E03b", "CONNECT", .listener, [400, 405, 501], closes: true) {
                    $0.signed([], id: "E03b").method("CONNECT").target("evil.example:443").with { $0.framing = .none }
                },
                .init("E03c", "CONNECT with our path", .listener, [400, 405, 501], closes: true) {
                    $0.signed(id: "E03c").method("CONNECT")
                },
                .init("E05", "GET that says it is POST", .listener, [405], closes: true) {
                    $0.signed(id: "E05").method("GET").adding("X-HTTP-Method-Override", "POST")
                },
                .init("E05b", "PUT that says it is POST in the query", .listener, [405], closes: true) {
                    $0.signed(id: "E05b").method("PUT").with { $0.target += "?_method=POST" }
                },
                .init("E06", "HTTP/1.0", .listener, [202], closes: true) { $0.signed(id: "E06").version("HTTP/1.0") },
                .init("E06b", "HTTP/1.0 without Host", .listener, [202], closes: true) {
                    $0.signed(id: "E06b").version("HTTP/1.0").without("Host")
                },
                .init("E07", "HTTP/1.0 with chunks", .listener, [400], closes: true) {
                    $0.signed(id: "E07").version("HTTP/1.0").chunked()
                },
                .init(raw: "E09", "HTTP/0.9", [400, 505]) {
                    [.send(Array("GET /webhooks/freshdesk/\($0.company)\r\n".utf8))]
                },
            ]
            + [
                "HTTP/1.2", "HTTP/9.9", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1x", "HTTP/1", "HTTP/1.", "HTTP/11", "http/1.1",
                "HTTP/1.01", "HTTPS/1.1", "RTSP/1.0", "HTTP/+1.1", "", "1.1",
            ].enumerated().map { number, version in
                .init("E09-\(number)", "version \"\(version)\"", .listener, [400, 505], closes: true) {
                    $0.signed(id: "E09").version(version)
                }
            } + [
                .init("E10", "two spaces before the target", .listener, [400], closes: true) {
                    $0.signed(id: "E10").method("POST ")
                },
                .init("E10b", "two spaces before the version", .listener, [400], closes: true) {
                    $0.signed(id: "E10b").version(" HTTP/1.1")
                },
                .init("E10c", "a tab in the request line", .listener, [400], closes: true) {
                    $0.signed(id: "E10c").method("POST\t")
                },
                .init("E10d", "a space behind the version", .listener, [400], closes: true) {
                    $0.signed(id: "E10d").version("HTTP/1.1 ")
                },
                .init("E10e", "a space in front", .listener, [400], closes: true) {
                    $0.signed(id: "E10e").method(" POST")
                },
                .init("E10f", "a space in the target", .listener, [400], closes: true) {
                    $0.signed(id: "E10f").target("/webhooks/freshdesk/a b")
                },
                .init("E10g", "a target without a slash", .listener, [400], closes: true) {
                    $0.signed(id: "E10g").target("webhooks/freshdesk/\($0.company)")
                },
                .init("E10h", "a method with a slash", .listener, [400], closes: true) {
                    $0.signed(id: "E10h").method("PO/ST")
                },
                .init("E10i", "a method of 4,000 letters", .listener, [400], closes: true) {
                    $0.signed(id: "E10i").method(String(repeating: "P", count: 4000))
                },
                .init("E11", "an absolute-form target", .listener, [202]) { scene in
                    scene.signed(id: "E11").with { $0.target = "http://other.example" + $0.target }
                },
                .init("E11b", "an absolute-form target with a port and a query", .listener, [202]) {
                    $0.signed(id: "E11b").with { $0.target = "HTTP://user@other.example:81" + $0.target + "?a=b" }
                },
                .init("E11c", "an absolute-form target without a host", .listener, [400], closes: true) {
                    $0.signed(id: "E11c").with { $0.target = "http://" + $0.target }
                },
                .init("E11d", "an absolute-form target without a path", .listener, [404], closes: true) {
                    $0.signed(id: "E11d").target("http://other.example")
                },
                .init("E11e", "another scheme", .listener, [400], closes: true) {
                    $0.signed(id: "E11e").with { $0.target = "file://" + $0.target }
                },
                .init("E12", "OPTIONS *", .listener, [404, 405], closes: nil) {
                    $0.signed([], id: "E12").method("OPTIONS").target("*").with { $0.framing = .none }
                },
                .init("E13", "a target of 20 KB", .listener, [414, 400], closes: true) {
                    $0.signed(id: "E13").with { $0.target += "?" + String(repeating: "a", count: 20_480) }
                },
                .init("E13b", "a target of 1 MB", .listener, [414, 400], closes: true) {
                    $0.signed(id: "E13b").with { $0.target += "?" + String(repeating: "a", count: 1_048_576) }
                },
                .init("E13c", "a target of 8,192 bytes", .listener, [202]) {
                    $0.signed(id: "E13c").with { draft in
                        draft.target += "?"
                        draft.target += String(repeating: "a", count: 8192 - draft.target.utf8.count)
                    }
                },
                .init("E13d", "a target of 8,193 bytes", .listener, [414], closes: true) {
                    $0.signed(id: "E13d").with { draft in
                        draft.target += "?"
                        draft.target += String(repeating: "a", count: 8193 - draft.target.utf8.count)
                    }
                },
                .init(raw: "E15", "bare LF as line end", [400]) { scene in
                    let head = String(decoding: scene.signed(id: "E15").head, as: UTF8.self)
                        .split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
                    return [.send(Array(head.utf8) + HostileScene.body())]
                },
                .init(raw: "E15b", "bare LF at the end of one field", [400]) { scene in
                    var bytes = scene.signed(id: "E15b").head
                    if let end = bytes.firstIndex(of: 0x0D) { bytes.remove(at: end) }
                    return [.send(bytes + HostileScene.body())]
                },
                .init(raw: "E15c", "blank lines before the request line", [202], closes: false) {
                    [.send([0x0D, 0x0A, 0x0D, 0x0A] + $0.signed(id: "E15c").bytes)]
                },
                .init(raw: "E15d", "a hundred blank lines before the request line", [400]) {
                    [.send((0..<100).flatMap { _ in [0x0D, 0x0A] as [UInt8] } + $0.signed(id: "E15d").bytes)]
                },
                .init(raw: "E15e", "bare CR as line end", [400]) { _ in
                    [.send(Array("POST / HTTP/1.1\rHost: a\r\r".utf8))]
                },
                .init(raw: "E16", "a TLS greeting", [400]) { _ in
                    [.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03])]
                },
                .init(raw: "E16b", "an HTTP/2 preface", [400, 501, 505]) { _ in
                    [.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))]
                },
                .init(raw: "E16c", "random bytes", [400]) { _ in
                    var random = SplitMix64(seed: 7)
                    return [.send((0..<4096).map { _ in UInt8(truncatingIfNeeded: random.next()) | 0x80 })]
                },
                .init(raw: "E16d", "a NUL in the request line", [400]) { _ in
                    [.send(Array("POST /\0 HTTP/1.1\r\nHost: a\r\n\r\n".utf8))]
                },
                .init(raw: "E16e", "SSH", [400]) { _ in [.send(Array("SSH-2.0-OpenSSH_9.9\r\n".utf8))] },
                .init("E17", "no Host", .listener, [400], closes: true) { $0.signed(id: "E17").without("Host") },
                .init("E17b", "two Hosts", .listener, [400], closes: true) {
                    $0.signed(id: "E17b").adding("Host", "localhost")
                },
                .init("E17c", "a Host with a path", .listener, [400], closes: true) {
                    $0.signed(id: "E17c").setting("Host", "localhost/x")
                },
                .init("E17d", "a Host with a space", .listener, [400], closes: true) {
                    $0.signed(id: "E17d").setting("Host", "local host")
                },
                .init("E17e", "a Host of somebody else", .listener, [202]) {
                    $0.signed(id: "E17e").setting("Host", "evil.example:8080")
                },
            ]
    }
}

extension HostileRequest {
    /// The answer to HEAD ends with its head whatever its length says; only the first status line is looked at.
    fileprivate var headOnly: HostileRequest {
        var request = self
        request.isHeadOnly = true
        return request
    }
}
