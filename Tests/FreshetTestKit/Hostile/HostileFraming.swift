import FreshetCore

extension HostileRequests {
    private static let limit = HostileScene.limit

    /// F01–F07: how long a body is said to be.
    static var lengths: [HostileRequest] {
        let wrongLengths = [
            "-1", "+5", "0x5", "5 5", "5,5", "5, 5", "", "5;", "5.0", "1e2", "five", "٥", "-0", "5_0", "5\t5",
        ]
        let codings = [
            "xchunked", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity", "chunkedx", "",
            "chunked;q=1", "chunked,", "\"chunked\"", "chunked, identity",
        ]
        var rows: [HostileRequest] = [
            .init("F01", "a body of exactly the limit", .listener, [202]) {
                $0.signed(HostileScene.body(size: limit), id: "F01")
            },
            .init("F01b", "a body of exactly the limit in chunks", .listener, [202]) {
                $0.signed(HostileScene.body(size: limit), id: "F01b").chunked([1, 100_000, 65_536])
            },
            .init("F02", "a body one byte over the limit", .listener, [413], closes: true) {
                $0.signed(HostileScene.body(size: limit + 1), id: "F02")
            },
            .init("F02b", "a length of 10 GB and no body", .listener, [413], closes: true) {
                $0.signed(id: "F02b").length("10737418240").with { $0.body = [] }
            },
            .init("F02c", "a length of 20 digits", .listener, [413, 400], closes: true) {
                $0.signed(id: "F02c").length("18446744073709551621")
            },
            .init("F02d", "a length of 1,000 digits", .listener, [413, 400], closes: true) {
                $0.signed(id: "F02d").length(String(repeating: "9", count: 1000))
            },
            .init("F02e", "a length with leading zeros", .listener, [202, 400], closes: nil) {
                let draft = $0.signed(id: "F02e")
                return draft.length("000\(draft.body.count)")
            }.eitherStored,
            .init("F03", "one byte over the limit in chunks", .listener, [413], closes: true) {
                $0.signed(HostileScene.body(size: limit + 1), id: "F03").chunked([limit])
            },
            .init("F03b", "one byte over the limit in one chunk", .listener, [413], closes: true) {
                $0.signed(HostileScene.body(size: limit + 1), id: "F03b").chunked()
            },
            .init("F03c", "4 MB in chunks", .listener, [413], closes: true) {
                $0.signed(HostileScene.body(size: 4 * 1024 * 1024), id: "F03c").chunked(
                    Array(repeating: 10_000, count: 500))
            },
            .init(raw: "F03d", "a chunk of 16 hex digits", [413, 400]) { scene in
                [.send(scene.signed(id: "F03d").chunked().head + Array("ffffffffffffffff\r\n".utf8))]
            },
            .init("F06", "two lengths that agree", .listener, [400], closes: true) {
                let draft = $0.signed(id: "F06")
                return draft.adding("Content-Length", "\(draft.body.count)")
            },
            .init("F06b", "two lengths that differ", .listener, [400], closes: true) {
                $0.signed(id: "F06b").adding("Content-Length", "5")
            },
            .init("F07", "a length and chunks", .listener, [400], closes: true) {
                $0.signed(id: "F07").chunked().adding("Content-Length", "5")
            },
            .init("F07b", "chunks and then a length", .listener, [400], closes: true) {
                $0.signed(id: "F07b").with { $0.fields.insert(("Transfer-Encoding", "chunked"), at: 0) }
            },
            .init("F07c", "two transfer codings", .listener, [400], closes: true) {
                $0.signed(id: "F07c").chunked().adding("Transfer-Encoding", "chunked")
            },
            .init("F07d", "a transfer coding with a space before its colon", .listener, [400], closes: true) {
                $0.signed(id: "F07d").line("Transfer-Encoding : chunked")
            },
            .init("F07e", "a transfer coding behind a vertical tab", .listener, [400], closes: true) {
                $0.signed(id: "F07e").line("Transfer-Encoding:\u{0B}chunked")
            },
            .init("F07f", "a folded transfer coding", .listener, [400], closes: true) {
                $0.signed(id: "F07f").line("Transfer-Encoding:\r\n chunked")
            },
            .init("F07g", "a transfer coding with an underscore", .listener, [202]) {
                $0.signed(id: "F07g").adding("Transfer_Encoding", "chunked")
            },
            .init("F08", "CHUNKED in capitals", .listener, [202]) { scene in
                scene.signed(id: "F08").with { draft in
                    let body = draft.body
                    draft = draft.adding("Transfer-Encoding", "CHUNKED")
                    draft.framing = .none
                    draft.body = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
                }
            },
        ]
        rows += wrongLengths.enumerated().map { number, text in
            .init("F05-\(number)", "length \"\(text)\"", .listener, [400], closes: true) {
                $0.signed(id: "F05-\(number)").length(text)
            }
        }
        rows += codings.enumerated().map { number, text in
            .init("F07-\(number)", "transfer coding \"\(text)\"", .listener, [400, 501], closes: true) {
                $0.signed(id: "F07-\(number)").with { $0.framing = .none }.adding("Transfer-Encoding", text)
            }
        }
        return rows
    }

