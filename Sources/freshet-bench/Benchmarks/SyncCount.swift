import Foundation

/// Counts a process's fsyncs and fdatasyncs, as `strace` sees them.
enum SyncCount {
    /// Runs `work`, which says how many commits it caused, with the process watched. Slows it, so no times are taken.
    static func add(
        to findings: inout Findings, of process: Child, in workshop: Workshop, while work: () async throws -> Double
    ) async throws {
        guard let strace = Workshop.installed("strace") else {
            return findings.skip("fsyncs a commit: needs `strace` (apt-get install strace)")
        }
        let report = workshop.path("strace")
        let tracer = try workshop.start(
            path: strace,
            ["-f", "-c", "-e", "trace=fsync,fdatasync", "-o", report, "-p", "\(process.processIdentifier)"])
        do {
            _ = try await tracer.line(after: "attached", within: .seconds(10))
        } catch {
            return findings.skip("fsyncs a commit: strace may not watch processes here")
        }
        let commits = try await work()
        // SIGINT makes it let go and write its table.
        await tracer.terminate(by: SIGINT)
        let table = FileManager.default.contents(atPath: report).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let calls = table.split(separator: "\n").compactMap(Self.count)
        guard !calls.isEmpty, commits > 0 else { return findings.skip("fsyncs a commit: strace counted nothing") }
        findings.add("  fsyncs a commit", calls.reduce(0, +) / commits, "")
        findings.notes.append(
            "fsyncs include those of checkpoints (two or three for a thousand pages of log), so a little over 1 is one a batch"
        )
    }

    /// `100.00  0.123456  81  1520  fdatasync`: the calls; `nil` for other lines.
    private static func count(_ line: Substring) -> Double? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count > 3, words.last == "fsync" || words.last == "fdatasync" else { return nil }
        return Double(words[3])
    }
}
