@testable import FreshetSystem
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPClientRedirectTests {
    private static func redirect(_ status: Int, to location: String) -> String {
        response("elsewhere", status: "\(status) Elsewhere", headers: ["Location: \(location)"])
    }

    private static func describe(_ request: ServerRequest) -> String {
        let names = ["authorization", "cookie", "x-api-key", "accept", "content-type"]
        let headers = names.compactMap { name in request.headers.first(name).map { "\(name)=\($0)" } }
        return "\(request.method) \(request.target) \(headers.joined(separator: " ")) "
            + String(decoding: request.body, as: UTF8.self)
    }

    private static let headers: [(name: String, value: String)] = [
        ("Authorization", "Basic c2VjcmV0"), ("Cookie", "session=secret"), ("X-Api-Key", "secret"),
        ("Accept", "application/json"),
    ]

    @Test func `a redirect is handed over unless it may be followed`() async throws {
        let server = try ScriptedServer.answering { _ in Self.redirect(302, to: "/there") }
        let answer = try await HTTPClient().send(HTTPRequest("GET", server.url()).patient)
        #expect(answer.status == 302)
        #expect(answer.headers.first("location") == "/there")
        #expect(answer.text == "elsewhere")
    }

    @Test func `within one origin everything is kept`() async throws {
        let server = try ScriptedServer.answering { request in
            request.target == "/a/b" ? Self.redirect(307, to: "../c?d#e") : response(Self.describe(request))
        }
        let answer = try await HTTPClient().send(
            HTTPRequest("PUT", server.url("/a/b"), headers: Self.headers, body: [0x78], maxRedirects: 1).patient)
        #expect(
            answer.text
                == "PUT /c?d authorization=Basic c2VjcmV0 cookie=session=secret x-api-key=secret accept=application/json x"
        )
        #expect(answer.metrics.redirects == 1)
        #expect(server.connections == 1)
    }

    @Test func `another port sees no credentials of any name`() async throws {
        let other = try ScriptedServer.answering { response(Self.describe($0)) }
        let server = try ScriptedServer.answering { _ in Self.redirect(302, to: other.url("/there")) }
        let answer = try await HTTPClient().send(
            HTTPRequest("GET", server.url(), headers: Self.headers, maxRedirects: 1).patient)
        #expect(answer.text == "GET /there accept=application/json ")
    }

    @Test func `credentials do not come back with a redirect back`() async throws {
        let other = try ScriptedServer.answering { request in
            Self.redirect(302, to: "http://127.0.0.1:\(request.target.dropFirst())/back")
        }
        let server = try ScriptedServer.answering { request in
            guard request.target == "/" else { return response(Self.describe(request)) }
            let home = request.headers.first("host")?.split(separator: ":").last ?? ""
            return Self.redirect(302, to: other.url("/\(home)"))
        }
        let answer = try await HTTPClient().send(
            HTTPRequest("GET", server.url(), headers: Self.headers, maxRedirects: 2).patient)
        #expect(answer.text == "GET /back accept=application/json ")
    }

    @Test(arguments: [301, 302, 303])
    func `a POST becomes a GET without a body`(status: Int) async throws {
        let server = try ScriptedServer.answering { request in
            request.target == "/" ? Self.redirect(status, to: "/there") : response(Self.describe(request))
        }
        let answer = try await HTTPClient().send(
            HTTPRequest("POST", server.url(), headers: [("Content-Type", "text/plain")], body: [0x78], maxRedirects: 1)
                .patient)
        #expect(answer.text == "GET /there accept=*/* ")
    }

    @Test(arguments: [307, 308])
    func `a body is not carried to another host`(status: Int) async throws {
        let other = try ScriptedServer.answering { response(Self.describe($0)) }
        let server = try ScriptedServer.answering { _ in Self.redirect(status, to: other.url()) }
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("POST", server.url(), body: [0x78], maxRedirects: 5).patient)
        }
        #expect(failure?.label == "forbidden")
        #expect(other.connections == 0)
    }

    @Test func `a circle ends at the limit`() async throws {
        let server = try ScriptedServer.answering { _ in Self.redirect(302, to: "/") }
        await #expect(throws: HTTPFailure.protocolError(detail: "more than 4 redirects")) {
            try await HTTPClient().send(HTTPRequest("GET", server.url(), maxRedirects: 4).patient)
        }
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user:secret@127.0.0.1/",
    ])
    func `a redirect out of the web is refused`(location: String) async throws {
        let server = try ScriptedServer.answering { _ in Self.redirect(302, to: location) }
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("GET", server.url(), maxRedirects: 4).patient)
        }
        #expect(failure?.label == "forbidden")
        #expect(failure?.description.contains("secret") == false)
    }

    @Test func `the rule for hosts holds for every step`() async throws {
        let other = try ScriptedServer.answering { _ in response("") }
        let server = try ScriptedServer.answering { _ in Self.redirect(302, to: other.url()) }
        let allowed = server.port
        let client = try HTTPClient(configuration: HTTPClientConfiguration(allowsHost: { _, port in port == allowed }))
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", server.url(), maxRedirects: 4).patient)
        }
        #expect(failure?.label == "forbidden")
        #expect(other.connections == 0)
    }

    @Test func `a redirect without a location is the answer`() async throws {
        let server = try ScriptedServer.answering { _ in response("?", status: "302 Found") }
        #expect(
            try await HTTPClient().send(HTTPRequest("GET", server.url(), maxRedirects: 4).patient).status == 302)
    }

    @Test func `a stream follows redirects, too`() async throws {
        let server = try ScriptedServer.answering { request in
            request.target == "/" ? Self.redirect(302, to: "/there") : response("streamed")
        }
        let stream = try await HTTPClient().stream(HTTPRequest("GET", server.url(), maxRedirects: 1).patient)
        #expect(stream.status == 200)
        #expect(try await stream.body.collected() == Array("streamed".utf8))
    }

    // Without a socket, as there is no authority here that both sides trust.
    @Test func `https is never left for http`() throws {
        let hop = Hop(
            HTTPRequest("GET", "https://a.example/", maxRedirects: 3).patient,
            deadline: .now)
        let address = try HTTPAddress("https://a.example/")
        #expect(throws: HTTPFailure.forbidden(reason: "a redirect from https to http")) {
            try hop.next(after: 302, HTTPHeaders([("Location", "http://a.example/")]), from: address)
        }
        let upgrade = try Hop(
            HTTPRequest("GET", "http://a.example/", headers: Self.headers, maxRedirects: 3).patient, deadline: .now
        )
        .next(after: 302, HTTPHeaders([("Location", "https://a.example/")]), from: HTTPAddress("http://a.example/"))
        #expect(upgrade?.request.url == "https://a.example/")
        #expect(upgrade?.request.headers.map(\.name) == ["Accept"])
    }
}
