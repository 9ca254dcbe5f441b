import FreshetSystem

extension HTTPRequest {
    /// For tests of anything but time: on a crowded machine an answer may be long in coming.
    var patient: HTTPRequest {
        var request = self
        request.deadline = .seconds(300)
        request.connectTimeout = .seconds(300)
        request.stallTimeout = .seconds(300)
        return request
    }
}
