import CCurl

/// libcurl's handle of one transfer, with typed doors to its options and figures. Only for the loop's thread.
struct EasyHandle: Hashable {
    let pointer: UnsafeMutableRawPointer

    func set(_ option: CURLoption, _ value: Int) throws(HTTPFailure) {
        try Self.check(freshet_easy_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPFailure) {
        try Self.check(freshet_easy_set_text(pointer, option, value))
    }

    static func check(_ code: CURLcode) throws(HTTPFailure) {
        guard code == CURLE_OK else {
            throw .invalidRequest(reason: "libcurl refuses an option: \(String(cString: curl_easy_strerror(code)))")
        }
    }

    /// Zero when libcurl does not know.
    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return freshet_easy_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// Zero when libcurl does not know.
    func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return freshet_easy_get_offset(pointer, info, &value) == CURLE_OK ? Int(value) : 0
    }
}

extension HTTPMetrics {
    /// Of a transfer as far as it has come.
    init(of handle: EasyHandle) {
        total = .microseconds(handle.offset(CURLINFO_TOTAL_TIME_T))
        firstByte = .microseconds(handle.offset(CURLINFO_STARTTRANSFER_TIME_T))
        reusedConnection = handle.long(CURLINFO_NUM_CONNECTS) == 0 && handle.offset(CURLINFO_PRETRANSFER_TIME_T) > 0
        if !reusedConnection {
            connect = .microseconds(
                max(handle.offset(CURLINFO_CONNECT_TIME_T), handle.offset(CURLINFO_APPCONNECT_TIME_T)))
        }
        bytesReceived = handle.offset(CURLINFO_SIZE_DOWNLOAD_T)
        bytesSent = handle.offset(CURLINFO_SIZE_UPLOAD_T)
        httpVersion =
            switch handle.long(CURLINFO_HTTP_VERSION) {
            case CURL_HTTP_VERSION_1_0: "1.0"
            case CURL_HTTP_VERSION_1_1: "1.1"
            case CURL_HTTP_VERSION_2_0: "2"
            default: ""
            }
    }
}
