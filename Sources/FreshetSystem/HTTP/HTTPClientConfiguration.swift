/// What an `HTTPClient` is built from. Nothing here is read from the process: whoever builds the client passes the
/// environment in.
package struct HTTPClientConfiguration: Sendable {
    /// Requests under way to one scheme, host and port; more of them wait their turn. A stream counts until it ends.
    package var maxConnectionsPerHost: Int
    /// The same for a host that has answered over HTTP/2, where many requests share a connection.
    package var maxStreamsPerHost: Int
    /// Requests under way over all hosts.
    package var maxConnections: Int
    /// Kept open for reuse, over all hosts; idle ones are closed after about two minutes.
    package var maxIdleConnections: Int
    /// Path of a PEM file with the authorities to trust instead of the system's.
    package var caBundle: String?
    package var proxies: HTTPProxies
    /// Sent unless a request has its own.
    package var userAgent: String
    /// Bytes of a stream that are held for a consumer who is slower than the peer. A chunk more may be on its way.
    package var streamBuffer: Int
    /// Asked before every request and every redirect, with the host in lower case (an IPv6 address without brackets).
    package var allowsHost: (@Sendable (_ host: String, _ port: Int) -> Bool)?
    /// Asked for every connection, with the numeric address about to be connected to, after the name was looked up;
    /// behind a proxy it is the proxy's. Called on the client's own thread: it must not block.
    package var allowsAddress: (@Sendable (_ address: String) -> Bool)?

    package init(
        maxConnectionsPerHost: Int = 16, maxStreamsPerHost: Int = 100, maxConnections: Int = 256,
        maxIdleConnections: Int = 64,
        caBundle: String? = nil, proxies: HTTPProxies = HTTPProxies(), userAgent: String = "freshet",
        streamBuffer: Int = 256 << 10, allowsHost: (@Sendable (_ host: String, _ port: Int) -> Bool)? = nil,
        allowsAddress: (@Sendable (_ address: String) -> Bool)? = nil
    ) {
        self.maxConnectionsPerHost = maxConnectionsPerHost
        self.maxStreamsPerHost = maxStreamsPerHost
        self.maxConnections = maxConnections
        self.maxIdleConnections = maxIdleConnections
        self.caBundle = caBundle
        self.proxies = proxies
        self.userAgent = userAgent
        self.streamBuffer = streamBuffer
        self.allowsHost = allowsHost
        self.allowsAddress = allowsAddress
    }

    /// The defaults, with the authorities and proxies that the environment names.
    ///
    /// - `CURL_CA_BUNDLE`, else `SSL_CERT_FILE`: path of a PEM file, instead of the system's authorities.
    /// - `http_proxy` (lower case only), `https_proxy`, `all_proxy`, `no_proxy`: see `HTTPProxies`.
    ///
    /// An empty value counts as none.
    package init(environment: [String: String]) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        self.init(caBundle: value("CURL_CA_BUNDLE", "SSL_CERT_FILE"), proxies: HTTPProxies(environment: environment))
    }
}

/// Proxies by scheme of the request, in libcurl's notation: `http://user:password@proxy:3128`, `socks5h://…`.
package struct HTTPProxies: Sendable, Equatable {
    package var http: String?
    package var https: String?
    /// Comma-separated hosts that are reached directly, subdomains included; `*` means all.
    package var except: String?

    package init(http: String? = nil, https: String? = nil, except: String? = nil) {
        self.http = http
        self.https = https
        self.except = except
    }

    /// What the variables say that curl's users know. Lower case wins over capitals, a scheme's own variable over
    /// `all_proxy`. `HTTP_PROXY` is ignored, as a CGI client could set it through a `Proxy` header.
    package init(environment: [String: String]) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        let all = value("all_proxy", "ALL_PROXY")
        self.init(
            http: value("http_proxy") ?? all, https: value("https_proxy", "HTTPS_PROXY") ?? all,
            except: value("no_proxy", "NO_PROXY"))
    }
}
