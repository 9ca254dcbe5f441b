import CoreMetrics
import Synchronization

/// A series that can show itself.
protocol PrometheusInstrument: AnyObject, Sendable {
    func write(_ name: String, _ labels: [PrometheusMetrics.Label], into text: inout PrometheusText)
}

/// Counts up. Negative increments are ignored, an overflow stays at the top.
final class PrometheusCounter: CounterHandler, PrometheusInstrument {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        let new = value.wrappingAdd(amount, ordering: .relaxed).newValue
        if new < 0 { value.store(.max / 2, ordering: .relaxed) }
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: [PrometheusMetrics.Label], into text: inout PrometheusText) {
        text.sample(name, labels, String(value.load(ordering: .relaxed)))
    }
}

/// Counts up in fractions: money, seconds.
final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, PrometheusInstrument {
    private let value = Mutex(0.0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: [PrometheusMetrics.Label], into text: inout PrometheusText) {
        text.sample(name, labels, PrometheusText.number(value.withLock { $0 }))
    }
}

/// Goes up and down.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusInstrument {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func write(_ name: String, _ labels: [PrometheusMetrics.Label], into text: inout PrometheusText) {
        text.sample(name, labels, PrometheusText.number(value.withLock { $0 }))
    }
}

/// Counts values by size, in fixed buckets.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusInstrument {
    private struct State {
        /// Of each bucket alone; the last one is for what is above them all.
        var counts: [Int64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// From half a millisecond (an answer from memory) to a quarter of an hour (a reconcile, a lag).
    static func durations() -> PrometheusHistogram {
        PrometheusHistogram(bounds: [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900,
        ])
    }

    static func values() -> PrometheusHistogram {
        PrometheusHistogram(bounds: [
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000,
        ])
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: [PrometheusMetrics.Label], into text: inout PrometheusText) {
        let state = self.state.withLock { $0 }
        var total: Int64 = 0
        for (index, bound) in bounds.enumerated() {
            total += state.counts[index]
            text.sample(name + "_bucket", labels, String(total), bucket: PrometheusText.number(bound))
        }
        total += state.counts[bounds.count]
        text.sample(name + "_bucket", labels, String(total), bucket: "+Inf")
        text.sample(name + "_sum", labels, PrometheusText.number(state.sum))
        text.sample(name + "_count", labels, String(total))
    }
}
