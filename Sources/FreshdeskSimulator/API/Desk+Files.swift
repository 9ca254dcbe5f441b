/// What is behind the links to attachments where the simulator serves them itself (freshdesk.md 1.7).
extension Desk {
    static let fileHost = "/_s3"

    /// As S3: one way of proving who asks and no more, and only for as long as the link says.
    static func file(_ call: Call, now: Seconds) -> Answer {
        func refusal(_ status: Int, _ code: String, _ message: String) -> Answer {
            let text = "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message)</Message></Error>"
            return Answer(status: status, headers: [("Content-Type", "application/xml")], body: Array(text.utf8))
        }
        guard let signed = call.parameter("X-Amz-Date"), call.parameter("X-Amz-Signature") != nil else {
            return refusal(403, "AccessDenied", "Access Denied")
        }
        guard call.authorization == nil else {
            return refusal(
                400, "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
                    + "or the Authorization header should be specified")
        }
        let expires = call.parameter("X-Amz-Expires").flatMap { Int64($0) } ?? 0
        guard let moment = Seconds(compact: signed), now < moment + expires else {
            return refusal(403, "AccessDenied", "Request has expired")
        }
        return Answer(
            status: 200, headers: [("Content-Type", "application/octet-stream")], body: Array("file".utf8))
    }
}

extension Seconds {
    /// `20260303T091422Z`.
    fileprivate init?(compact text: String) {
        let characters = Array(text)
        guard characters.count == 16 else { return nil }
        func part(_ range: Range<Int>) -> String { String(characters[range]) }
        self.init(
            iso8601: "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<16))")
    }
}
