import FreshetCore
import FreshetServer
import FreshetSystem
import FreshetTestKit
import ServiceLifecycle
import Testing

/// A real listener on a port that the system chose, with fakes behind it.
struct Stand: Sendable {
    let scene: HostileScene
    let port: Int
    let operatorPort: Int?
    let intake: IntakeFake
    let recommender: RecommenderFake
    let readiness: ReadinessFake
    let metrics: PrometheusMetrics
    let log: CapturedLog
    let group: ServiceGroup

    static let scene = HostileScene(
        secret: "whsec_" + Base64.encode(Array("the current secret of 32 bytes!!".utf8)),
        retiredSecret: "whsec_" + Base64.encode(Array("the retired secret of 32 bytes!!".utf8)),
        hubSecret: "hub-secret-9f1c", token: "static-token-77aa", now: ManualClock().now)

    static let token = "agent-token-31"

    /// Runs `body` beside a listener and stops it gracefully afterwards.
    static func with<Result: Sendable>(
        _ change: (inout ServerConfiguration) -> Void = { _ in }, bearers: BearersFake = .known,
        routes: [Route] = [], operatorRoutes: [Route] = [], trail: TrailFake? = nil, clock: ManualClock = ManualClock(),
        _ body: (Stand) async throws -> Result
    ) async throws -> Result {
        var configuration = ServerConfiguration(listen: .init(host: "127.0.0.1", port: 0))
        configuration.maximumConnections = 500
        change(&configuration)
        let (intake, recommender, readiness) = (IntakeFake(scene), RecommenderFake(), ReadinessFake())
        let metrics = PrometheusMetrics()
        let log = CapturedLog()
        let (addresses, ready) = AsyncThrowingStream<Listener.Addresses, any Error>.makeStream()
        let listener = Listener(
            configuration: configuration,
            ports: .init(
                intake: intake, bearers: bearers, recommender: recommender, readiness: readiness, trail: trail),
            routes: routes, operatorRoutes: operatorRoutes, metrics: metrics, clock: clock,
            random: SeededRandomSource(seed: 7), logger: log.logger
        ) { ready.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [listener], logger: log.logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do { try await group.run() } catch {
                    ready.finish(throwing: error)
                    throw error
                }
            }
            var bound = addresses.makeAsyncIterator()
            let at = try #require(try await bound.next())
            let stand = Stand(
                scene: scene, port: at.listen.port, operatorPort: at.operatorListen?.port, intake: intake,
                recommender: recommender, readiness: readiness, metrics: metrics, log: log, group: group)
            do {
                let result = try await body(stand)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                intake.release()
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }

    /// Sends `text` (line feeds become line ends) and gives the answers, which must be as the OpenAPI document says.
    func send(
        _ text: String, body: [UInt8] = [], port other: Int? = nil, until end: RawSocket.End = .answers(1)
    ) async throws -> RawSocket.Transcript {
        let head = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let transcript = try await RawSocket.exchange(port: other ?? port, Array(head.utf8) + body, until: end)
        check(transcript, to: text)
        return transcript
    }

    /// Only where it is sure which answer belongs to the request.
    private func check(_ transcript: RawSocket.Transcript, to request: String) {
        let words = request.prefix { $0 != "\n" }.split(separator: " ").map(String.init)
        guard transcript.answers.count == 1, let answer = transcript.answers.first, words.count == 3,
            words[1].hasPrefix("/"), request.ranges(of: " HTTP/1.").count == 1
        else { return }
        let faults = OpenAPIValidator.served.faults(
            of: .init(status: answer.status, fields: answer.fields, body: answer.body), to: words[0], words[1])
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    func get(_ path: String, fields: String = "", port: Int? = nil) async throws -> RawAnswer {
        let transcript = try await send("GET \(path) HTTP/1.1\nHost: a\n\(fields)\n", port: port)
        return try #require(transcript.answers.first, "\(transcript.text)")
    }

    func postQuery(_ json: String, token: String? = Stand.token, fields: String = "") async throws -> RawAnswer {
        let body = Array(json.utf8)
        let authorization = token.map { "Authorization: Bearer \($0)\n" } ?? ""
        let transcript = try await send(
            "POST /query HTTP/1.1\nHost: a\nContent-Type: application/json\n\(authorization)\(fields)Content-Length: \(body.count)\n\n",
            body: body)
        return try #require(transcript.answers.first, "\(transcript.text)")
    }

    /// The value of one sample line; `nil` where there is none.
    func metric(_ sample: String) -> Double? {
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        for line in text.split(separator: "\n") where line.hasPrefix(sample + " ") {
            return Double(line.dropFirst(sample.count + 1))
        }
        return nil
    }

    /// The sum over all label sets.
    func total(_ name: String) -> Double {
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        return text.split(separator: "\n").filter { $0.hasPrefix(name + "{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}

extension OpenAPIValidator {
    /// Of the document that is served.
    static let served: OpenAPIValidator = {
        do { return try OpenAPIValidator(OpenAPIDocument.text) } catch { preconditionFailure("\(error)") }
    }()
}

extension BearersFake {
    static var known: BearersFake {
        guard let company = CompanyID("acme") else { return BearersFake() }
        return BearersFake(known: [
            Stand.token: Bearer(company: company, role: .agent, tokenID: 1),
            "admin-token": Bearer(company: company, role: .admin, tokenID: 2),
        ])
    }
}
