import Foundation
import FreshetSystem
import Synchronization

/// A peer that does exactly what a test tells it, down to the byte: plain blocking sockets on threads of its own.
final class ScriptedServer: Sendable {
    let port: Int
    private let listener: Int32
    private let accepted = Mutex(0)

    /// Listens on a free port of 127.0.0.1. Each connection runs `script` on its own thread and is closed after it.
    init(_ script: @escaping @Sendable (ServerConnection) -> Void) throws {
        let socket = try LoopbackSocket()
        guard listen(socket.descriptor, 512) == 0 else { throw POSIXError(.EADDRINUSE) }
        (listener, port) = (socket.descriptor, socket.port)
        let thread = Thread { [weak self, socket] in
            // Closes the listener when it is done, and nobody else does: a number that was closed under it could be
            // another server's by the time it is used.
            withExtendedLifetime(socket) {
                while case let descriptor = accept(socket.descriptor, nil, nil), descriptor >= 0 {
                    self?.accepted.withLock { $0 += 1 }
                    Thread.detachNewThread {
                        let connection = ServerConnection(descriptor)
                        script(connection)
                        connection.close()
                    }
                }
            }
        }
        thread.start()
    }

    /// Refuses connections from now on and wakes the thread that waits for them.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Answers every request of every connection with what `answer` returns, keeping connections alive.
    static func answering(_ answer: @escaping @Sendable (ServerRequest) -> String) throws -> ScriptedServer {
        try ScriptedServer { connection in
            while let request = connection.request() { connection.send(answer(request)) }
        }
    }

    var connections: Int { accepted.withLock { $0 } }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }
}

/// A TCP socket on a free port of 127.0.0.1. Until somebody listens on it, connections to it are refused.
final class LoopbackSocket: Sendable {
    let descriptor: Int32
    let port: Int

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw POSIXError(.EADDRINUSE) }
    }

    deinit { close(descriptor) }
}

/// A request as it lay on the wire.
struct ServerRequest: Sendable {
    var method = ""
    var target = ""
    var headers = HTTPHeaders()
    /// The head's lines without their ends, the request line first.
    var lines: [String] = []
    var body: [UInt8] = []
}

/// One accepted connection; used by one thread.
final class ServerConnection {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private var isClosed = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        // A test that goes wrong must not leave a thread behind for ever.
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The next request; `nil` when the client has closed.
    func request() -> ServerRequest? {
        while true {
            if let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                pending.removeFirst(end.upperBound)
                var request = ServerRequest()
                request.lines = head.components(separatedBy: "\r\n")
                let parts = request.lines[0].split(separator: " ")
                request.method = String(parts[0])
                request.target = String(parts[1])
                for line in request.lines.dropFirst() {
                    let colon = line.firstIndex(of: ":") ?? line.endIndex
                    request.headers.append(
                        name: String(line[..<colon]),
                        value: line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
                }
                let length = request.headers.first("Content-Length").flatMap { Int($0) } ?? 0
                while pending.count < length { guard receive() else { return nil } }
                request.body = Array(pending.prefix(length))
                pending.removeFirst(length)
                return request
            }
            guard receive() else { return nil }
        }
    }

    /// Blocks until the client closes.
    func waitForClose() { while receive() { pending = [] } }

    /// False when the client has gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// False when the client has not taken anything for a while: its buffers and ours are full.
    func isWritable(within milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, milliseconds) > 0
    }

    /// Whether the client closes before the time is up.
    func hasClosed(within milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
        var byte: UInt8 = 0
        return recv(self.descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
    }

    /// Sends a little after a little while; false when the client has gone.
    func drip(_ text: String, after milliseconds: Int32 = 20) -> Bool {
        !hasClosed(within: milliseconds) && send(text)
    }

    /// Ends the connection with RST instead of FIN.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Foundation.close(descriptor)
    }

    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        pending += buffer[..<count]
        return true
    }
}

/// A response with a body, framed by its length.
func response(_ body: String, status: String = "200 OK", headers: [String] = []) -> String {
    (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers + ["", body]).joined(separator: "\r\n")
}

/// Holds a server's thread until a test lets it go on, once for every `open`.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    /// Only for the server's threads: it blocks.
    func pass() { _ = semaphore.wait(timeout: .now() + 60) }
}

/// Tells a test what happened on a server's thread. Each value is taken once.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send(_ value: Value) { continuation.yield(value) }

    func next() async -> Value? { await stream.first { _ in true } }
}

extension Signal<Void> {
    func send() { send(()) }
}
