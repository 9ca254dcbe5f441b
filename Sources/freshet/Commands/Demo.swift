import ArgumentParser
import Foundation
import ServiceLifecycle

/// Shows the whole river on a made-up help desk, then keeps serving it.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows everything on a simulated help desk: backfill, change, webhook, decision, search.",
        discussion: """
            Starts a simulated Freshdesk account with tickets in English and Korean, brings them into an index in a \
            temporary folder, changes two of them and shows what was decided and what it cost. Then it keeps serving \
            until Ctrl-C, and prints what to try.
            """)

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "address")) var listen =
        "127.0.0.1:0"
    @Flag(help: "End after the story instead of serving on.") var exit = false

    func run() async throws {
        do {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "freshet-demo-\(UUID().uuidString)")
            defer {
                do { try FileManager.default.removeItem(at: folder) } catch {
                    Console(asJSON: false).note(
                        "note: \(folder.path) could not be removed: \(error.localizedDescription)")
                }
            }
            var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("FRESHET_") }
            environment["FRESHET_DATA_DIRECTORY"] = folder.path
            environment["FRESHET_LISTEN"] = listen
            environment["FRESHET_QUIET_PERIOD"] = "500ms"
            environment["FRESHET_RECONCILE_INTERVAL"] = "0"
            environment["FRESHET_LOG_LEVEL"] = "warning"
            let house = try Assembly(Settings(file: nil, environment: environment), environment: environment)
            let lock = try ServeLock(folder.path)
            let (addresses, input) = AsyncStream<Settings.Address>.makeStream()
            let services = try house.services { input.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // However it ends, the story must not wait for an address for ever.
                    defer { input.finish() }
                    try await services.run()
                }
                for await address in addresses {
                    let story = try DemoStory(house: house, folder: folder.path, base: "http://\(address)")
                    try await story.tell(thenServing: !exit)
                    if exit { await services.triggerGracefulShutdown() }
                    try await group.waitForAll()
                    try await story.end()
                }
            }
            withExtendedLifetime(lock) {}
        } catch { throw ExitCodes.explaining(error) }
    }
}
