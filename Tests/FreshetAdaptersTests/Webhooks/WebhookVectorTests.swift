import Foundation
import FreshetAdapters
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// A collection of published and derived vectors that is kept outside this repository: `FRESHET_SHARED` names the
/// folder that holds `hmac-vectors.json`. Without it the test is reported as skipped.
@Suite struct `Vectors kept elsewhere` {
    private struct File: Decodable {
        var vectors: [Vector]
    }

    private struct Vector: Decodable {
        var id: String
        var scheme: String
        var expect: String
        var secret: String?
        var headers: [String: String]?
        var body_utf8: String?
        var body_b64: String?
        var now: Int64?
        var status: Int?
        var key_hex: String?
        var message_hex: String?
        var mac_hex: String?

        var body: [UInt8]? { body_utf8.map { Array($0.utf8) } ?? body_b64.flatMap { Base64.decode($0) } }
    }

    private static let folder = ProcessInfo.processInfo.environment["FRESHET_SHARED"]

    @Test(.enabled(if: folder != nil, "FRESHET_SHARED does not name the folder with hmac-vectors.json"))
    func `come out as stated where our schemes cover them`() throws {
        let path = try #require(Self.folder) + "/hmac-vectors.json"
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        var covered: [String: Int] = [:]
        for vector in file.vectors {
            switch vector.scheme {
            case "raw-hmac-sha256": try checkRaw(vector)
            case "standard-webhooks-v1": try check(vector, .standard)
            case "github-sha256": try check(vector, .hub)
            default: continue
            }
            covered[vector.scheme, default: 0] += 1
        }
        print("vectors covered: \(covered)")
        #expect(covered.count == 3 && covered.values.allSatisfy { $0 >= 5 })
    }

    private func checkRaw(_ vector: Vector) throws {
        let key = try #require(Array(hexEncoded: vector.key_hex ?? "")),
            message = try #require(Array(hexEncoded: vector.message_hex ?? ""))
        let mac = HMACSHA256.authenticate(key: key, message).hexEncoded
        // A truncated MAC is stated as one to reject: it is a prefix and not the whole.
        #expect((mac == vector.mac_hex) == (vector.expect == "accept"), "\(vector.id)")
        #expect(mac.hasPrefix(try #require(vector.mac_hex)), "\(vector.id)")
    }

    private func check(_ vector: Vector, _ scheme: WebhookScheme) throws {
        var headers = try #require(vector.headers).map { ($0.key.lowercased(), $0.value) }
        if headers.contains(where: { $0.0.hasPrefix("svix-") }) {
            // Another family of names, which we do not speak: refused as it stands. Its signature is the same rule.
            #expect(status(vector, scheme, headers) == 401, "\(vector.id)")
            headers = headers.map { ($0.0.replacing("svix-", with: "webhook-"), $0.1) }
        }
        let answer = status(vector, scheme, headers)
        if vector.expect == "accept" {
            // Bodies of others name no ticket of ours: what counts is that they are past the signature.
            #expect(answer != 401, "\(vector.id)")
            if let stated = vector.status { #expect(answer == stated, "\(vector.id)") }
        } else {
            #expect(answer == vector.status ?? 401, "\(vector.id)")
        }
    }

    private func status(_ vector: Vector, _ scheme: WebhookScheme, _ headers: [(String, String)]) -> Int {
        let request = WebhookSamples.request(
            headers, body: vector.body ?? [], receivedAt: Timestamp(seconds: vector.now ?? 0))
        let credentials = WebhookCredentials(scheme: scheme, secrets: [Secret(vector.secret ?? "")])
        return switch WebhookSamples.reading(request, with: credentials) {
        case .success: 202
        case .failure(.malformed): 400
        case .failure(.unauthorized): 401
        case .failure(.unusable): 422
        }
    }
}

/// The reference library of the scheme, in another language, signs and we read.
@Suite struct `The standardwebhooks library` {
    private static func hasLibrary() async throws -> Bool {
        try await ServiceProcess.run("python3", ["-c", "import standardwebhooks"]).status == 0
    }

    @Test(.enabled("python3 has no module standardwebhooks: nothing is checked against it") { try await hasLibrary() })
    func `signs what we accept`() async throws {
        let secret = try #require(WebhookSamples.standardSecret.text)
        let script = """
            import datetime, json, sys
            from standardwebhooks.webhooks import Webhook
            at = datetime.datetime.fromtimestamp(\(WebhookSamples.now), datetime.timezone.utc)
            for body in json.load(open(sys.argv[1], encoding="utf-8")):
                print(Webhook("\(secret)").sign("msg_py", at, body))
            """
        let bodies = [
            #"{"ticket_id":4711}"#, #"{"event":"onTicketUpdate","ticket_id":"42","note":"한글 😀 é"}"#,
            #"{ "freshdesk_webhook" : { "ticket_id" : 7 } }"#,
            #"{"ticket_id":1,"x":"\#(String(repeating: "y", count: 50_000))"}"#,
        ]
        let folder = try TemporaryDirectory()
        try JSONEncoder().encode(bodies).write(to: folder.url.appendingPathComponent("bodies.json"))
        let output = try await ServiceProcess.run("python3", ["-c", script, folder.path("bodies.json")]).text
        let signatures = output.split(separator: "\n").map(String.init)
        try #require(signatures.count == bodies.count)
        for (body, signature) in zip(bodies, signatures) {
            let request = WebhookSamples.standard(id: "msg_py", body: body, signature: signature)
            #expect(throws: Never.self) {
                try WebhookSamples.reading(request, with: WebhookSamples.credentials(.standard)).get()
            }
            var changed = request
            changed.body.append(0x20)
            #expect(throws: Rejection.self) {
                try WebhookSamples.reading(changed, with: WebhookSamples.credentials(.standard)).get()
            }
        }
    }
}
