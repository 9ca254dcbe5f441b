import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A client that sends exactly the bytes it is told to, over loopback, however wrong they are.
///
/// Each exchange runs on a thread of its own, so nothing blocks the tasks that wait for it. It always reads while it
/// writes: a server that answers before the request is over is heard.
package enum RawSocket {
    /// How long an exchange may take: long enough for a machine that is busy with everything else.
    package static let patience = Duration.seconds(60)

    package enum Action: Sendable {
        case send([UInt8])
        /// One byte at a time, with this pause between them; ends early when the server has closed.
        case drip([UInt8], every: Duration)
        /// Ends our side; the server's stays open.
        case endInput
        /// Goes on when this many answers have arrived in all.
        case awaitAnswers(Int)
        /// Goes on when an informational answer, or a final one, has arrived.
        case awaitInformational
    }

    package enum End: Sendable {
        case answers(Int)
        case closed
        /// Leaves at once, without reading.
        case leave
    }

    package struct Transcript: Sendable {
        package var received: [UInt8] = []
        /// The server ended the connection, in whatever way.
        package var isClosed = false
        package var wasReset = false
        /// `until` was not met in time.
        package var timedOut = false
        /// How many of the bytes to send were taken by the system.
        package var sent = 0

        /// The final answers that are complete, in order.
        package private(set) var answers: [RawAnswer] = []
        package private(set) var informational: [Int] = []
        package var text: String { String(decoding: received, as: UTF8.self) }

        /// Behind the last complete answer.
        private var parsed = 0

        fileprivate mutating func take(_ bytes: ArraySlice<UInt8>) {
            received += bytes
            var rest = received[parsed...]
            while let answer = RawAnswer.next(&rest) {
                if (100..<200).contains(answer.status) {
                    informational.append(answer.status)
                } else {
                    answers.append(answer)
                }
                parsed = rest.startIndex
            }
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Connects to the loopback port, carries out the actions and reads until `end`, at most `limit` in all.
    package static func exchange(
        port: Int, _ actions: [Action], until end: End, within limit: Duration = patience
    ) async throws -> Transcript {
        try await onThread { try Client(port: port, limit: limit).run(actions, until: end) }
    }

    package static func exchange(
        port: Int, _ bytes: [UInt8], until end: End, within limit: Duration = patience
    ) async throws -> Transcript {
        try await exchange(port: port, [.send(bytes)], until: end, within: limit)
    }

    /// Opens `count` connections one after the other and keeps them open while `body` runs. Where there is a `request`,
    /// each has sent it and got its answer, so that the server knows of them all.
    package static func holding<Result: Sendable>(
        _ count: Int, port: Int, after request: [UInt8] = [], _ body: () async throws -> Result
    ) async throws -> Result {
        var clients: [Client] = []
        defer { for client in clients { client.close() } }
        for _ in 0..<count {
            let client = try await onThread {
                let client = try Client(port: port, limit: patience)
                if !request.isEmpty { client.ask(request) }
                return client
            }
            clients.append(client)
        }
        return try await body()
    }

    private static func onThread<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Swift.Result { try work() }) }
            thread.stackSize = 512 * 1024
            thread.start()
        }
    }

    /// Sends `bytes` as far as the system takes them, reads nothing, and stays open while `body` runs.
    package static func holdingUnread<Result: Sendable>(
        port: Int, _ bytes: [UInt8], _ body: () async throws -> Result
    ) async throws -> Result {
        let client = try Client(port: port, limit: patience)
        defer { client.close() }
        client.sendWhatFits(bytes)
        return try await body()
    }

    private struct Client: Sendable {
        let descriptor: Int32
        let deadline: ContinuousClock.Instant

        init(port: Int, limit: Duration) throws {
            deadline = .now + limit
            #if canImport(Glibc)
                descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            #else
                descriptor = socket(AF_INET, SOCK_STREAM, 0)
            #endif
            guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else {
                let code = errno
                close()
                throw Failure(description: "connect: \(code)")
            }
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }

        func close() {
            #if canImport(Glibc)
                _ = Glibc.close(descriptor)
            #else
                _ = Darwin.close(descriptor)
            #endif
        }

        func run(_ actions: [Action], until end: End) -> Transcript {
            defer { close() }
            var transcript = Transcript()
            for action in actions where !transcript.isClosed && !transcript.timedOut {
                switch action {
                case .send(let bytes): send(bytes, &transcript)
                case .drip(let bytes, let pause):
                    for byte in bytes where !transcript.isClosed && !transcript.timedOut {
                        send([byte], &transcript)
                        listen(for: pause, &transcript)
                    }
                case .endInput: shutdown(descriptor, Int32(SHUT_WR))
                case .awaitAnswers(let count): read(&transcript) { $0.answers.count >= count }
                case .awaitInformational: read(&transcript) { !$0.informational.isEmpty || !$0.answers.isEmpty }
                }
            }
            switch end {
            case .answers(let count): read(&transcript) { $0.answers.count >= count }
            case .closed: read(&transcript) { _ in false }
            case .leave: break
            }
            return transcript
        }

        private func send(_ bytes: [UInt8], _ transcript: inout Transcript) {
            var offset = 0
            while offset < bytes.count, !transcript.isClosed {
                guard wait(for: POLLIN | POLLOUT, until: deadline, &transcript) else { return }
                receive(&transcript)
                let sent = bytes[offset...].withUnsafeBytes { write($0) }
                if sent > 0 {
                    offset += sent
                    transcript.sent += sent
                } else if sent < 0, errno != EAGAIN, errno != EINTR {
                    // The server no longer listens; what it said may still be on its way.
                    while !transcript.isClosed, wait(for: POLLIN, until: deadline, &transcript) { receive(&transcript) }
                    return
                }
            }
        }

        /// Sends a request and waits for its answer.
        func ask(_ request: [UInt8]) {
            var transcript = Transcript()
            send(request, &transcript)
            read(&transcript) { !$0.answers.isEmpty }
        }

        func sendWhatFits(_ bytes: [UInt8]) {
            var offset = 0
            while offset < bytes.count {
                let sent = bytes[offset...].withUnsafeBytes { write($0) }
                if sent <= 0 { return }
                offset += sent
            }
        }

        private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
            #if canImport(Glibc)
                Glibc.send(descriptor, bytes.baseAddress, min(bytes.count, 65_536), Int32(MSG_NOSIGNAL))
            #else
                Darwin.send(descriptor, bytes.baseAddress, min(bytes.count, 65_536), 0)
            #endif
        }

        private func read(_ transcript: inout Transcript, until done: (Transcript) -> Bool) {
            while !transcript.isClosed, !done(transcript) {
                guard wait(for: POLLIN, until: deadline, &transcript) else { return }
                receive(&transcript)
            }
        }

        private func listen(for pause: Duration, _ transcript: inout Transcript) {
            let until = ContinuousClock.now + pause
            var ignored = Transcript()
            while !transcript.isClosed, wait(for: POLLIN, until: until, &ignored) { receive(&transcript) }
        }

        /// `false` when `moment` came first.
        private func wait(for events: Int32, until moment: ContinuousClock.Instant, _ transcript: inout Transcript)
            -> Bool
        {
            while true {
                let left = moment - .now
                let milliseconds = Int32(
                    max(0, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1))
                guard left > .zero else {
                    transcript.timedOut = true
                    return false
                }
                var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
                let ready = poll(&entry, 1, milliseconds)
                if ready > 0 { return true }
                if ready < 0, errno != EINTR {
                    transcript.isClosed = true
                    return false
                }
            }
        }

        private func receive(_ transcript: inout Transcript) {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count > 0 {
                    transcript.take(buffer[..<count])
                } else if count == 0 {
                    transcript.isClosed = true
                    return
                } else if errno == EINTR {
                    continue
                } else {
                    if errno != EAGAIN {
                        transcript.isClosed = true
                        transcript.wasReset = true
                    }
                    return
                }
            }
        }
    }
}

