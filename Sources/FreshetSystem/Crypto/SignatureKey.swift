import CCrypto

/// A public key, and the one way in which signatures are checked with it: RSA with PKCS #1 v1.5 padding (RS256), or ECDSA
/// on P-256 (ES256), both with SHA-256.
///
/// Unchecked since a pointer cannot say it: the key is never changed after it was made, and libcrypto allows any number
/// of threads to read one.
package final class SignatureKey: @unchecked Sendable {
    package enum Kind: Sendable, Equatable { case rsa, p256 }

    package let kind: Kind
    private let key: OpaquePointer

    /// `nil` for what is no RSA or P-256 key, and for RSA keys outside 2048...8192 bits: shorter ones are too weak (RFC
    /// 7518, section 3.3), and with longer ones checking takes too long.
    private init?(taking key: OpaquePointer?) {
        defer { ERR_clear_error() }
        guard let key else { return nil }
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA where (2048...8192).contains(EVP_PKEY_get_bits(key)): kind = .rsa
        case EVP_PKEY_EC where Self.group(of: key) == "prime256v1": kind = .p256
        default:
            EVP_PKEY_free(key)
            return nil
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// Reads `-----BEGIN PUBLIC KEY-----` (SubjectPublicKeyInfo).
    package convenience init?(pem: [UInt8]) {
        let key: OpaquePointer? = pem.withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(source) }
            return PEM_read_bio_PUBKEY(source, nil, nil, nil)
        }
        self.init(taking: key)
    }

    /// Big-endian, as in a JSON Web Key (RFC 7518, section 6.3).
    package convenience init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        guard modulus.count <= 1024, exponent.count <= 8, let builder = OSSL_PARAM_BLD_new() else { return nil }
        defer { OSSL_PARAM_BLD_free(builder) }
        let (n, e) = (Self.number(modulus), Self.number(exponent))
        defer {
            BN_free(n)
            BN_free(e)
        }
        guard ccrypto_push_rsa(builder, n, e) == 1 else { return nil }
        self.init(taking: Self.key("RSA", builder))
    }

    /// The point's coordinates, 32 bytes each (RFC 7518, section 6.2). `nil` for a point that is not on the curve.
    package convenience init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32, let builder = OSSL_PARAM_BLD_new() else { return nil }
        defer { OSSL_PARAM_BLD_free(builder) }
        let point: [UInt8] = [4] + x + y
        // The builder keeps the address until the key is made.
        let key: OpaquePointer? = point.withUnsafeBytes { bytes in
            guard ccrypto_push_p256(builder, bytes.baseAddress, bytes.count) == 1 else { return nil }
            return Self.key("EC", builder)
        }
        self.init(taking: key)
    }

    /// Whether the signature is this key's. For P-256 it is `r` and `s` one after the other, 32 bytes each (RFC 7518,
    /// section 3.4), and nothing else: no DER.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        let raw: [UInt8]
        switch kind {
        case .rsa: raw = signature
        case .p256:
            guard let der = Self.der(signature) else { return false }
            raw = der
        }
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, raw, raw.count, message, message.count) == 1
    }

    // MARK: - Parts

    private static func number(_ bytes: [UInt8]) -> OpaquePointer? { BN_bin2bn(bytes, Int32(bytes.count), nil) }

    private static func key(_ type: String, _ builder: OpaquePointer) -> OpaquePointer? {
        guard let parameters = OSSL_PARAM_BLD_to_param(builder) else { return nil }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, ccrypto_public_key, parameters) == 1
        else { return nil }
        return key
    }

    private static func group(of key: OpaquePointer) -> String? {
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return nil }
        return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func der(_ signature: [UInt8]) -> [UInt8]? {
        guard signature.count == 64, let pair = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(pair) }
        guard let r = number(Array(signature[..<32])), let s = number(Array(signature[32...])) else { return nil }
        // From here on the numbers are the pair's.
        guard ECDSA_SIG_set0(pair, r, s) == 1 else { return nil }
        let length = i2d_ECDSA_SIG(pair, nil)
        guard length > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            var end = buffer.baseAddress
            count = Int(i2d_ECDSA_SIG(pair, &end))
        }
    }
}
