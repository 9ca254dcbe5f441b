import CoreMetrics
import Foundation
import FreshetServer
import FreshetTestKit
import Testing

/// Prometheus' own parser reads what we write. Runs where `pip install prometheus_client` was done.
@Suite(.enabled("prometheus_client is importable") { try await python("import prometheus_client") == 0 })
struct `Prometheus' own parser` {
    @Test func `reads every kind of metric back as it was recorded`() async throws {
        let metrics = PrometheusMetrics()
        metrics.preset([.init(.counter, "hits", help: "Back\\slash, \"quotes\" and\na line.")])
        Counter(label: "hits", dimensions: [("path", "a\"b\\c\nd"), ("word", "é😀")], factory: metrics).increment(by: 7)
        Meter(label: "depth", factory: metrics).set(-0.5)
        let timer = Timer(label: "lag", factory: metrics)
        for nanoseconds in [1, 1_000_000, 3_000_000_000] { timer.recordNanoseconds(Int64(nanoseconds)) }
        FloatingPointCounter(label: "spent", factory: metrics).increment(by: 1e-7)

        let directory = try TemporaryDirectory()
        try Data(metrics.exposition()).write(to: directory.url.appendingPathComponent("metrics.txt"))
        let status = try await python(
            """
            from prometheus_client.parser import text_string_to_metric_families as parse
            text = open(\(String(reflecting: directory.path("metrics.txt"))), encoding="utf-8", newline="").read()
            families = {family.name: family for family in parse(text)}
            samples = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families.values() for s in f.samples}
            assert samples[("hits_total", (("path", 'a"b\\\\c\\nd'), ("word", "é😀")))] == 7, samples
            assert families["hits"].type == "counter" and families["hits"].documentation == 'Back\\\\slash, "quotes" and\\na line.'
            assert families["depth"].type == "gauge" and samples[("depth", ())] == -0.5
            assert families["lag_seconds"].type == "histogram"
            assert samples[("lag_seconds_bucket", (("le", "+Inf"),))] == samples[("lag_seconds_count", ())] == 3
            assert samples[("lag_seconds_bucket", (("le", "1"),))] == 2
            assert abs(samples[("lag_seconds_sum", ())] - 3.001000001) < 1e-9
            assert samples[("spent_total", ())] == 1e-7
            """)
        #expect(status == 0)
    }
}

/// The exit status of a script.
private func python(_ script: String) async throws -> Int32 {
    try await ServiceProcess.run("python3", ["-c", script]).status
}
