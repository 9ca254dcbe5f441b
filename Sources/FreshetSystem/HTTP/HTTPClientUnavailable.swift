/// Why no HTTP client could be made. A person must act, and the text says how.
package enum HTTPClientUnavailable: Error, Equatable, CustomStringConvertible {
    case libraryTooOld(version: String)
    case libraryWithoutTLS(version: String)
    case unreadableCABundle(path: String)
    case outOfResources

    package var description: String {
        switch self {
        case .libraryTooOld(let version):
            "libcurl \(version) is too old, 7.76 or later is needed: apt-get install libcurl4"
        case .libraryWithoutTLS(let version):
            "libcurl \(version) was built without TLS: apt-get install libcurl4"
        case .unreadableCABundle(let path):
            "the certificate authorities in \(path) cannot be read: correct CURL_CA_BUNDLE or SSL_CERT_FILE, or unset "
                + "them to use the system's (apt-get install ca-certificates)"
        case .outOfResources: "libcurl could not be started: out of memory or file descriptors"
        }
    }
}
