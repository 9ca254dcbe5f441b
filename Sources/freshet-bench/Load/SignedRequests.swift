import Foundation
import FreshetSystem

/// HTTP requests made ahead of time, each a webhook with an id and a body of its own, signed as Standard Webhooks. So
/// whoever sends them spends no time on making them, and no server gets to see a repeat.
struct SignedRequests: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// About this many bytes of body.
    static let bodySize = 600

    var count: Int { ends.count }

    /// - Parameters:
    ///   - secret: `whsec_` and base64.
    ///   - tickets: how many distinct tickets they name, in turn.
    init(_ count: Int, path: String, host: String, secret: String, tickets: Int, at moment: Date = Date()) throws {
        guard let key = Base64.decode(secret.dropFirst("whsec_".count)) else {
            throw Workshop.Failure("the webhook secret is not whsec_ and base64")
        }
        let timestamp = String(Int(moment.timeIntervalSince1970))
        let prefix = "msg_" + randomBytes(6).hexEncoded + "_"
        bytes.reserveCapacity(count * 960)
        ends.reserveCapacity(count)
        for number in 0..<count {
            let id = prefix + String(number)
            let body = Self.body(number, ticket: 1 + number % tickets)
            let code = HMACSHA256.authenticate(key: key, Array("\(id).\(timestamp).".utf8) + body)
            bytes +=
                """
                POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\nwebhook-id: \(id)\r\n\
                webhook-timestamp: \(timestamp)\r\nwebhook-signature: v1,\(Base64.encode(code))\r\n\
                Content-Length: \(body.count)\r\n\r\n
                """.utf8
            bytes += body
            ends.append(bytes.count)
        }
    }

    /// Lends the bytes of request `number`, from `offset` on.
    func withRequest<Value>(_ number: Int, from offset: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let start = (number == 0 ? 0 : ends[number - 1]) + offset
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<ends[number]])) }
    }

    /// What the signing app sends, and a note that fills it up, another piece of the same letters each time.
    private static func body(_ number: Int, ticket: Int) -> [UInt8] {
        var body = Array(
            "{\"event\":\"onTicketUpdate\",\"ticket_id\":\(ticket),\"subject\":\"load \(number)\",\"note\":\"".utf8)
        let start = number % (letters.count - bodySize)
        body += letters[start..<(start + max(0, bodySize - 2 - body.count))]
        body += "\"}".utf8
        return body
    }

    private static let letters: [UInt8] = {
        var state: UInt64 = 1
        return (0..<8192).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(ascii: "a") + UInt8((state >> 33) % 26)
        }
    }()
}