    /// F09–F15: chunks, trailers, requests that are cut off.
    static var framing: [HostileRequest] {
        let good = HostileScene.body()
        func chunks(
            _ id: String, _ what: String, _ answer: Set<Int>, closes: Bool = true, _ text: String
        ) -> HostileRequest {
            .init(raw: id, what, answer, closes: closes) {
                [.send($0.signed(good, id: id).chunked().head + Array(text.utf8))]
            }
        }
        let size = String(good.count, radix: 16)
        let body = String(decoding: good, as: UTF8.self)
        return [
            chunks("F09", "a negative chunk size", [400], "-5\r\nhello\r\n0\r\n\r\n"),
            chunks("F09b", "a chunk size of 0x10", [400], "0x10\r\nhello\r\n0\r\n\r\n"),
            chunks("F09c", "a chunk size of 17 digits", [400], "00000000000000005\r\nhello\r\n0\r\n\r\n"),
            chunks("F09d", "no chunk size", [400], "\r\nhello\r\n0\r\n\r\n"),
            chunks("F09e", "a space before the chunk size", [400], " 5\r\nhello\r\n0\r\n\r\n"),
            chunks("F09f", "a space behind the chunk size", [400], "5 \r\nhello\r\n0\r\n\r\n"),
            chunks("F09g", "a chunk size that is no number", [400], "xyz\r\nhello\r\n0\r\n\r\n"),
            chunks("F09h", "a plus sign before the chunk size", [400], "+5\r\nhello\r\n0\r\n\r\n"),
            chunks("F09i", "a chunk longer than its size", [400], "5\r\nhello world\r\n0\r\n\r\n"),
            chunks("F09j", "a chunk shorter than its size", [400], "6\r\nhello\r\n0\r\n\r\n"),
            chunks("F09k", "a bare LF behind the chunk size", [400], "5\nhello\r\n0\r\n\r\n"),
            chunks("F09l", "a bare LF behind the chunk", [400], "5\r\nhello\n0\r\n\r\n"),
            chunks("F09m", "two bytes in place of the line end", [400], "5\r\nhelloXX0\r\n\r\n"),
            chunks("F09n", "a control character in an extension", [400], "5;a=\u{01}\r\nhello\r\n0\r\n\r\n"),
            chunks("F09o", "a bare CR in an extension", [400], "5;a=\rb\r\nhello\r\n0\r\n\r\n"),
            .init(raw: "F09p", "an extension of 1 MB", [400]) {
                [
                    .send(
                        $0.signed(good, id: "F09p").chunked().head + Array("5;a=".utf8)
                            + [UInt8](repeating: 0x61, count: 1_048_576))
                ]
            },
            .init(raw: "F09q", "many extensions of 900 bytes", [400]) { scene in
                let chunk = Array("1;a=".utf8) + [UInt8](repeating: 0x61, count: 900) + Array("\r\nx\r\n".utf8)
                return [
                    .send(scene.signed(good, id: "F09q").chunked().head + (0..<200).flatMap { _ in chunk })
                ]
            },
            chunks(
                "F10", "an extension", [202], closes: false, "\(size);name=value;other=\"q;x\"\r\n\(body)\r\n0\r\n\r\n"),
            chunks(
                "F10b", "a chunk size in capitals with zeros", [202], closes: false,
                "0000\(size.uppercased())\r\n\(body)\r\n000\r\n\r\n"),
            chunks(
                "F11", "harmless trailers", [202], closes: false,
                "\(size)\r\n\(body)\r\n0\r\nX-Checksum: 1\r\nX-Other: 2\r\n\r\n"),
            chunks(
                "F11b", "a length in the trailers", [202], closes: false,
                "\(size)\r\n\(body)\r\n0\r\nContent-Length: 5\r\n\r\n"),
            chunks(
                "F11c", "a trailer with a space before its colon", [400], "\(size)\r\n\(body)\r\n0\r\nX : 1\r\n\r\n"),
            chunks("F11d", "a NUL in a trailer", [400], "\(size)\r\n\(body)\r\n0\r\nX: \0\r\n\r\n"),
            .init(raw: "F11e", "a thousand trailers", [431, 400]) { scene in
                let trailers = (0..<1000).map { "x\($0): 1\r\n" }.joined()
                return [
                    .send(
                        scene.signed(good, id: "F11e").chunked().head
                            + Array("\(size)\r\n\(body)\r\n0\r\n\(trailers)\r\n".utf8))
                ]
            },
            .init("F11f", "the signature only in the trailers", .reader, [401]) { scene in
                let draft = scene.signed(good, id: "F11f")
                let signature = draft.value("webhook-signature")
                return draft.without("webhook-signature").with {
                    $0.framing = .none
                    $0.fields.append(("Transfer-Encoding", "chunked"))
                    $0.body = Array("\(size)\r\n\(body)\r\n0\r\nwebhook-signature: \(signature)\r\n\r\n".utf8)
                }
            },
            .init("F12", "a chunk for every byte", .listener, [202]) {
                $0.signed(good, id: "F12").chunked(Array(repeating: 1, count: good.count))
            },
            .init(raw: "F13", "a length larger than the body, then the end", [400]) {
                [.send($0.signed(id: "F13").length("5000").bytes), .endInput]
            },
            .init(raw: "F13b", "chunks cut off, then the end", [400]) {
                [.send($0.signed(id: "F13b").chunked().head + Array("40\r\n{\"ticket_id\":".utf8)), .endInput]
            },
            .init(raw: "F13c", "fields cut off, then the end", [400]) {
                [.send(Array($0.signed(id: "F13c").head.dropLast(2))), .endInput]
            },
            .init(raw: "F13d", "a request line cut off, then the end", [400]) { _ in
                [.send(Array("POST /webhooks/fresh".utf8)), .endInput]
            },
            .init(raw: "F13e", "no last chunk, then the end", [400]) {
                [.send($0.signed(id: "F13e").chunked().head + Array("\(size)\r\n\(body)\r\n".utf8)), .endInput]
            },
            .init(raw: "F14", "a whole request, then the end", [202], closes: nil) {
                [.send($0.signed(id: "F14").bytes), .endInput]
            },
            .init("F15", "no length and no chunks, unsigned", .reader, [401]) {
                $0.signed([], id: "F15").with { $0.framing = .none }.without("webhook-signature")
            },
            .init("F15b", "no length and no chunks, rightly signed", .reader, [400]) {
                $0.signed([], id: "F15b").with { $0.framing = .none }
            },
            .init("F15c", "a length of 0, rightly signed", .reader, [400]) { $0.signed([], id: "F15c") },
            HostileRequest(
                id: "F15d", what: "no length, but a body: it is read as the next request", judge: .listener,
                actions: { scene in [.send(scene.signed(id: "F15d").with { $0.framing = .none }.bytes)] },
                answers: [[401], [400]], closes: true, stored: 0...0),
            slow("F17", "a body that drips") { scene in
                let draft = scene.signed(id: "F17")
                return [.send(draft.head), .drip(draft.body, every: .milliseconds(100))]
            },
            slow("F17b", "fields that drip") { scene in
                [.drip(scene.signed(id: "F17b").bytes, every: .milliseconds(50))]
            },
            slow("F17c", "chunks that drip") { scene in
                [
                    .send(scene.signed(id: "F17c").chunked().head),
                    .drip((0..<500).flatMap { _ in Array("1\r\nx\r\n".utf8) }, every: .milliseconds(20)),
                ]
            },
            slow("F17d", "a body that never comes") { [.send($0.signed(id: "F17d").head)] },
            slow("F17e", "fields that never end") { [.send(Array($0.signed(id: "F17e").head.dropLast(2)))] },
            slow("F17f", "trailers that never end") {
                [.send($0.signed(good, id: "F17f").chunked().head + Array("\(size)\r\n\(body)\r\n0\r\n".utf8))]
            },
            slow("F17g", "line ends that drip") { _ in
                [.drip([0x0D, 0x0A, 0x0D, 0x0A, 0x50], every: .milliseconds(50))]
            },
            slow("F17h", "a slow second request on a good connection", first: [202], stored: 1) { scene in
                [
                    .send(scene.signed(id: "F17h").bytes), .awaitAnswers(1),
                    .send(Array(scene.signed(id: "F17h2").bytes.dropLast())),
                ]
            },
            HostileRequest(
                id: "F18", what: "a connection that says nothing", judge: .listener, actions: { _ in [] }, answers: [],
                closes: true, stored: 0...0, isSlow: true),
        ]
    }

