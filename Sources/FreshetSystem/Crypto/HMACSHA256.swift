import CCrypto
package import Foundation

/// HMAC with SHA-256 (RFC 2104). Compare results with `constantTimeEquals`, never with `==`.
package enum HMACSHA256 {
    /// 32 bytes. Any key will do, an empty one included.
    package static func authenticate(key: some ContiguousBytes, _ message: some ContiguousBytes) -> [UInt8] {
        authenticate(key: key, parts: [message])
    }

    /// Of the parts one after the other, as if they lay in one piece. Their borders leave no trace in the result.
    package static func authenticate(key: some ContiguousBytes, parts: [any ContiguousBytes]) -> [UInt8] {
        var context = Context(key)
        for part in parts { context.update(part) }
        return context.finalize()
    }

    private struct Context: ~Copyable {
        private let context: OpaquePointer

        init(_ key: some ContiguousBytes) {
            // Fetching the algorithm takes a lock and a search, so a context is copied from one that has it.
            guard let context = EVP_MAC_CTX_dup(Template.shared.pointer) else {
                preconditionFailure("libcrypto has no memory")
            }
            self.context = context
            let code = key.withUnsafeBytes { bytes in
                // An empty key needs an address, too, or it counts as none.
                withUnsafeBytes(of: UInt8(0)) { nothing in
                    EVP_MAC_init(
                        context, (bytes.baseAddress ?? nothing.baseAddress)?.assumingMemoryBound(to: UInt8.self),
                        bytes.count, nil)
                }
            }
            precondition(code == 1, "libcrypto failed to authenticate")
        }

        deinit { EVP_MAC_CTX_free(context) }

        mutating func update(_ bytes: some ContiguousBytes) {
            let code = bytes.withUnsafeBytes {
                EVP_MAC_update(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
            }
            precondition(code == 1, "libcrypto failed to authenticate")
        }

        consuming func finalize() -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
                precondition(
                    EVP_MAC_final(context, buffer.baseAddress, &count, 32) == 1 && count == 32,
                    "libcrypto failed to authenticate")
            }
        }
    }

    /// A context with the algorithm chosen and no key. Unchecked since a pointer cannot say it: it is only ever copied
    /// from, which reads it.
    private struct Template: @unchecked Sendable {
        static let shared = Template()

        let pointer: OpaquePointer

        init() {
            guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil), let context = EVP_MAC_CTX_new(algorithm) else {
                preconditionFailure("libcrypto has no HMAC or no memory")
            }
            EVP_MAC_free(algorithm)
            var digest = Array("SHA256".utf8CString)
            let code = digest.withUnsafeMutableBufferPointer { name in
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_CTX_set_params(context, parameters)
            }
            precondition(code == 1, "libcrypto has no SHA-256")
            pointer = context
        }
    }
}
