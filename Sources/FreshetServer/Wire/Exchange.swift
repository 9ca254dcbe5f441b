import FreshetCore
import HTTPTypes
import NIOCore

/// What is remembered of a request until it is answered.
struct Exchange {
    /// The sender's own name for the request where it is a sane one, else ours.
    var id: [UInt8]
    /// `nil` once handed on.
    var head: RequestHead?
    var plan: RouteMap.Plan?
    /// One of our own patterns.
    var route: String?
    var company: CompanyID?
    /// Counted as a webhook; so is what fails before its path is known.
    var isWebhook = true
    var isHead = false
    var isVersion11 = true
    var closes = false
    /// There is more of it in the connection, so nothing behind it can be read.
    var bodyIsUnread = false
    var allow: String?
    var forwardedFor: [[UInt8]] = []
    /// `nil` where no page elsewhere may read the answer, and none has to know why.
    var crossOrigin: CrossOrigin?

    init(id: [UInt8]) { self.id = id }

    /// Meant for us as a webhook, even if badly.
    static func isWebhook(_ path: ArraySlice<UInt8>) -> Bool {
        path.drop { $0 == UInt8(ascii: "/") }.starts(with: "webhooks".utf8)
    }
}

/// What a request is called, in the answer's `X-Request-Id` and in every log line about it: what its sender calls it, or
/// 16 hex digits of our own.
enum RequestID {
    /// What a sender calls it, if that can stand in a log line and an answer: 1 to 64 letters, digits, `-`, `_` and `.`.
    static func given(_ lines: [[UInt8]]) -> [UInt8]? {
        guard lines.count == 1, (1...64).contains(lines[0].count) else { return nil }
        let isPlain = lines[0].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isPlain ? lines[0] : nil
    }

    static func make(_ random: any RandomSource) -> [UInt8] {
        var value = random.next()
        return [UInt8](unsafeUninitializedCapacity: 16) { digits, count in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value & 0xF)
                digits[index] = digit < 10 ? digit + 48 : digit + 87
                value >>= 4
            }
            count = 16
        }
    }
}

extension RequestHead {
    /// As routes see it. What concerns the connection stays here, and the request id is the one that was settled on.
    func forRoutes(requestID: [UInt8]) -> HTTPRequest {
        let target = path + (query.map { [UInt8(ascii: "?")] + $0 } ?? [])
        var request = HTTPRequest(
            method: method == .head ? .get : HTTPRequest.Method(rawValue: method.rawValue) ?? .get, scheme: nil,
            authority: nil, path: String(decoding: target, as: UTF8.self))
        for field in fields {
            switch field.name {
            case "connection", "host", "transfer-encoding", "x-request-id", "expect": continue
            default: break
            }
            guard let name = HTTPField.Name(field.name) else { continue }
            request.headerFields.append(HTTPField(name: name, lenientValue: field.value))
        }
        request.headerFields[.requestID] = String(decoding: requestID, as: UTF8.self)
        return request
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("x-request-id") ?? .date
}

/// How the answer of a route is put on the wire: framed by its length where it has one, else in chunks, else by the end
/// of the connection (HTTP/1.0).
struct ResponseWriting {
    private enum Framing { case none, length, chunked, untilClose }

    private let framing: Framing
    let closes: Bool
    /// It goes on for as long as somebody listens.
    let isEventStream: Bool
    private let omitsBody: Bool
    private let crossOrigin: CrossOrigin?

    init(_ head: HTTPResponse, to exchange: Exchange, closes: Bool) {
        omitsBody = exchange.isHead
        isEventStream = head.headerFields[.contentType] == "text/event-stream"
        crossOrigin = exchange.crossOrigin
        if head.status.code == 204 || head.status.code == 304 {
            framing = .none
        } else if head.headerFields[.contentLength] != nil {
            framing = .length
        } else if exchange.isVersion11 {
            framing = .chunked
        } else {
            framing = .untilClose
        }
        self.closes = closes || framing == .untilClose
    }

    func writeHead(_ head: HTTPResponse, into buffer: inout ByteBuffer, date: [UInt8], requestID: [UInt8]) {
        StatusLine.write(Int(head.status.code), into: &buffer)
        for field in head.headerFields {
            switch field.name {
            case .date, .connection, .requestID, .server, .transferEncoding: continue
            case .contentLength where framing == .none: continue
            default: break
            }
            buffer.writeString(field.name.rawName)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        if framing == .chunked { buffer.writeStaticString("transfer-encoding: chunked\r\n") }
        if head.headerFields[.cacheControl] == nil { buffer.writeStaticString("cache-control: no-store\r\n") }
        buffer.writeStaticString("x-content-type-options: nosniff\r\n")
        if head.headerFields[.contentSecurityPolicy] == nil {
            buffer.writeStaticString("content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n")
        }
        crossOrigin?.write(into: &buffer)
        Answer.writeEnd(into: &buffer, date: date, requestID: requestID, closes: closes)
    }

    func part(_ body: ByteBuffer) -> ByteBuffer {
        guard !omitsBody, framing != .none, body.readableBytes > 0 else { return ByteBuffer() }
        guard framing == .chunked else { return body }
        var chunk = ByteBuffer()
        chunk.reserveCapacity(body.readableBytes + 16)
        chunk.writeString(String(body.readableBytes, radix: 16))
        chunk.writeStaticString("\r\n")
        chunk.writeImmutableBuffer(body)
        chunk.writeStaticString("\r\n")
        return chunk
    }

    var ending: ByteBuffer {
        framing == .chunked && !omitsBody ? ByteBuffer(staticString: "0\r\n\r\n") : ByteBuffer()
    }
}
