import Logging
import Synchronization

/// Keeps every log line as one text: level, message and metadata.
final class CapturedLog: LogHandler, Sendable {
    private let kept: Mutex<[String]>
    private let own: Mutex<Logger.Metadata>

    init() {
        kept = Mutex([])
        own = Mutex([:])
    }

    var logger: Logger { Logger(label: "test") { _ in self } }
    var lines: [String] { kept.withLock { $0 } }
    func lines(holding text: String) -> [String] { lines.filter { $0.contains(text) } }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { own.withLock { $0 } }
        set { own.withLock { $0 = newValue } }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { own.withLock { $0[key] } }
        set { own.withLock { $0[key] = newValue } }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let line = "\(event.level) \(event.message) " + all.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        kept.withLock { $0.append(line) }
    }
}
