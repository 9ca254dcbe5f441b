package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /health` (alive), `GET /health/ready` (able to work, and where not), `GET /metrics`.
///
/// Open to whoever reaches the address: probes and scrapers carry no credentials. `operatorListen` keeps them private.
package enum ProbeRoutes {
    package static func all(readiness: any ReadinessCheck, metrics: PrometheusMetrics) -> [Route] {
        [
            Route(.get, "/health", access: .open) { _, _ in
                json(200, Array(#"{"status":"alive"}"#.utf8))
            },
            Route(.get, "/health/ready", access: .open) { _, _ in
                let answer = await readiness.readiness()
                return json(answer.isReady ? 200 : 503, body(answer))
            },
            Route(.get, "/metrics", access: .open) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: PrometheusText.contentType],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: metrics.exposition())))
            },
        ]
    }

    /// `{"status":"ready","parts":{"fetch":"ok","index":"…"},"notes":{…}}`, names in alphabetical order, notes only
    /// where there are some.
    private static func body(_ readiness: Readiness) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"status\":")
        text.string(readiness.isReady ? "ready" : "not ready")
        text.raw(",\"parts\":{")
        for (index, part) in readiness.parts.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { text.raw(",") }
            text.string(part.key)
            text.raw(":")
            text.string(part.value ?? "ok")
        }
        text.raw("}")
        if !readiness.notes.isEmpty {
            text.raw(",\"notes\":{")
            for (index, note) in readiness.notes.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text.raw(",") }
                text.string(note.key)
                text.raw(":")
                text.string(note.value)
            }
            text.raw("}")
        }
        text.raw("}")
        return text.bytes
    }

    private static func json(_ status: Int, _ body: [UInt8]) -> Response {
        Response(
            status: HTTPResponse.Status(code: status, reasonPhrase: StatusLine.phrase(status)),
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
