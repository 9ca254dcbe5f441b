import Foundation
import FreshetSystem
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPClientConfigurationTests {
    @Test func `the environment names authorities and proxies`() {
        let configuration = HTTPClientConfiguration(environment: [
            "SSL_CERT_FILE": "/etc/other.pem", "CURL_CA_BUNDLE": "", "http_proxy": "http://a:1",
            "HTTP_PROXY": "http://x:1",
            "HTTPS_PROXY": "http://b:2", "NO_PROXY": "localhost,.example",
        ])
        #expect(configuration.caBundle == "/etc/other.pem")
        #expect(
            configuration.proxies == HTTPProxies(http: "http://a:1", https: "http://b:2", except: "localhost,.example"))
    }

    @Test func `curl's own variable wins, and a proxy for all fills the gaps`() {
        let configuration = HTTPClientConfiguration(environment: [
            "SSL_CERT_FILE": "/etc/other.pem", "CURL_CA_BUNDLE": "/etc/mine.pem", "ALL_PROXY": "http://all:1",
            "https_proxy": "http://lower:1", "HTTPS_PROXY": "http://upper:1",
        ])
        #expect(configuration.caBundle == "/etc/mine.pem")
        #expect(configuration.proxies == HTTPProxies(http: "http://all:1", https: "http://lower:1"))
    }

    @Test func `nothing in the environment is nothing`() {
        let configuration = HTTPClientConfiguration(environment: ["HTTP_PROXY": "http://x:1", "http_proxy": ""])
        #expect(configuration.caBundle == nil)
        #expect(configuration.proxies == HTTPProxies())
    }

    @Test func `authorities that cannot be read stop the start and say what to do`() throws {
        let failure = #expect(throws: HTTPClientUnavailable.self) {
            try HTTPClient(configuration: HTTPClientConfiguration(caBundle: "/nowhere/ca.pem"))
        }
        #expect(failure == .unreadableCABundle(path: "/nowhere/ca.pem"))
        #expect(failure?.description.contains("SSL_CERT_FILE") == true)
    }

    @Test func `a proxy is asked for the whole address and shown nothing that is not meant for it`() async throws {
        let proxy = try ScriptedServer.answering { request in
            response("\(request.lines[0]) \(request.headers.first("proxy-authorization") ?? "none")")
        }
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(
                proxies: HTTPProxies(http: "http://user:pass@127.0.0.1:\(proxy.port)", except: "127.0.0.1")))
        let answer = try await client.send(HTTPRequest("GET", "http://help.example/tickets?page=1"))
        #expect(answer.text == "GET http://help.example/tickets?page=1 HTTP/1.1 Basic dXNlcjpwYXNz")
    }

    @Test func `an exempted host is reached directly`() async throws {
        let proxy = try ScriptedServer.answering { _ in response("proxy") }
        let server = try ScriptedServer.answering { _ in response("direct") }
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(
                proxies: HTTPProxies(http: "http://127.0.0.1:\(proxy.port)", except: "127.0.0.1")))
        #expect(try await client.send(HTTPRequest("GET", server.url())).text == "direct")
        #expect(proxy.connections == 0)
    }

    @Test func `a proxy that refuses a tunnel is an unreachable host`() async throws {
        let proxy = try ScriptedServer.answering { _ in response("no", status: "403 Forbidden") }
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(proxies: HTTPProxies(https: "http://127.0.0.1:\(proxy.port)")))
        await #expect(throws: HTTPFailure.unreachable(detail: "help.example:443: the proxy answered 403")) {
            try await client.send(HTTPRequest("GET", "https://help.example/"))
        }
    }
}
