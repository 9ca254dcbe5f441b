import Foundation
package import FreshetCore
import Synchronization

/// A provider that answers over a real socket exactly what a test tells it, and writes down what it was asked.
///
/// Blocking sockets on threads of its own, so that nothing of the tests' thread pool waits for it.
package final class ScriptedHTTPServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// With its query, as it came.
        package var target: String
        /// By names in lower case.
        package var headers: [String: String]
        package var body: String
        /// How many came before it.
        package var number: Int

        package var json: JSONValue {
            do { return try JSONDecoder().decode(JSONValue.self, from: Data(body.utf8)) } catch { return .null }
        }
    }

    package struct Answer: Sendable {
        /// 0 breaks the connection off instead of answering; -1 says nothing until the client goes.
        package var status: Int
        package var headers: [String]
        package var body: String

        package init(_ status: Int = 200, _ body: String = "", headers: [String] = []) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    private let port: Int
    private let listener: Int32
    private let log = Mutex<[Request]>([])
    private let departures = Mutex(0)

    package init(_ script: @escaping @Sendable (Request) -> Answer) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound, listen(listener, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread { [weak self, listener] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread.detachNewThread { [weak self] in
                    let wasLeft = Self.serve(connection) { request in (self?.note(request)).map(script) }
                    if wasLeft { self?.departures.withLock { $0 += 1 } }
                    close(connection)
                }
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { log.withLock { $0 } }
    /// Clients that left while they were told nothing.
    package var abandoned: Int { departures.withLock { $0 } }

    private func note(_ request: Request) -> Request {
        log.withLock { log in
            var request = request
            request.number = log.count
            log.append(request)
            return request
        }
    }

    /// `true` where the client left while it was told nothing.
    private static func serve(_ connection: Int32, _ answer: (Request) -> Answer?) -> Bool {
        // A test that goes wrong must not leave a thread behind for ever.
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            while let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
                var request = parse(String(decoding: pending[..<end.lowerBound], as: UTF8.self))
                let length = request.headers["content-length"].flatMap { Int($0) } ?? 0
                guard pending.count >= end.upperBound + length else { break }
                request.body = String(decoding: pending[end.upperBound..<end.upperBound + length], as: UTF8.self)
                pending.removeFirst(end.upperBound + length)
                guard let answer = answer(request), answer.status != 0 else { return false }
                if answer.status < 0 { return recv(connection, &buffer, buffer.count, 0) == 0 }
                guard send(render(answer), on: connection) else { return false }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            pending += buffer[..<count]
        }
    }

    private static func parse(_ head: String) -> Request {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return Request(
            method: words.first ?? "", target: words.dropFirst().first ?? "/", headers: headers, body: "", number: 0)
    }

    private static func render(_ answer: Answer) -> [UInt8] {
        let lines = [
            "HTTP/1.1 \(answer.status) Scripted", "Content-Type: application/json",
            "Content-Length: \(answer.body.utf8.count)",
        ]
        return Array((lines + answer.headers + ["", answer.body]).joined(separator: "\r\n").utf8)
    }

    private static func send(_ bytes: [UInt8], on connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
