package import CoreMetrics
import Synchronization

/// The swift-metrics backend behind `/metrics`: counters, gauges and histograms in memory, shown as Prometheus text.
///
/// Bounded: a metric keeps at most `seriesLimit` label sets; later ones share one series whose labels all say
/// `overflow`. Instruments are made once and then cost an atomic addition (counters) or a short lock.
///
/// Names: counters end in `_total`, timers are shown in seconds and end in `_seconds`; a label that lacks the ending
/// gets it. Characters that Prometheus does not allow become `_`. A recorder that does not aggregate is a gauge.
package final class PrometheusMetrics: MetricsFactory {
    /// A metric that exists before anybody uses it, so that its zeros can be read.
    package struct Preset: Sendable {
        package enum Kind: Sendable { case counter, gauge, timer, histogram }

        package var kind: Kind
        package var name: String
        package var help: String
        /// One series each; none is fine, then only the help is known.
        package var labels: [[(String, String)]]

        package init(_ kind: Kind, _ name: String, help: String, labels: [[(String, String)]] = [[]]) {
            self.kind = kind
            self.name = name
            self.help = help
            self.labels = labels
        }
    }

    enum Kind: String {
        case counter, gauge, histogram
    }

    struct Family {
        var kind: Kind
        var help: String
        /// In the order of their making.
        var series: [[Label]: any PrometheusInstrument] = [:]
    }

    struct Label: Hashable, Comparable {
        var name: String
        var value: String

        static func < (a: Label, b: Label) -> Bool { (a.name, a.value) < (b.name, b.value) }
    }

    private let seriesLimit: Int
    private let families = Mutex<[String: Family]>([:])

    package init(seriesLimit: Int = 500) {
        precondition(seriesLimit > 0)
        self.seriesLimit = seriesLimit
    }

    /// Makes the metrics of `presets` known.
    package func preset(_ presets: [Preset]) {
        for preset in presets {
            let name: String
            let kind: Kind
            switch preset.kind {
            case .counter: (name, kind) = (Self.name(preset.name, ending: "_total"), .counter)
            case .gauge: (name, kind) = (Self.name(preset.name), .gauge)
            case .timer: (name, kind) = (Self.name(preset.name, ending: "_seconds"), .histogram)
            case .histogram: (name, kind) = (Self.name(preset.name), .histogram)
            }
            families.withLock { families in
                families[name, default: Family(kind: kind, help: preset.help)].help = preset.help
            }
            for labels in preset.labels {
                switch preset.kind {
                case .counter: _ = instrument(name, .counter, labels) { PrometheusCounter() }
                case .gauge: _ = instrument(name, .gauge, labels) { PrometheusGauge() }
                case .timer: _ = instrument(name, .histogram, labels) { PrometheusHistogram.durations() }
                case .histogram: _ = instrument(name, .histogram, labels) { PrometheusHistogram.values() }
                }
            }
        }
    }

    /// Everything, in the text format 0.0.4.
    package func exposition() -> [UInt8] {
        let snapshot = families.withLock { $0 }
        var text = PrometheusText()
        for (name, family) in snapshot.sorted(by: { $0.key < $1.key }) {
            text.family(name, family)
        }
        return text.bytes
    }

    // MARK: - MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(Self.name(label, ending: "_total"), .counter, dimensions) { PrometheusCounter() }
            ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instrument(Self.name(label, ending: "_total"), .counter, dimensions) { PrometheusFloatingPointCounter() }
            ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(Self.name(label), .gauge, dimensions) { PrometheusGauge() } ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            instrument(Self.name(label), .histogram, dimensions) { PrometheusHistogram.values() }
                ?? NOOPMetricsHandler.instance
        } else {
            instrument(Self.name(label), .gauge, dimensions) { PrometheusGauge() } ?? NOOPMetricsHandler.instance
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(Self.name(label, ending: "_seconds"), .histogram, dimensions) { PrometheusHistogram.durations() }
            ?? NOOPMetricsHandler.instance
    }

    // A series that vanished would look like a restart to whoever scrapes it, and the limit bounds them anyway.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: -

    /// The series' instrument, made where there is none. `nil` when the name is in use for another kind: one name can
    /// have one type only, and the first one keeps it.
    private func instrument<Instrument: PrometheusInstrument>(
        _ name: String, _ kind: Kind, _ dimensions: [(String, String)], make: () -> Instrument
    ) -> Instrument? {
        let labels = Self.labels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind, help: "")
            guard family.kind == kind else { return nil }
            var key = labels
            if family.series[key] == nil, family.series.count >= seriesLimit {
                key = labels.map { Label(name: $0.name, value: "overflow") }
            }
            if let known = family.series[key] { return known as? Instrument }
            let made = make()
            family.series[key] = made
            families[name] = family
            return made
        }
    }

    /// Sorted, valid and each name once.
    private static func labels(_ dimensions: [(String, String)]) -> [Label] {
        var labels: [Label] = []
        for (rawName, value) in dimensions {
            var name = Self.name(rawName).replacing(":", with: "_")
            // `le` is the histograms' own, and two leading underscores are Prometheus'.
            if name == "le" || name.hasPrefix("__") { name = "label_" + name }
            if !labels.contains(where: { $0.name == name }) { labels.append(Label(name: name, value: value)) }
        }
        return labels.sorted()
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    private static func name(_ label: String, ending: String = "") -> String {
        var name = ""
        for scalar in label.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_", ":": name.unicodeScalars.append(scalar)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(scalar)
            default: name += "_"
            }
        }
        if name.isEmpty { name = "_" }
        return name.hasSuffix(ending) ? name : name + ending
    }
}
