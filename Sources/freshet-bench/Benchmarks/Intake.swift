import ArgumentParser
import Foundation
import FreshetCore

struct Intake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Durable signed webhooks per second, beside the same server without storing.",
        discussion: """
            64 keep-alive connections in a process of their own send webhooks of about 600 bytes over 1,000 tickets, signed \
            ahead of time, each with an id of its own; the next one as soon as the last one was answered. In turn and several \
            times: the listener with all of the intake but the commit, and the same with it. Then `freshet serve` itself, \
            with its memory idle and under load; its quiet period is set so long that no run disturbs.

            With --shared and `wrk`: the receivers of bench/webhook under its own load script, beside `freshet serve`. Needs \
            python3 and a package index for pip.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var shared: SharedOption
    @Option(help: "Seconds of load each time.") var seconds = 5.0
    @Option(help: "How many times each server is measured.") var rounds = 3
    @Option(help: "Connections at once.") var connections = 64

    func validate() throws {
        if !(0.5...120).contains(seconds) { throw ValidationError("--seconds must be 0.5...120") }
        if !(1...50).contains(rounds) { throw ValidationError("--rounds must be 1...50") }
        if !(1...1000).contains(connections) { throw ValidationError("--connections must be 1...1000") }
    }

    func run() async throws {
        try await common.measure([
            IntakeBenchmark(shared: shared.folder, seconds: seconds, rounds: rounds, connections: connections)
        ])
    }
}

/// How fast webhooks become durable, and what that costs.
struct IntakeBenchmark: Benchmark {
    var shared: URL?
    var seconds = 5.0
    var rounds = 3
    var connections = 64

    /// One server under load, by /metrics and /proc.
    private struct Measured {
        var load: LoadOutcome
        var commits: Double
        var stored: Double
        var processorMicroseconds: Double
        var senderMicroseconds: Double { load.processorSeconds * 1e6 / Double(load.accepted) }
    }

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "intake", "signed webhooks at \(connections) connections",
            method: [
                "closed loop, own generator in its own process, requests signed ahead, fresh ids, ~\(SignedRequests.bodySize)-byte bodies, 1,000 tickets",
                "\(rounds) × \(Number.text(seconds)) s each in turn, medians; both servers share listener, checks and process layout",
                "on a busy machine or disk only storing waits (for threads, for fsync): then the share by processor time is the steadier one",
            ])
        try await compare(in: workshop, &findings)
        try await measureService(in: workshop, &findings)
        try await IntakePeers(shared: shared, connections: connections, seconds: seconds).add(
            to: &findings, in: workshop)
        return [findings]
    }

    // MARK: - With and without storing

    private func compare(in workshop: Workshop, _ findings: inout Findings) async throws {
        var durable: [Measured] = []
        var verifying: [Measured] = []
        for round in 1...rounds {
            Progress.note("intake: round \(round) of \(rounds)")
            verifying.append(try await measureBare(.verifying, in: workshop))
            durable.append(try await measureBare(.durable, in: workshop))
        }
        let ratios = zip(durable, verifying).map { $0.load.perSecond / $1.load.perSecond }
        findings.add("202 without storing", verifying.map(\.load.perSecond).median, "/s")
        findings.add("  p99", verifying.map(\.load.p99).median, "ms")
        findings.add("  server's processor time", verifying.map(\.processorMicroseconds).median, "µs a webhook")
        findings.add("  sender's processor time", verifying.map(\.senderMicroseconds).median, "µs a webhook")
        findings.add("202 after commit", durable.map(\.load.perSecond).median, "/s")
        findings.add("  p50", durable.map(\.load.p50).median, "ms")
        findings.add("  p99", durable.map(\.load.p99).median, "ms", .atMost(50))
        findings.add("  longest", durable.map(\.load.longest).max() ?? .nan, "ms")
        findings.add("  server's processor time", durable.map(\.processorMicroseconds).median, "µs a webhook")
        findings.add("  sender's processor time", durable.map(\.senderMicroseconds).median, "µs a webhook")
        findings.add("  rows a commit", durable.map { $0.stored / $0.commits }.median, "")
        findings.add("  commits", durable.map { $0.commits / $0.load.seconds }.median, "/s")
        findings.add("storing keeps, of the rate without", ratios.median * 100, "%", .atLeast(60))
        let shares = zip(durable, verifying).map {
            ($1.processorMicroseconds + $1.senderMicroseconds) / ($0.processorMicroseconds + $0.senderMicroseconds)
        }
        findings.add("  the same by processor time, sender's included", shares.median * 100, "%")
        findings.add(
            "accepted but not stored", durable.reduce(0) { $0 + Double($1.load.accepted) - $1.stored }, "", .exactly(0))
        let refused = (durable + verifying).reduce(0) { $0 + $1.load.refused }
        findings.add("answered with anything but 202", refused, "", .exactly(0))
        if (durable + verifying).contains(where: \.load.ranDry) {
            findings.notes.append(
                "the requests made ahead were used up before the time was over; rates are right all the same")
        }
    }

    private func measureBare(_ mode: BareServer.Mode, in workshop: Workshop) async throws -> Measured {
        let secretFile = try workshop.file("secret", House.newWebhookSecret())
        let server = try workshop.start(
            path: try Workshop.own,
            [
                "bare-server", "--mode", mode.rawValue, "--directory", try workshop.directory("bare"), "--secret-file",
                secretFile, "--company", "acme",
            ])
        let address = try await server.line(after: "listening on ")
        let measured = try await load(server, at: "http://" + address, secretFile, in: workshop)
        await server.terminate()
        return measured
    }

    private func load(
        _ server: Child, at base: String, _ secretFile: String, in workshop: Workshop
    ) async throws -> Measured {
        let before = try await Exposition.of(base)
        let processorBefore = server.sample?.processorSeconds ?? .nan
        let port = base.split(separator: ":").last.map(String.init) ?? ""
        let said = try await workshop.run(
            path: try Workshop.own,
            [
                "load", "--port", port, "--path", "/webhooks/freshdesk/acme", "--secret-file", secretFile,
                "--connections",
                "\(connections)", "--seconds", "\(seconds)", "--requests", "\(Int(seconds * 60_000))", "--tickets",
                "1000",
            ])
        let outcome = try JSONDecoder().decode(LoadOutcome.self, from: Data(said.utf8))
        let processor = (server.sample?.processorSeconds ?? .nan) - processorBefore
        let after = try await Exposition.of(base)
        func rise(_ name: String) -> Double { after.total(name) - before.total(name) }
        return Measured(
            load: outcome, commits: rise("freshet_intake_commits_total"), stored: rise("freshet_deliveries_total"),
            processorMicroseconds: processor * 1e6 / Double(outcome.accepted))
    }

    // MARK: - The service

    private func measureService(in workshop: Workshop, _ findings: inout Findings) async throws {
        Progress.note("intake: freshet serve")
        // No run may begin while it is measured: that is another benchmark's business.
        let house = try House(in: workshop, settings: ["FRESHET_QUIET_PERIOD": "300s", "FRESHET_QUIET_LIMIT": "3600s"])
        let (simulator, url) = try await house.simulator(["--generate", "1"])
        _ = try await house.addCompany(at: url)
        simulator.kill()
        let server = try await house.serve()
        try await Task.sleep(for: .seconds(3))
        guard let idle = server.sample else { throw Workshop.Failure("freshet serve has ended:\n\(server.lastWords)") }
        let isForgotten = ProcessSample.forgetPeak(of: server.processIdentifier)
        let secretFile = try workshop.file("secret", house.webhookSecret)
        var measured: [Measured] = []
        for _ in 1...rounds { measured.append(try await load(server, at: house.base, secretFile, in: workshop)) }
        guard let loaded = server.sample else {
            throw Workshop.Failure("freshet serve has ended:\n\(server.lastWords)")
        }
        findings.add("`freshet serve`", measured.map(\.load.perSecond).median, "/s")
        findings.add("  p50", measured.map(\.load.p50).median, "ms")
        findings.add("  p99", measured.map(\.load.p99).median, "ms", .atMost(50))
        findings.add("  rows a commit", measured.map { $0.stored / $0.commits }.median, "")
        findings.add(
            "  accepted but not stored", measured.reduce(0) { $0 + Double($1.load.accepted) - $1.stored }, "",
            .exactly(0))
        findings.add("  RSS idle", idle.residentMegabytes, "MB", .atMost(60))
        findings.add("  RSS under load, most", loaded.peakMegabytes, "MB", .atMost(150))
        if !isForgotten {
            findings.notes.append(
                "the kernel did not forget the peak of the start: RSS under load may be that of the start")
        }
        try await SyncCount.add(to: &findings, of: server, in: workshop) {
            try await load(server, at: house.base, secretFile, in: workshop).commits
        }
        await server.terminate()
    }
}
