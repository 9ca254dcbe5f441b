import Foundation
import FreshetTestKit
import Testing

/// The simulation as a process of its own: it takes the whole concurrency runtime for itself.
///
/// Its seeds are fresh each time and printed; one that fails prints the command that shows it again.
@Suite struct SimulationTests {
    @Test(.timeLimit(.minutes(10)))
    func `every promise holds through hours of everything failing`() async throws {
        let (status, text) = try await ServiceProcess.run(
            "freshet-simulation", ["--seeds", "8", "--hours", "4", "--jobs", "2"])
        print(text)
        #expect(status == 0, "\(text)")
    }

    @Test(.timeLimit(.minutes(10)))
    func `a seed goes the same way twice`() async throws {
        let seed = String(UInt64.random(in: 1...1_000_000))
        let once = try await ServiceProcess.run("freshet-simulation", ["--seed", seed, "--hours", "2"])
        let again = try await ServiceProcess.run("freshet-simulation", ["--seed", seed, "--hours", "2"])
        #expect(once.text.contains("trace "))
        #expect(once.text == again.text, "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(10)))
    func `trouble that is cut short begins the same way and ends in calm`() async throws {
        let whole = try await ServiceProcess.run("freshet-simulation", ["--seed", "7", "--hours", "2", "--json"])
        let short = try await ServiceProcess.run(
            "freshet-simulation", ["--seed", "7", "--hours", "2", "--steps", "500", "--json"])
        #expect(whole.status == 0 && short.status == 0)
        #expect(try changes(in: short.text) < changes(in: whole.text))
    }

    @Test(arguments: [["--jobs", "0"], ["--hours", "0"], ["--steps", "5"], ["--seeds", "-1"]])
    func `impossible options are refused in words`(arguments: [String]) async throws {
        let (status, text) = try await ServiceProcess.run("freshet-simulation", arguments)
        #expect(status == 64 && text.contains("Error:"))
    }

    private func changes(in json: String) throws -> Int {
        struct Result: Decodable { var changes: Int }
        return try JSONDecoder().decode(Result.self, from: Data(json.utf8)).changes
    }
}
