import Foundation
import FreshetCore

/// `freshet serve` beside the other receivers of bench/webhook, all under its load script for `wrk`.
struct IntakePeers {
    var shared: URL?
    var connections: Int
    var seconds: Double

    private static let secret = "bench-secret"
    private static let scripts = ["genload.py", "run.sh", "load.lua", "peers/fastapi_peer.py"]

    func add(to findings: inout Findings, in workshop: Workshop) async throws {
        guard let folder = shared?.appendingPathComponent("bench/webhook", isDirectory: true) else {
            return findings.skip("the other receivers: need --shared")
        }
        let missing = Self.scripts.filter {
            !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
        }
        guard missing.isEmpty else {
            return findings.skip("the other receivers: \(folder.path) lacks \(missing.joined(separator: ", "))")
        }
        guard let python = Workshop.installed("python3"), Workshop.installed("wrk") != nil else {
            return findings.skip("the other receivers: need `wrk` and `python3` (apt-get install wrk python3-venv)")
        }
        let environment: String
        do {
            environment = try await virtualEnvironment(python, in: workshop)
        } catch {
            return findings.skip("the other receivers: cannot install fastapi, uvicorn, httptools, uvloop: \(error)")
        }
        try await compare(folder, python, environment, in: workshop, &findings)
    }

    /// With what the receiver needs; its folder.
    private func virtualEnvironment(_ python: String, in workshop: Workshop) async throws -> String {
        Progress.note("intake: installing the other receiver")
        let folder = workshop.path("venv")
        _ = try await workshop.run(path: python, ["-m", "venv", folder])
        // pip is told by the environment where packages come from.
        let settings = ProcessInfo.processInfo.environment.filter {
            $0.key.hasPrefix("PIP_") || $0.key.lowercased().hasSuffix("_proxy") || $0.key.hasSuffix("CERT_FILE")
                || $0.key.hasSuffix("CA_BUNDLE")
        }
        _ = try await workshop.run(
            path: folder + "/bin/pip",
            ["install", "--quiet", "--disable-pip-version-check", "fastapi", "uvicorn", "httptools", "uvloop"],
            environment: settings)
        return folder
    }

    private func compare(
        _ folder: URL, _ python: String, _ environment: String, in workshop: Workshop, _ findings: inout Findings
    ) async throws {
        let house = try House(in: workshop, settings: ["FRESHET_QUIET_PERIOD": "300s", "FRESHET_QUIET_LIMIT": "3600s"])
        let (simulator, url) = try await house.simulator(["--generate", "1"])
        _ = try await house.addCompany(at: url)
        simulator.kill()
        let ours = try await house.serve()
        var rates: [(ours: Double, peer: Double)] = []
        for round in 1...2 {
            Progress.note("intake: beside the other receiver, round \(round) of 2")
            let mine = try await measure(
                house.base + "/webhooks/freshdesk/acme", ["--scheme", "standard"], house.webhookSecret, folder, python,
                in: workshop)
            let (peer, address) = try await startPeer(folder, environment, in: workshop)
            let theirs = try await measure(
                address, ["--scheme", "github"], Self.secret, folder, python, in: workshop)
            await peer.terminate()
            rates.append((mine.perSecond, theirs.perSecond))
            if round == 2 {
                findings.add("`freshet serve` under wrk", rates.map(\.ours).median, "/s")
                findings.add("  p99", mine.p99, "ms")
                findings.add("FastAPI, durable group commit, under wrk", rates.map(\.peer).median, "/s")
                findings.add("  p99", theirs.p99, "ms")
            }
        }
        findings.add("ratio to the durable group-commit peer", rates.map { $0.ours / $0.peer }.median, "×", .atLeast(3))
        findings.notes.append(
            "wrk: run.sh of bench/webhook, \(connections) connections, \(Int(seconds.rounded(.up))) s, ours and theirs in turn, twice; the peer is one uvicorn process (uvloop, httptools)"
        )
        await ours.terminate()
    }

    private func startPeer(_ folder: URL, _ environment: String, in workshop: Workshop) async throws -> (Child, String)
    {
        let port = try FreePort.find()
        let peer = try workshop.start(
            path: environment + "/bin/python",
            [
                "-m", "uvicorn", "fastapi_peer:app", "--host", "127.0.0.1", "--port", "\(port)", "--no-access-log",
                "--loop",
                "uvloop", "--http", "httptools", "--app-dir", folder.appendingPathComponent("peers").path,
            ],
            environment: [
                "WEBHOOK_SECRET": Self.secret, "MODE": "group", "DB": workshop.path("peer.db"),
                "PYTHONDONTWRITEBYTECODE": "1",
            ])
        _ = try await peer.line(after: "Uvicorn running on ")
        return (peer, "http://127.0.0.1:\(port)/hook")
    }

    private struct Measured {
        var perSecond: Double
        var p99: Double
    }

    private func measure(
        _ url: String, _ scheme: [String], _ secret: String, _ folder: URL, _ python: String, in workshop: Workshop
    ) async throws -> Measured {
        let requests = workshop.path("load.reqs")
        let length = Int(seconds.rounded(.up))
        defer { unlink(requests) }
        // More than any server here answers, so that no id comes twice.
        _ = try await workshop.run(
            path: python,
            [
                folder.appendingPathComponent("genload.py").path, "--n", "\(length * 35_000)", "--tickets", "1000",
                "--out", requests,
            ]
                + scheme, environment: ["WEBHOOK_SECRET": secret])
        let said = try await workshop.run(
            path: "/bin/sh",
            [folder.appendingPathComponent("run.sh").path, url, requests, "\(length)", "\(connections)"])
        let result = JSONValue.object(try House.lastObject(said))
        guard let rate = result.at("rps").number, let p99 = result.at("p99_ms").number,
            let requested = result.at("requests").number,
            let good = result.at("http_2xx").number, result.at("wraps").number == 0
        else { throw Workshop.Failure("unexpected result of run.sh: \(said)") }
        guard good >= requested else { throw Workshop.Failure("not every webhook was accepted: \(said)") }
        return Measured(perSecond: rate, p99: p99)
    }
}
