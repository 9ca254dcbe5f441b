import FreshetCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// An answer that is no success, thrown by a route. The texts are ours: nothing of the request gets in.
package struct RouteFault: Error, Sendable, Equatable {
    package var status: Int
    package var detail: String
    /// JSON Pointer (RFC 6901) to the member that is wrong.
    package var pointer: String?
    package var retryAfter: Int?

    package init(_ status: Int, _ detail: String, pointer: String? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.pointer = pointer
        self.retryAfter = retryAfter
    }

    /// A company that is not there, or not the asker's.
    package static let noCompany = RouteFault(404, "There is no such company.")

    /// What a failure behind a route means to its caller. `nil` for one that nobody foresaw.
    package init?(_ error: any Error) {
        switch error {
        case let fault as RouteFault: self = fault
        case UpstreamError.throttled(let wait):
            let seconds = wait.map { Int($0.seconds.rounded(.up)) } ?? 5
            self.init(503, "A service behind this one is busy; try again later.", retryAfter: seconds)
        case is UpstreamError:
            self.init(503, "A service behind this one gave no usable answer; try again later.", retryAfter: 5)
        case StoreError.unknownCompany: self = .noCompany
        case is StoreError: self.init(503, "The store cannot answer now; try again later.", retryAfter: 5)
        case is CancellationError: self.init(503, "The service is stopping; try again later.", retryAfter: 5)
        default: return nil
        }
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: Problem.contentType]
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        if let retryAfter { headers[.retryAfter] = String(min(max(retryAfter, 1), 59)) }
        let body = Problem.body(status: status, detail: detail, pointer: pointer)
        return Response(
            status: HTTPResponse.Status(code: status, reasonPhrase: StatusLine.phrase(status)), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
