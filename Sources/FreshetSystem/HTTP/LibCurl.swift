import CCurl
import Foundation

/// The library itself: started once, and what its version can do.
enum LibCurl {
    /// libcurl's global start is not idempotent in every version, and must come before anything else.
    private static let start: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    static func check() throws(HTTPClientUnavailable) {
        guard start == CURLE_OK, let info = freshet_version_info()?.pointee else { throw .outOfResources }
        let version = info.version.map { String(cString: $0) } ?? "?"
        guard info.version_num >= 0x074C00 else { throw .libraryTooOld(version: version) }
        guard has(CURL_VERSION_SSL, info) else { throw .libraryWithoutTLS(version: version) }
    }

    /// Without it, TLS connections speak HTTP/1.1.
    static let hasHTTP2: Bool = freshet_version_info().map { has(CURL_VERSION_HTTP2, $0.pointee) } ?? false

    private static func has(_ feature: Int32, _ info: curl_version_info_data) -> Bool { info.features & feature != 0 }
}

extension HTTPClientConfiguration {
    func check() throws(HTTPClientUnavailable) {
        precondition(
            maxConnectionsPerHost > 0 && maxStreamsPerHost > 0 && maxConnections > 0 && maxIdleConnections > 0
                && streamBuffer > 0)
        if let caBundle, !FileManager.default.isReadableFile(atPath: caBundle) {
            throw .unreadableCABundle(path: caBundle)
        }
    }
}