/// One answer as it came over the wire.
package struct RawAnswer: Sendable {
    package var status: Int
    /// Names in lower case.
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]
    package var bodyText: String { String(decoding: body, as: UTF8.self) }

    package func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The answer that `rest` begins with, taken off it; `nil` while it is incomplete.
    fileprivate static func next(_ rest: inout ArraySlice<UInt8>) -> RawAnswer? {
        var ahead = rest
        guard let head = head(&ahead) else { return nil }
        let isInformational = (100..<200).contains(head.status)
        guard let body = isInformational ? [] : body(of: head, &ahead) else { return nil }
        rest = ahead
        return RawAnswer(status: head.status, fields: head.fields, body: body)
    }

    private static func head(_ rest: inout ArraySlice<UInt8>) -> (status: Int, fields: [(name: String, value: String)])?
    {
        guard let end = firstRange(of: "\r\n\r\n", in: rest) else { return nil }
        let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                name: parts[0].lowercased(),
                value: parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            )
        }
        rest = rest[end.upperBound...]
        return (status, fields)
    }

    private static func body(
        of head: (status: Int, fields: [(name: String, value: String)]), _ rest: inout ArraySlice<UInt8>
    ) -> [UInt8]? {
        if head.fields.contains(where: { $0.name == "transfer-encoding" }) {
            var body: [UInt8] = []
            while let line = firstRange(of: "\r\n", in: rest) {
                guard let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) else {
                    return nil
                }
                let start = line.upperBound
                guard rest.endIndex - start >= size + 2 else { return nil }
                body += rest[start..<start + size]
                rest = rest[(start + size + 2)...]
                if size == 0 { return body }
            }
            return nil
        }
        let length = head.fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }

    private static func firstRange(of text: StaticString, in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        let count = text.utf8CodeUnitCount
        var from = bytes.startIndex
        while let start = bytes[from...].firstIndex(of: text.utf8Start[0]), bytes.endIndex - start >= count {
            if (0..<count).allSatisfy({ bytes[start + $0] == text.utf8Start[$0] }) { return start..<start + count }
            from = start + 1
        }
        return nil
    }
}