    private static func slow(
        _ id: String, _ what: String, first: Set<Int>? = nil, stored: Int = 0,
        _ actions: @escaping @Sendable (HostileScene) -> [RawSocket.Action]
    ) -> HostileRequest {
        HostileRequest(
            id: id, what: what, judge: .listener, actions: actions, answers: (first.map { [$0] } ?? []) + [[408]],
            closes: true, stored: stored...stored, isSlow: true)
    }

    /// F21–F29: pipelining, expectations, the Connection header.
    static var connections: [HostileRequest] {
        var rows: [HostileRequest] = [
            HostileRequest(
                id: "F21", what: "100 pipelined requests", judge: .listener,
                actions: { scene in
                    [
                        .send(
                            (0..<100).flatMap {
                                scene.signed(HostileScene.body(ticket: 1 + Int64($0)), id: "F21-\($0)").bytes
                            })
                    ]
                }, answers: Array(repeating: [202], count: 100), closes: false, stored: 100...100),
            HostileRequest(
                id: "F21b", what: "pipelined requests with refusals among them", judge: .listener,
                actions: { scene in
                    [
                        .send(
                            scene.signed(id: "F21b1").bytes
                                + scene.signed([], id: "F21b2").method("GET").with { $0.framing = .none }.bytes
                                + scene.signed([], id: "F21b3").target("/nowhere").bytes
                                + scene.signed(id: "F21b4").bytes)
                    ]
                }, answers: [[202], [405], [404], [202]], closes: false, stored: 1...2),
            HostileRequest(
                id: "F21c", what: "2,000 pipelined requests for nothing", judge: .listener,
                actions: { _ in
                    [.send((0..<2000).flatMap { _ in Array("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8) })]
                }, answers: Array(repeating: [404], count: 2000), closes: false, stored: 0...0),
            HostileRequest(
                id: "F22", what: "a good request and then nonsense", judge: .listener,
                actions: { [.send($0.signed(id: "F22").bytes + Array("nonsense\r\n\r\n".utf8))] },
                answers: [[202], [400]], closes: true, stored: 1...1),
            HostileRequest(
                id: "F22b", what: "a good request that closes and then another", judge: .listener,
                actions: { scene in
                    [
                        .send(
                            scene.signed(id: "F22b").adding("Connection", "close").bytes
                                + scene.signed(id: "F22b2").bytes)
                    ]
                }, answers: [[202]], closes: true, stored: 1...1),
            HostileRequest(
                id: "F23", what: "a request hidden in a body that is too large", judge: .listener,
                actions: { scene in
                    let inner = scene.signed(id: "F23").bytes
                    return [
                        .send(
                            scene.signed(HostileScene.body(size: limit + 1), id: "F23o").with { $0.body = inner }
                                .length("\(limit + 1)").bytes)
                    ]
                }, answers: [[413]], closes: true, stored: 0...0),
            HostileRequest(
                id: "F23b", what: "a request hidden behind both framings", judge: .listener,
                actions: { scene in
                    [
                        .send(
                            scene.signed(id: "F23b").adding("Transfer-Encoding", "chunked").with {
                                $0.body = Array("0\r\n\r\n".utf8) + scene.signed(id: "F23b2").bytes
                            }.bytes)
                    ]
                }, answers: [[400]], closes: true, stored: 0...0),
            HostileRequest(
                id: "F23c", what: "a request hidden in the body of a GET", judge: .listener,
                actions: { scene in
                    [.send(scene.signed(scene.signed(id: "F23c").bytes, id: "F23co").method("GET").bytes)]
                }, answers: [[405]], closes: true, stored: 0...0),
            HostileRequest(
                id: "F23d", what: "a request hidden in a chunk extension", judge: .listener,
                actions: { scene in
                    [
                        .send(
                            scene.signed(id: "F23d").chunked().head + Array("0;\n".utf8)
                                + scene.signed(id: "F23d2").bytes)
                    ]
                }, answers: [[400]], closes: true, stored: 0...0),
            HostileRequest(
                id: "F25", what: "100-continue for a good request", judge: .listener,
                actions: { scene in
                    let draft = scene.signed(id: "F25").adding("Expect", "100-continue")
                    return [.send(draft.head), .awaitInformational, .send(draft.body)]
                }, answers: [[202]], closes: false, informational: [100], stored: 1...1),
            HostileRequest(
                id: "F25b", what: "100-Continue in chunks", judge: .listener,
                actions: { scene in
                    let draft = scene.signed(id: "F25b").adding("Expect", "100-Continue").chunked()
                    return [
                        .send(draft.head), .awaitInformational, .send(Array(draft.bytes.dropFirst(draft.head.count))),
                    ]
                }, answers: [[202]], closes: false, informational: [100], stored: 1...1),
            expecting("F25c", "100-continue for a body over the limit", [413]) {
                $0.signed(id: "F25c").length("\(limit + 1)")
            },
            expecting("F25d", "100-continue for a wrong path", [404]) { $0.signed(id: "F25d").target("/webhooks/x") },
            expecting("F25e", "100-continue for a wrong type", [415]) {
                $0.signed(id: "F25e").setting("Content-Type", "text/plain")
            },
            expecting("F25f", "100-continue for a wrong method", [405]) { $0.signed(id: "F25f").method("PUT") },
            expecting("F25g", "100-continue for broken framing", [400]) { $0.signed(id: "F25g").length("-1") },
            .init("F25h", "100-continue with the body at once", .listener, [202]) {
                $0.signed(id: "F25h").adding("Expect", "100-continue")
            }.optionallyInformed,
            .init("F26", "another expectation", .listener, [202, 417], closes: nil) {
                $0.signed(id: "F26").adding("Expect", "a-miracle")
            }.eitherStored,
            .init("F26b", "100-continue in HTTP/1.0", .listener, [202], closes: true) {
                $0.signed(id: "F26b").version("HTTP/1.0").adding("Expect", "100-continue")
            },
            HostileRequest(
                id: "F27", what: "gone after the last byte", judge: .listener,
                actions: { [.send($0.signed(id: "F27").bytes)] }, answers: [], closes: nil, stored: 0...1),
        ]
        rows += ["close", "Close", "CLOSE", "close, TE", "keep-alive, close", "TE,close", " close ", "a, ,close,"]
            .enumerated().map { number, text in
                .init("F28-\(number)", "Connection: \(text)", .listener, [202], closes: true) {
                    $0.signed(id: "F28-\(number)").adding("Connection", text)
                }
            }
        rows += [
            "keep-alive", "closed", "content-length", "webhook-signature, webhook-id", "transfer-encoding", "host", "",
            "TE, upgrade",
        ].enumerated().map { number, text in
            .init("F29-\(number)", "Connection: \(text)", .listener, [202]) {
                $0.signed(id: "F29-\(number)").adding("Connection", text)
            }
        }
        rows += [
            .init("F28b", "Connection: close on a second line", .listener, [202], closes: true) {
                $0.signed(id: "F28b").adding("Connection", "TE").adding("Connection", "Close")
            },
            .init("F30", "an upgrade to WebSocket", .listener, [202]) {
                $0.signed(id: "F30").adding("Connection", "upgrade").adding("Upgrade", "websocket")
            },
            .init("F30b", "an upgrade to HTTP/2", .listener, [202]) {
                $0.signed(id: "F30b").adding("Connection", "Upgrade, HTTP2-Settings").adding("Upgrade", "h2c")
                    .adding("HTTP2-Settings", "AAMAAABkAAQAAP__")
            },
        ]
        return rows
    }

    private static func expecting(
        _ id: String, _ what: String, _ answer: Set<Int>,
        _ draft: @escaping @Sendable (HostileScene) -> HostileDraft
    ) -> HostileRequest {
        HostileRequest(
            id: id, what: what, judge: .listener,
            actions: { [.send(draft($0).adding("Expect", "100-continue").head)] }, answers: [answer], closes: true,
            stored: 0...0)
    }

    /// G: type and coding.
    static var types: [HostileRequest] {
        let good = [
            "application/json; charset=utf-8", "application/json; charset=\"UTF-8\"", "Application/JSON",
            "application/json;charset=UTF-8", "application/json ; charset=utf-8", "application/json;",
            "APPLICATION/JSON; CHARSET=UTF-8", "application/json; profile=\"a;b\"",
        ]
        let wrong = [
            "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/json, text/html", "application/jsonp", "application/ld+json", "json", "application/",
            "application/json charset=utf-8", "; application/json", "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1", "application/json; charset=utf-8; charset=utf-16",
            "application/json; charset=\"utf-8", "application/json; charset", "application/json; charset=",
            "*/*", "application/*", "\"application/json\"", "application/json; charset=utf8",
        ]
        let codings = [
            "gzip", "br", "deflate", "zstd", "gzip, gzip", "x-gzip", "identity, gzip", "aws-chunked", "chunked",
        ]
        var rows: [HostileRequest] = good.enumerated().map { number, text in
            .init("G01-\(number)", "type \(text)", .listener, [202]) {
                $0.signed(id: "G01-\(number)").setting("Content-Type", text)
            }
        }
        rows += wrong.enumerated().map { number, text in
            .init("G04-\(number)", "type \"\(text)\"", .listener, [415], closes: true) {
                $0.signed(id: "G04-\(number)").setting("Content-Type", text)
            }
        }
        rows += codings.enumerated().map { number, text in
            .init("G07-\(number)", "coding \(text)", .listener, [415], closes: true) {
                $0.signed(id: "G07-\(number)").adding("Content-Encoding", text)
            }
        }
        rows += [
            .init("G03", "no type", .listener, [415], closes: true) { $0.signed(id: "G03").without("Content-Type") },
            .init("G05", "two types", .listener, [415, 400], closes: true) {
                $0.signed(id: "G05").adding("Content-Type", "application/json")
            },
            .init("G05b", "two types that differ", .listener, [415, 400], closes: true) {
                $0.signed(id: "G05b").adding("Content-Type", "text/html")
            },
            .init("G07z", "bytes that are gzip, rightly signed", .listener, [415], closes: true) {
                $0.signed([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0], id: "G07z")
                    .adding("Content-Encoding", "gzip")
            },
            .init("G09", "coding identity", .listener, [202]) {
                $0.signed(id: "G09").adding("Content-Encoding", "identity")
            },
            .init("G09b", "coding Identity in capitals", .listener, [202]) {
                $0.signed(id: "G09b").adding("Content-Encoding", "IDENTITY")
            },
            .init("G09c", "identity and gzip on two lines", .listener, [415], closes: true) {
                $0.signed(id: "G09c").adding("Content-Encoding", "identity").adding("Content-Encoding", "gzip")
            },
        ]
        return rows
    }

    /// I: volume.
    static var volume: [HostileRequest] {
        [
            .init(raw: "I01", "65,000 small fields", [431, 400]) { scene in
                let fields = (0..<65_000).map { "x\($0): 1\r\n" }.joined()
                return [.send(Array(scene.signed(id: "I01").head.dropLast(2)) + Array(fields.utf8) + [0x0D, 0x0A])]
            },
            .init(raw: "I01b", "1 MB of fields", [431, 400]) { scene in
                let line = "x-large: " + String(repeating: "a", count: 10_000) + "\r\n"
                return [
                    .send(
                        Array(scene.signed(id: "I01b").head.dropLast(2))
                            + Array(String(repeating: line, count: 100).utf8) + [0x0D, 0x0A])
                ]
            },
            .init(raw: "I01c", "one field of 81 KB", [431, 400]) { scene in
                [
                    .send(
                        Array(scene.signed(id: "I01c").head.dropLast(2))
                            + Array("x-large: \(String(repeating: "a", count: 82_944))\r\n\r\n".utf8))
                ]
            },
            .init(raw: "I01d", "a field name of 20 KB without an end", [431, 400]) { scene in
                [
                    .send(
                        Array(scene.signed(id: "I01d").head.dropLast(2)) + [UInt8](repeating: 0x61, count: 20_480))
                ]
            },
            .init("I01e", "64 fields", .listener, [202]) { scene in
                scene.signed(id: "I01e").with { draft in
                    // The length is one more.
                    while draft.fields.count < 63 { draft.fields.append(("x-\(draft.fields.count)", "1")) }
                }
            },
            .init("I01f", "65 fields", .listener, [431], closes: true) { scene in
                scene.signed(id: "I01f").with { draft in
                    while draft.fields.count < 64 { draft.fields.append(("x-\(draft.fields.count)", "1")) }
                }
            },
            .init("I01g", "fields of exactly 16 KiB", .listener, [202]) {
                $0.signed(id: "I01g").filledTo(16 * 1024)
            },
            .init("I01h", "fields of one byte more than 16 KiB", .listener, [431], closes: true) {
                $0.signed(id: "I01h").filledTo(16 * 1024 + 1)
            },
            .init("I07", "X-Forwarded-For from nobody we trust", .listener, [202]) {
                $0.signed(id: "I07").adding("X-Forwarded-For", "203.0.113.7, 127.0.0.1")
            },
            .init("I07b", "X-Forwarded-For that is no address", .listener, [202]) {
                $0.signed(id: "I07b").adding("X-Forwarded-For", "' OR 1=1, <script>, ::1%eth0, 999.1.1.1")
            },
        ]
    }
}

extension HostileDraft {
    /// Field lines with their line ends of exactly this many bytes.
    fileprivate func filledTo(_ size: Int) -> HostileDraft {
        let start = "\(method) \(target) \(version)\r\n".utf8.count
        let now = adding("x-fill", "").head.count - start - 2
        return adding("x-fill", String(repeating: "a", count: size - now))
    }
}

extension HostileRequest {
    /// An informational answer may come or not.
    fileprivate var optionallyInformed: HostileRequest {
        var request = self
        request.mayInform = true
        return request
    }
}
