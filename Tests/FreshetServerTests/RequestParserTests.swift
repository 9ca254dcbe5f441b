import FreshetServer
import FreshetTestKit
import NIOCore
import Testing

@Suite struct `Request parser` {
    private enum Event: Equatable {
        case head(String), body([UInt8]), refused(Refusal)
    }

    /// Feeds the pieces one after the other and notes what comes out.
    private func events(_ pieces: [[UInt8]], bodyLimit: Int = 64) -> [Event] {
        var parser = RequestParser()
        var buffer = ByteBuffer()
        var events: [Event] = []
        do {
            for piece in pieces {
                buffer.writeBytes(piece)
                reading: while true {
                    switch try parser.next(&buffer) {
                    case .needsMore: break reading
                    case .head(let head):
                        let fields = head.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
                        events.append(
                            .head("\(head.method) \(head.path) \(head.query ?? []) \(head.framing) \(fields)"))
                        try parser.acceptBody(limit: bodyLimit)
                    case .end(let body): events.append(.body(body))
                    }
                }
                buffer.discardReadBytes()
            }
        } catch { events.append(.refused(error)) }
        return events
    }

    private static let streams: [String] = [
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
        "\r\nPOST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n002\r\nde\r\n0\r\nT: 1\r\n\r\nGET /x HTTP/1.1\r\nHost:x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
    ]

    @Test(arguments: streams)
    func `says the same however the bytes are cut`(_ stream: String) {
        let bytes = Array(stream.utf8)
        let whole = events([bytes])
        #expect(!whole.isEmpty)
        #expect(events(bytes.map { [$0] }) == whole)
        for cut in 1..<bytes.count { #expect(events([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole) }
    }

    /// Bytes of good requests with a few of them changed at random: never a crash, never a different answer for another
    /// cut, never more body than allowed.
    @Test(arguments: 0..<24 as Range<UInt64>)
    func `survives whatever a seed does to good requests`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for round in 0..<60 {
            var bytes = Array((Self.streams.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(Array(" \t\r\n:;,0aF\0".utf8).randomElement(using: &random) ?? 0, at: at)
                case 2: bytes.remove(at: at)
                default: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &random))
                }
                if bytes.isEmpty { bytes = [0x47] }
            }
            let whole = events([bytes])
            let pieces = events(bytes.map { [$0] })
            #expect(whole == pieces, "seed \(seed) round \(round)")
            for case .body(let body) in whole { #expect(body.count <= 64, "seed \(seed) round \(round)") }
        }
    }

    @Test func `knows when it is between requests`() throws {
        var parser = RequestParser()
        var buffer = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\nP")
        #expect(parser.isIdle)
        guard case .head(let head) = try parser.next(&buffer) else { throw Refusal.requestLine }
        #expect(head.framing == .none)
        #expect(!parser.isIdle)
        try parser.acceptBody(limit: 0)
        guard case .end = try parser.next(&buffer) else { throw Refusal.requestLine }
        #expect(parser.isIdle)
        guard case .needsMore = try parser.next(&buffer) else { throw Refusal.requestLine }
        #expect(!parser.isIdle)
    }
}
