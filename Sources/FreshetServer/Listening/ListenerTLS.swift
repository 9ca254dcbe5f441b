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
            do {
                var configuration = TLSConfiguration.makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMFile(tls.certificatePath).map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.keyPath, format: .pem)))
                configuration.minimumTLSVersion = .tlsv12
                return try .tls(server, tlsConfiguration: configuration)
            } catch {
                throw ListenerError.certificate(reason: "\(error)")
            }
        #else
            throw ListenerError.configuration(
                "the certificate \(tls.certificatePath) is configured, but this build cannot speak TLS: build with `--traits TLS`"
            )
        #endif
    }
}
