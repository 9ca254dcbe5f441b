import ArgumentParser
import FreshetCore
import Logging
import ServiceLifecycle

/// Takes webhooks in, keeps the index fresh, answers agents, until asked to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the service: webhooks in, index fresh, answers out.",
        discussion: """
            Listens on `listen` (FRESHET_LISTEN, default 127.0.0.1:8080) and keeps everything in `data_directory` \
            (FRESHET_DATA_DIRECTORY). SIGTERM or Ctrl-C ends it in order: requests in flight are answered, runs in \
            hand finished or handed back.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            let lock = try ServeLock(house.settings.dataDirectory)
            let console = Console(asJSON: false)
            do throws(UpstreamError) { try await house.index.check() } catch {
                // Webhooks are taken in all the same; what they mark waits for the index.
                house.logger.error("the index cannot be used now", metadata: ["error": "\(error)"])
            }
            let services = try house.services { console.say("listening on \($0)") }
            try await services.run()
            withExtendedLifetime(lock) {}
        } catch { throw ExitCodes.explaining(error) }
    }
}
