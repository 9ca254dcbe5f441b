import Hummingbird
import HummingbirdCore

#if TLS
    import HummingbirdTLS
    import NIOSSL
#endif

/// Lets a listener speak TLS, in builds with the `TLS` trait. Others would have to compile BoringSSL for nothing.
enum ListenerTLS {
    /// `server` itself where no certificate is configured. Throws `ListenerError`.
    static func wrap(_ server: HTTPServerBuilder, _ tls: ServerConfiguration.TLS?) throws -> HTTPServerBuilder {
        guard let tls else { return server }
        #if TLS
            let chain = try read(tls.certificatePath, NIOSSLCertificate.fromPEMFile)
            guard !chain.isEmpty else {
                throw ListenerError.certificate(reason: "\(tls.certificatePath) holds no PEM certificate")
            }
            let key = try read(tls.keyPath) { try NIOSSLPrivateKey(file: $0, format: .pem) }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            do {
                // Made once here, because the server makes its own only when it starts.
                _ = try NIOSSLContext(configuration: configuration)
                return try .tls(server, tlsConfiguration: configuration)
            } catch {
                throw ListenerError.certificate(
                    reason: "\(tls.certificatePath) and \(tls.keyPath) do not belong together: \(error)")
            }
        #else
            throw ListenerError.configuration(
                "the certificate \(tls.certificatePath) is configured, but this build cannot speak TLS: build with `--traits TLS`"
            )
        #endif
    }

    #if TLS
        /// The library's own errors do not say which file is meant.
        private static func read<Value>(_ path: String, _ value: (String) throws -> Value) throws -> Value {
            do {
                return try value(path)
            } catch {
                throw ListenerError.certificate(reason: "\(path) is not a readable PEM file: \(error)")
            }
        }
    #endif
}
