import ArgumentParser
import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit

struct Answers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How soon POST /query and GET /init answer from a large index, many agents asking at once.",
        discussion: """
            The simulator makes up an account; `freshet reconcile --follow` fills as many companies from it as are named, \
            which takes minutes; then so many connections ask `freshet serve` one question after the other, each of a company \
            and about a ticket by lot: first its subject, then its opening. No model is configured. Who asks works on the \
            same processors.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Documents of all companies together.") var documents = 100_000
    @Option(help: "Companies that share them evenly.") var companies = 10
    @Option(help: "Connections at once.") var connections = 32
    @Option(help: "Seconds of load each time.") var seconds = 15.0

    func validate() throws {
        if !(1...100).contains(companies) { throw ValidationError("--companies must be 1...100") }
        if !(companies * 100...1_000_000).contains(documents) {
            throw ValidationError("--documents must be 100 a company at least, and 1000000 at most")
        }
        if !(1...1000).contains(connections) { throw ValidationError("--connections must be 1...1000") }
        if !(1...3600).contains(seconds) { throw ValidationError("--seconds must be 1...3600") }
    }

    func run() async throws {
        try await common.measure([
            AnswersBenchmark(documents: documents, companies: companies, connections: connections, seconds: seconds)
        ])
    }
}

/// How long agents wait.
struct AnswersBenchmark: Benchmark {
    var documents: Int
    var companies: Int
    var connections: Int
    var seconds: Double

    private struct Ticket {
        var id: Int
        var subject: String
    }

    func run(in workshop: Workshop) async throws -> [Findings] {
        let each = documents / companies
        var findings = Findings(
            "answers", "\(companies) companies with \(each) made-up tickets each, \(connections) connections",
            method: [
                "closed loop: every connection asks again as soon as it was answered, company and ticket by lot; no model configured",
                "/query: the ticket's subject, 10 hits; /init: the ticket itself; \(Int(seconds)) s each after 3 s that do not count",
                "who asks shares the processors, and its own time is in the figures",
            ])
        let house = try House(in: workshop)
        let (simulator, url) = try await house.simulator(["--generate", "\(each)"])
        var tenants: [House.Tenant] = []
        for number in 1...companies {
            Progress.note("answers: filling company \(number) of \(companies)")
            let tenant = try await house.addCompany("company-\(number)", at: url)
            _ = try await house.freshet("reconcile", tenant.id, "--follow", "--json")
            tenants.append(tenant)
        }
        var tickets: [Ticket] = []
        for page in 1...min(10, (each + 99) / 100) {
            guard
                case .array(let rows) = try await house.get(
                    "\(url)/api/v2/tickets?per_page=100&page=\(page)", asAgent: true)
            else { throw Workshop.Failure("the simulator lists no tickets") }
            for row in rows {
                guard let id = row.at("id").number, case .string(let subject) = row.at("subject") else { continue }
                tickets.append(Ticket(id: Int(id), subject: subject))
            }
        }
        simulator.kill()
        let server = try await house.serve()
        let http = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: connections))
        for tenant in tenants { _ = try await house.query("broker", tenant, limit: 1) }

        for (name, isOpening) in [("POST /query", false), ("GET /init", true)] {
            Progress.note("answers: \(name)")
            _ = try await load(house, http, tenants, tickets, isOpening: isOpening, seconds: 3)
            let before = server.sample?.processorSeconds ?? .nan
            let times = try await load(house, http, tenants, tickets, isOpening: isOpening, seconds: seconds).sorted()
            let processor = (server.sample?.processorSeconds ?? .nan) - before
            findings.add("\(name)", Double(times.count) / seconds, "/s")
            findings.add("  p50", times.quantile(0.5), "ms")
            findings.add("  p99", times.quantile(0.99), "ms", .atMost(50))
            findings.add("  longest", times.last ?? .nan, "ms")
            findings.add("  server's processor time", processor / Double(times.count) * 1000, "ms an answer")
        }
        findings.add("most memory", server.sample?.peakMegabytes ?? .nan, "MB")
        await server.terminate()
        return [findings]
    }

    /// Milliseconds of each answer.
    private func load(
        _ house: House, _ http: HTTPClient, _ tenants: [House.Tenant], _ tickets: [Ticket], isOpening: Bool,
        seconds: Double
    ) async throws -> [Double] {
        let end = ContinuousClock.now + .seconds(seconds)
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            for lane in 0..<connections {
                group.addTask {
                    var random = SplitMix64(seed: UInt64(lane))
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        guard let tenant = tenants.randomElement(using: &random),
                            let ticket = tickets.randomElement(using: &random)
                        else { break }
                        let request =
                            isOpening
                            ? opening(ticket, house, tenant) : try house.question(ticket.subject, tenant, limit: 10)
                        let start = ContinuousClock.now
                        let response = try await http.send(request)
                        times.append((ContinuousClock.now - start).microseconds / 1000)
                        guard response.status == 200 else {
                            throw Workshop.Failure("\(request.url) answered \(response.status)")
                        }
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func opening(_ ticket: Ticket, _ house: House, _ tenant: House.Tenant) -> HTTPRequest {
        HTTPRequest(
            "GET", "\(house.base)/init/\(ticket.id)", headers: [("Authorization", "Bearer " + tenant.token)])
    }
}
