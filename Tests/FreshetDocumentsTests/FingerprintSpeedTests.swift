import Foundation
import FreshetCore
import FreshetDocuments
import FreshetSystem
import FreshetTestKit
import Testing

/// What a fingerprint costs beside libcrypto's SHA-256 of the same bytes. Prints; proves nothing by itself, and means
/// something only in a release build: `FRESHET_MEASURE=1 swift test -c release --filter FingerprintSpeedTests`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["FRESHET_MEASURE"] != nil))
struct FingerprintSpeedTests {
    @Test(arguments: [1_000, 10_000, 100_000])
    func `fingerprints beside the digest alone`(size: Int) {
        for korean in [false, true] {
            let document = Self.document(size: size, korean: korean)
            let content = document.content(followsResolution: true)
            let bytes = Fingerprint.canonicalBytes(of: content)
            let facets = Fingerprint.canonicalFacets(of: document)

            let digest = Self.best { _ = SHA256.digest(bytes) }
            let digestBoth = Self.best {
                _ = SHA256.digest(bytes); _ = SHA256.digest(facets)
            }
            let writing = Self.best { _ = Fingerprint.canonicalBytes(of: content) }
            let whole = Self.best { _ = Fingerprint(of: content) }
            let both = Self.best { _ = Fingerprints(of: document, followsResolution: true) }
            let facetsAlone = Self.best { _ = Fingerprint(facetsOf: document) }
            let gigabytes = Double(bytes.count) / digest / 1e9
            print(
                """
                \(korean ? "Korean" : "English"), \(bytes.count) + \(facets.count) bytes: SHA-256 alone \(Self.text(digest)) µs (\(Self.text(gigabytes * 1e-6)) GB/s), \
                canonical \(Self.text(writing)) µs, content \(Self.text(whole)) µs = \(Int(100 * digest / whole)) % of SHA-256's speed; \
                facets \(Self.text(facetsAlone)) µs; both with everything \(Self.text(both)) µs = \(Int(100 * digestBoth / both)) %
                """)
        }
    }

    private static func document(size: Int, korean: Bool) -> Document {
        let line =
            korean
            ? "내보내기가 일찍 끝납니다. 로그를 첨부했으니 확인 부탁드립니다."
            : "The export ends early; see the \"ledger\" job in the log that I attached."
        let body = Array(repeating: line, count: max(1, 700 / line.utf8.count)).joined(separator: "\n")
        var samples = SampleTickets(seed: 1)
        var ticket = samples.ticket().ticket
        ticket.descriptionHTML = "<div>\(body)</div>"
        let html = body.replacing("\n", with: "<br>")
        ticket.messages = []
        for index in 0..<Int64(max(1, size / body.utf8.count)) {
            let author = Author(role: index % 2 == 0 ? .agent : .requester, id: index % 2, name: "Ines")
            ticket.messages.append(
                SourceMessage(
                    id: 62_099_000_101 + index, author: author, isPrivate: false, isIncoming: false, bodyHTML: html,
                    createdAt: Timestamp(seconds: index)))
        }
        return Document(merging: ticket)
    }

    /// Seconds of CPU for one call: the best of many rounds.
    private static func best(_ work: () -> Void) -> Double {
        var best = Double.infinity
        for _ in 0..<30 {
            let start = ThreadTime.now
            for _ in 0..<50 { work() }
            best = min(best, (ThreadTime.now - start) / 50)
        }
        return best
    }

    private static func text(_ seconds: Double) -> String { String(format: "%.2f", seconds * 1e6) }
}
