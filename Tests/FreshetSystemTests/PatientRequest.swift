import FreshetSystem
import FreshetTestKit

extension HTTPRequest {
    /// For tests of anything but time: on a crowded machine an answer may be long in coming.
    var patient: HTTPRequest {
        var request = self
        request.deadline = .patient
        request.connectTimeout = .patient
        request.stallTimeout = .patient
        return request
    }
}
