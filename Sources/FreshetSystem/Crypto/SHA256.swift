import CCrypto
package import Foundation

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// 32 bytes.
    package static func digest(_ bytes: some ContiguousBytes) -> [UInt8] {
        MessageDigest.digest(bytes, length: 32, EVP_sha256())
    }

    /// Of the text's UTF-8.
    package static func digest(_ text: String) -> [UInt8] { digest(Array(text.utf8)) }

    /// For what does not lie in one piece, or not in memory at all.
    package struct Hasher: ~Copyable {
        private let context: OpaquePointer

        package init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
                preconditionFailure("libcrypto has no SHA-256 or no memory")
            }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        package mutating func update(_ bytes: some ContiguousBytes) {
            let code = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
            precondition(code == 1, "libcrypto failed to digest")
        }

        /// 32 bytes.
        package consuming func finalize() -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
                precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "libcrypto failed to digest")
                count = 32
            }
        }
    }
}

/// SHA-1 (FIPS 180-4). Only for names that others have fixed, such as UUID version 5: it resists no attacker.
package enum SHA1 {
    /// 20 bytes.
    package static func digest(_ bytes: some ContiguousBytes) -> [UInt8] {
        MessageDigest.digest(bytes, length: 20, EVP_sha1())
    }
}

private enum MessageDigest {
    static func digest(_ bytes: some ContiguousBytes, length: Int, _ algorithm: OpaquePointer?) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            let code = bytes.withUnsafeBytes {
                EVP_Digest($0.baseAddress, $0.count, buffer.baseAddress, nil, algorithm, nil)
            }
            // Not a matter of the input: libcrypto is out of memory or was built without the algorithm.
            precondition(code == 1, "libcrypto failed to digest")
            count = length
        }
    }
}
