import CCrypto

/// libcrypto's own words for why a certificate was not accepted.
enum CertificateFault {
    /// For the numbers of X509_STORE_CTX_get_error(3). A constant sentence: it names nothing of the certificate.
    static func text(_ number: Int) -> String {
        X509_verify_cert_error_string(number).map { String(cString: $0) } ?? "unknown reason"
    }
}
