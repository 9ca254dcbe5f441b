import Foundation

/// Connections that each send the next request as soon as the last one was answered, all on one thread with `poll`.
///
/// Blocks its thread: it belongs into a process that does nothing else. Ends with an error when a connection breaks or
/// an answer is not HTTP, since then the figures would be of something else.
struct ClosedLoop {
    private struct Line {
        var descriptor: Int32
        var request = 0
        var sent = 0
        var startedAt = ContinuousClock.now
        var answer: [UInt8] = []
        var isBusy = false
    }

    private let requests: SignedRequests
    private var lines: [Line] = []
    private var next = 0
    private var accepted = 0
    private var latencies: [Double] = []
    private var buffer = [UInt8](repeating: 0, count: 16_384)

    init(port: Int, connections: Int, requests: SignedRequests) throws {
        self.requests = requests
        latencies.reserveCapacity(requests.count)
        for _ in 0..<connections { lines.append(Line(descriptor: try Self.connect(to: port))) }
    }

    /// Sends for so long, then waits for the answers to what is under way.
    mutating func run(for seconds: Double) throws -> LoadOutcome {
        let processorBefore = Self.processorSeconds
        let start = ContinuousClock.now
        let deadline = start + .seconds(seconds)
        var polls = lines.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        for index in lines.indices { try send(on: index, until: deadline) }
        while lines.contains(where: \.isBusy) {
            for index in lines.indices {
                polls[index].events = Int16(isUnsent(lines[index]) ? POLLIN | POLLOUT : POLLIN)
            }
            guard poll(&polls, nfds_t(polls.count), 15_000) > 0 else { throw Workshop.Failure("no answer within 15 s") }
            for index in lines.indices where polls[index].revents != 0 {
                if polls[index].revents & Int16(POLLOUT) != 0, isUnsent(lines[index]) { try goOnSending(on: index) }
                if polls[index].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, try receive(on: index) {
                    try send(on: index, until: deadline)
                }
            }
        }
        let elapsed = (ContinuousClock.now - start).inSeconds
        let processor = Self.processorSeconds - processorBefore
        for line in lines { close(line.descriptor) }
        let sorted = latencies.sorted()
        return LoadOutcome(
            accepted: accepted, refused: latencies.count - accepted, seconds: elapsed, p50: sorted.quantile(0.5),
            p99: sorted.quantile(0.99), p999: sorted.quantile(0.999), longest: sorted.last ?? .nan,
            processorSeconds: processor, ranDry: next == requests.count)
    }

    /// Used by this process so far.
    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func isUnsent(_ line: Line) -> Bool {
        line.isBusy && line.sent >= 0
    }

    private mutating func send(on index: Int, until deadline: ContinuousClock.Instant) throws {
        let now = ContinuousClock.now
        guard next < requests.count, now < deadline else {
            lines[index].isBusy = false
            return
        }
        lines[index].request = next
        lines[index].sent = 0
        lines[index].startedAt = now
        lines[index].isBusy = true
        next += 1
        try goOnSending(on: index)
    }

    /// `sent` is -1 once everything is on its way.
    private mutating func goOnSending(on index: Int) throws {
        let line = lines[index]
        let (count, size) = requests.withRequest(line.request, from: line.sent) { bytes in
            (Foundation.send(line.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)), bytes.count)
        }
        if count == size {
            lines[index].sent = -1
        } else if count >= 0 {
            lines[index].sent += count
        } else if errno != EAGAIN && errno != EINTR {
            throw Workshop.Failure("cannot send: \(String(cString: strerror(errno)))")
        }
    }

    /// `true` when the answer is complete.
    private mutating func receive(on index: Int) throws -> Bool {
        let count = recv(lines[index].descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        guard count > 0 else { throw Workshop.Failure("the server closed a connection") }
        lines[index].answer += buffer[..<count]
        guard let (status, length) = try Self.head(of: lines[index].answer), lines[index].answer.count >= length else {
            return false
        }
        guard lines[index].isBusy, lines[index].answer.count == length else {
            throw Workshop.Failure("an answer to nothing")
        }
        latencies.append((ContinuousClock.now - lines[index].startedAt).microseconds / 1000)
        if status == 202 { accepted += 1 }
        lines[index].answer.removeAll(keepingCapacity: true)
        return true
    }

    /// Status and whole length of an answer with a content length; `nil` while the head is not complete. Works on
    /// bytes: what is spent here is taken from the server on the same processors.
    private static func head(of bytes: [UInt8]) throws -> (status: Int, length: Int)? {
        var end: Int?
        var lengthStart: Int?
        for at in bytes.indices where bytes[at] == UInt8(ascii: "\n") {
            if at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "\r"), bytes[at + 2] == UInt8(ascii: "\n") {
                end = at + 3
                break
            }
            if at + lengthName.count < bytes.count,
                zip(bytes[(at + 1)...], lengthName).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 })
            {
                lengthStart = at + 1 + lengthName.count
            }
        }
        guard let end else { return nil }
        guard bytes.count > 12, bytes.starts(with: "HTTP/1.".utf8), let status = number(in: bytes[9...]) else {
            throw Workshop.Failure("not an HTTP answer")
        }
        let body = lengthStart.flatMap { number(in: bytes[$0...].drop { $0 == UInt8(ascii: " ") }) } ?? 0
        return (status, end + body)
    }

    private static let lengthName = Array("content-length:".utf8)

    private static func number(in bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.prefix(9).prefix { (48...57).contains($0) }
        return digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    private static func connect(to port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, code == 0 else {
            throw Workshop.Failure("cannot connect to 127.0.0.1:\(port): \(String(cString: strerror(errno)))")
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else {
            throw Workshop.Failure("cannot make a socket non-blocking")
        }
        return descriptor
    }
}
