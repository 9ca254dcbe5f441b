import ArgumentParser
import Foundation
import FreshetCore
import FreshetDocuments
import FreshetSystem

struct Fingerprinting: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fingerprint",
        abstract: "Both fingerprints of realistic documents, beside libcrypto's SHA-256 over the same bytes.",
        discussion: """
            Processor time of one thread, the best of so many passes over the same documents in memory. The canonical bytes are \
            made a second time from the written-down schema and must hash to the same fingerprints, else nothing is reported.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "How many documents.") var documents = 2000
    @Option(help: "How many passes; the best counts.") var passes = 15

    func validate() throws {
        if !(1...200_000).contains(documents) { throw ValidationError("--documents must be 1...200000") }
        if !(1...10_000).contains(passes) { throw ValidationError("--passes must be 1...10000") }
    }

    func run() async throws {
        try await common.measure([FingerprintBenchmark(documents: documents, passes: passes)])
    }
}

/// How fast documents are fingerprinted, and where the time goes that is not hashing.
struct FingerprintBenchmark: Benchmark {
    var documents = 2000
    var passes = 15

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "fingerprint", "content and facets of \(documents) documents",
            method: [
                "threads of 5 to 9 messages made from a seed, English and Korean, merged as in a run",
                "thread processor time, best of \(passes) passes; SHA-256 is libcrypto's EVP_Digest, one call a fingerprint",
            ])
        Progress.note("fingerprint: \(documents) documents")
        guard let company = CompanyID("acme") else { throw Workshop.Failure("no company") }
        var samples = SampleTickets(seed: 42)
        let merged = (1...documents).map { Document(merging: samples.ticket(Int64($0), of: company)) }
        let contents = merged.map { $0.content(followsResolution: true) }
        let bytes = merged.map { CanonicalForms($0) }
        try check(merged, bytes)

        let megabytes = Double(bytes.reduce(0) { $0 + $1.content.count + $1.facets.count }) / 1e6
        let contentMegabytes = Double(bytes.reduce(0) { $0 + $1.content.count }) / 1e6
        let whole = best { for document in merged { keep(Fingerprints(of: document, followsResolution: true)) } }
        let hashing = best {
            for forms in bytes {
                keep(SHA256.digest(forms.content))
                keep(SHA256.digest(forms.facets))
            }
        }
        let contentOnly = best { for content in contents { keep(Fingerprint(of: content)) } }
        let contentHashing = best { for forms in bytes { keep(SHA256.digest(forms.content)) } }
        let facetsOnly = best { for document in merged { keep(Fingerprint(facetsOf: document)) } }
        let facetsHashing = best { for forms in bytes { keep(SHA256.digest(forms.facets)) } }
        let projecting = best { for document in merged { keep(document.content(followsResolution: true)) } }
        let digests = bytes.map { SHA256.digest($0.content) }
        let spelling = best { for digest in digests { keep(Fingerprint(digest: digest)) } }

        findings.add("bytes a document, content and facets", megabytes * 1e6 / Double(documents), "")
        findings.add("fingerprints", megabytes / whole, "MB/s")
        findings.add("libcrypto's SHA-256 on the same bytes", megabytes / hashing, "MB/s")
        findings.add("ratio", hashing / whole * 100, "%", .atLeast(60))
        findings.add("content alone", contentMegabytes / contentOnly, "MB/s")
        findings.add("content alone, ratio", contentHashing / contentOnly * 100, "%")
        let share = { (seconds: Double) in seconds / whole * 100 }
        findings.add("time: hashing", share(hashing), "%")
        findings.add("time: writing content", share(contentOnly - contentHashing - spelling), "%")
        findings.add("time: writing facets", share(facetsOnly - facetsHashing - spelling), "%")
        findings.add("time: choosing what content is", share(projecting), "%")
        findings.add("time: spelling digests in hex", share(2 * spelling), "%")
        findings.add("a document, all of it", whole / Double(documents) * 1e6, "µs")
        return [findings]
    }

    private func check(_ merged: [Document], _ bytes: [CanonicalForms]) throws {
        for (document, forms) in zip(merged, bytes) {
            let prints = Fingerprints(of: document, followsResolution: true)
            guard prints.content == Fingerprint(digest: SHA256.digest(forms.content)),
                prints.facets == Fingerprint(digest: SHA256.digest(forms.facets))
            else {
                throw Workshop.Failure(
                    "the canonical bytes made here are not those of the fingerprints: bring CanonicalForms in line with the schema"
                )
            }
        }
    }

    /// Seconds of this thread's processor time that the fastest pass took.
    private func best(_ work: () -> Void) -> Double {
        (0..<passes).map { _ in
            let start = Self.threadTime
            work()
            return Self.threadTime - start
        }.min() ?? .nan
    }

    private static var threadTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Keeps the optimiser from leaving out work whose result nobody uses.
@inline(never)
func keep<Value>(_ value: Value) {}
