import FreshetCore
import FreshetSystem
import FreshetTestKit

@testable import FreshetAdapters

/// Two providers on sockets, a clock that stands still, and the route over both.
struct RouterWorld {
    let main: ScriptedProvider
    let spare: ScriptedProvider
    let clock = ManualClock()
    let gates: [ProviderGate]
    let route: RoutedSummariser
    let meter = UsageNotes()

    /// - Parameters:
    ///   - deadline: of a call.
    ///   - weights: of main and spare.
    init(
        main mood: ScriptedProvider.Mood = .good, spare spareMood: ScriptedProvider.Mood = .good,
        onlyMain: Bool = false,
        concurrency: Int = 4, deadline: Duration = .patient, weights: [Int] = [0, 0], seed: UInt64 = 1
    ) throws {
        main = try ScriptedProvider(mood)
        spare = try ScriptedProvider(spareMood)
        let random = SeededRandomSource(seed: seed)
        let http = try HTTPClient()
        let (clock, meter) = (clock, meter)
        let made = (onlyMain ? [("main", main)] : [("main", main), ("spare", spare)]).enumerated().map {
            index, provider in
            let chat = OpenAIChat(
                service: OpenAIService(
                    name: provider.0, flavour: .openAI, base: provider.1.url + "/v1",
                    credential: ModelCredential(.bearer) { Secret("k") }, http: http, clock: clock), model: "m")
            let gate = ProviderGate(
                name: provider.0, concurrency: concurrency, clock: clock, random: random,
                probe: { await chat.probe(deadline: deadline) })
            let summariser = PromptedSummariser(
                chat: GatedChat(chat, behind: gate), configuration: .init(deadline: deadline), clock: clock,
                meter: meter)
            return (gate, RoutedSummariser.Choice(gate: gate, summariser: summariser, weight: weights[index]))
        }
        gates = made.map(\.0)
        route = RoutedSummariser(made.map(\.1), deadline: .seconds(180), clock: clock, random: random)
    }

    static func content(_ number: Int) -> Content {
        Content(
            subject: "Export number \(number) stops", description: "It stops early, always.", entries: [],
            attachments: [], isResolved: false)
    }

    /// Who made it: `main` or `spare`.
    @discardableResult
    func ask(_ number: Int = 1) async throws -> String {
        let summary = try await route.summary(of: Self.content(number), for: .acme)
        guard summary.problem == "Export number \(number) stops" else { throw UpstreamError.malformed(path: "test") }
        return summary.maker == nil ? "main" : "spare"
    }

    func fault() async -> UpstreamError? {
        do throws(UpstreamError) {
            _ = try await route.summary(of: Self.content(1), for: .acme)
            return nil
        } catch {
            return error
        }
    }
}
