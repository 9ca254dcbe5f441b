import FreshdeskSimulator
import Foundation
import FreshetTestKit
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listener that takes webhooks and answers with the statuses it was told, then 202. Threads of its own do the
/// blocking.
final class Inbox: Sendable {
    struct Request: Sendable {
        var path: String
        var headers: [String: String]
        var body: [UInt8]
    }

    enum Mistake: Error { case noSocket, silence }

    let url: String
    private let socket: Int32
    private let answers: Mutex<[Int]>
    private let isClosed = Mutex(false)
    private let requests: (stream: AsyncStream<Request>, input: AsyncStream<Request>.Continuation)

    init(answering answers: [Int] = []) throws {
        self.answers = Mutex(answers)
        let (stream, input) = AsyncStream<Request>.makeStream()
        requests = (stream, input)
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = socket
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw Mistake.noSocket }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/hook"
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    /// Any number of times: the descriptor's number is somebody else's after the first.
    func close() {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return }
        // Wakes the accepting thread, which then ends.
        shutdown(socket, Int32(SHUT_RDWR))
        Glibc.close(socket)
        requests.input.finish()
    }

    /// The next request that arrives, or has arrived.
    func next() async throws -> Request {
        try await withThrowingTaskGroup(of: Request?.self) { group in
            group.addTask {
                for await request in self.requests.stream { return request }; return nil
            }
            group.addTask {
                try await Task.sleep(for: .patient)
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            guard let first else { throw Mistake.silence }
            return first
        }
    }

    private func serve(_ connection: Int32) {
        defer { Glibc.close(connection) }
        var buffer: [UInt8] = []
        while let request = read(connection, &buffer) {
            let status = answers.withLock { $0.isEmpty ? 202 : $0.removeFirst() }
            let answer = Array("HTTP/1.1 \(status) Fine\r\ncontent-length: 0\r\n\r\n".utf8)
            guard send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else { return }
            requests.input.yield(request)
        }
    }

    private func read(_ connection: Int32, _ buffer: inout [UInt8]) -> Request? {
        let gap = Array("\r\n\r\n".utf8)
        while true {
            if let end = buffer.indices.first(where: { buffer[$0...].starts(with: gap) }) {
                let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let sides = line.split(separator: ":", maxSplits: 1)
                    guard sides.count == 2 else { continue }
                    headers[sides[0].lowercased()] = sides[1].trimmingCharacters(in: .whitespaces)
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                if buffer.count >= end + 4 + length {
                    let body = Array(buffer[(end + 4)..<(end + 4 + length)])
                    buffer.removeFirst(end + 4 + length)
                    let path = lines[0].split(separator: " ").dropFirst().first.map { String($0) } ?? ""
                    return Request(path: path, headers: headers, body: body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }
}

/// Waits until a sender's counts are as wanted; turning the clock meanwhile brings retries.
func settled(
    _ world: World, _ sender: String = "signing_app", turning seconds: Int64 = 0,
    until isDone: (WebhookSender.Counts) -> Bool
) async throws {
    let deadline = ContinuousClock.now + .patient
    while ContinuousClock.now < deadline {
        if let counts = world.simulator.webhookCounts(sender), isDone(counts) { return }
        if seconds > 0 { world.advance(seconds) }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the webhooks did not settle: \(String(describing: world.simulator.webhookCounts(sender)))")
    throw Inbox.Mistake.silence
}
