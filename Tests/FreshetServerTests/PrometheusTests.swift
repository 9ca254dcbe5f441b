import CoreMetrics
import FreshetServer
import Testing

@Suite struct `Prometheus text` {
    private func text(_ metrics: PrometheusMetrics) -> String { String(decoding: metrics.exposition(), as: UTF8.self) }

    @Test func `shows counters with their ending, sorted, with help and type once`() {
        let metrics = PrometheusMetrics()
        metrics.preset([.init(.counter, "b_total", help: "Two\nlines \\ and \"quotes\"", labels: [])])
        Counter(label: "b", dimensions: [("y", "2"), ("x", "1")], factory: metrics).increment(by: 3)
        Counter(label: "b_total", dimensions: [("x", "1"), ("y", "2")], factory: metrics).increment()
        Counter(label: "b", dimensions: [("x", "0")], factory: metrics).increment(by: -5)
        Counter(label: "a.b-c", factory: metrics).increment()
        #expect(
            text(metrics) == """
                # TYPE a_b_c_total counter
                a_b_c_total 1
                # HELP b_total Two\\nlines \\\\ and "quotes"
                # TYPE b_total counter
                b_total{x="0"} 0
                b_total{x="1",y="2"} 4

                """)
    }

    @Test func `shows gauges and recorders that do not aggregate`() {
        let metrics = PrometheusMetrics()
        let gauge = Meter(label: "depth", factory: metrics)
        gauge.set(5)
        gauge.increment(by: 0.5)
        Recorder(label: "now", aggregate: false, factory: metrics).record(-7)
        Gauge(label: "odd", factory: metrics).record(Double.infinity)
        #expect(
            text(metrics) == """
                # TYPE depth gauge
                depth 5.5
                # TYPE now gauge
                now -7
                # TYPE odd gauge
                odd +Inf

                """)
    }

    @Test func `shows timers in seconds as cumulative buckets`() {
        let metrics = PrometheusMetrics()
        let timer = Timer(label: "run", dimensions: [("o", "k")], factory: metrics)
        timer.recordNanoseconds(500_000)
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(2_000_000_000_000)
        let lines = text(metrics).split(separator: "\n").map(String.init)
        #expect(lines[0] == "# TYPE run_seconds histogram")
        #expect(lines.contains(#"run_seconds_bucket{o="k",le="0.0005"} 1"#))
        #expect(lines.contains(#"run_seconds_bucket{o="k",le="0.0025"} 2"#))
        #expect(lines.contains(#"run_seconds_bucket{o="k",le="900"} 2"#))
        #expect(lines.contains(#"run_seconds_bucket{o="k",le="+Inf"} 3"#))
        #expect(lines.contains(#"run_seconds_sum{o="k"} 2000.0025"#))
        #expect(lines.contains(#"run_seconds_count{o="k"} 3"#))
        let counts = lines.filter { $0.contains("_bucket") }.compactMap {
            $0.split(separator: " ").last.flatMap { Int($0) }
        }
        #expect(counts == counts.sorted())
    }

    @Test func `escapes label values and repairs names`() {
        let metrics = PrometheusMetrics()
        Counter(label: "9 lives", dimensions: [("le", "a\"b\\c\nd"), ("__x", "1"), ("é", "ü")], factory: metrics)
            .increment()
        #expect(text(metrics).contains(#"_9_lives_total{_="ü",label___x="1",label_le="a\"b\\c\nd"} 1"#))
    }

    @Test func `keeps a metric's series bounded`() {
        let metrics = PrometheusMetrics(seriesLimit: 10)
        for number in 0..<1000 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: metrics).increment() }
        let lines = text(metrics).split(separator: "\n")
        #expect(lines.count == 12)
        #expect(lines.contains(#"c_total{n="overflow"} 990"#))
    }

    @Test func `lets a name keep its first kind`() {
        let metrics = PrometheusMetrics()
        Gauge(label: "x", factory: metrics).record(1)
        Recorder(label: "x", factory: metrics).record(7)
        #expect(text(metrics) == "# TYPE x gauge\nx 1\n")
    }

    @Test func `shows presets at zero`() {
        let metrics = PrometheusMetrics()
        metrics.preset([
            .init(.counter, "runs", help: "Runs.", labels: [[("outcome", "created")], [("outcome", "failed")]]),
            .init(.gauge, "backlog", help: "Waiting."), .init(.timer, "lag", help: "Lag."),
        ])
        let shown = text(metrics)
        #expect(
            shown.contains("# HELP runs_total Runs.\n# TYPE runs_total counter\nruns_total{outcome=\"created\"} 0\n"))
        #expect(shown.contains("backlog 0\n"))
        #expect(shown.contains("lag_seconds_count 0\n"))
    }

    @Test func `counts exactly from many tasks at once`() async {
        let metrics = PrometheusMetrics()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", factory: metrics)
                    let timer = Timer(label: "t", factory: metrics)
                    for _ in 0..<1000 {
                        counter.increment()
                        timer.recordNanoseconds(1_000_000_000)
                    }
                }
            }
        }
        #expect(text(metrics).contains("c_total 8000\n"))
        #expect(text(metrics).contains("t_seconds_sum 8000\n"))
        #expect(text(metrics).contains("t_seconds_count 8000\n"))
    }
}
