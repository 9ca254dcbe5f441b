import CCrypto

/// Seals secrets with AES-256 in Galois/Counter mode (NIST SP 800-38D).
///
/// A box is nonce (12 bytes), ciphertext (as long as the plaintext), tag (16 bytes). The nonce is random for every seal,
/// so one key is good for about 2^32 of them.
package enum AES256GCM {
    package static let keyLength = 32
    package static let overhead = nonceLength + tagLength
    private static let nonceLength = 12
    private static let tagLength = 16

    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// A key has 32 bytes.
        case keyLength(Int)
        /// Another key, other associated data, or a box that is cut or changed; which of them cannot be told.
        case notAuthentic
        /// libcrypto failed: no memory, or more than 2 GiB.
        case unavailable

        package var description: String {
            switch self {
            case .keyLength(let count): "a sealing key has 32 bytes, this one \(count)"
            case .notAuthentic: "the sealed data does not open: another key, or it was altered"
            case .unavailable: "libcrypto could not seal or open the data"
            }
        }
    }

    /// `associatedData` is not in the box; opening takes the same again. Put in it what the secret belongs to.
    package static func seal(_ plaintext: [UInt8], key: [UInt8], associatedData: [UInt8] = []) throws(Failure)
        -> [UInt8]
    {
        var cipher = try Cipher(key, .encrypting)
        let nonce = randomBytes(nonceLength)
        try cipher.start(nonce: nonce, associatedData: associatedData)
        var box = nonce
        box.reserveCapacity(overhead + plaintext.count)
        box += try cipher.process(plaintext[...])
        box += try cipher.tag(tagLength)
        return box
    }

    /// The plaintext; nothing of it is ever returned from a box that is not whole and genuine.
    package static func open(_ box: [UInt8], key: [UInt8], associatedData: [UInt8] = []) throws(Failure) -> [UInt8] {
        var cipher = try Cipher(key, .decrypting)
        guard box.count >= overhead else { throw .notAuthentic }
        try cipher.start(nonce: Array(box.prefix(nonceLength)), associatedData: associatedData)
        let plaintext = try cipher.process(box[nonceLength..<box.count - tagLength])
        try cipher.verify(tag: Array(box.suffix(tagLength)))
        return plaintext
    }

    private enum Direction: Int32 { case decrypting = 0, encrypting = 1 }

    private struct Cipher: ~Copyable {
        private let context: OpaquePointer

        init(_ key: [UInt8], _ direction: Direction) throws(Failure) {
            guard key.count == keyLength else { throw .keyLength(key.count) }
            guard let context = EVP_CIPHER_CTX_new() else { throw .unavailable }
            guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nil, direction.rawValue) == 1 else {
                EVP_CIPHER_CTX_free(context)
                throw .unavailable
            }
            self.context = context
        }

        /// Wipes the key schedule.
        deinit { EVP_CIPHER_CTX_free(context) }

        mutating func start(nonce: [UInt8], associatedData: [UInt8]) throws(Failure) {
            guard let count = Int32(exactly: associatedData.count) else { throw .unavailable }
            var ignored: Int32 = 0
            guard EVP_CipherInit_ex(context, nil, nil, nil, nonce, -1) == 1,
                count == 0 || EVP_CipherUpdate(context, nil, &ignored, associatedData, count) == 1
            else { throw .unavailable }
        }

        mutating func process(_ input: ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
            guard let count = Int32(exactly: input.count) else { throw .unavailable }
            if count == 0 { return [] }
            var succeeded = false
            let output = [UInt8](unsafeUninitializedCapacity: input.count) { buffer, initialised in
                var written: Int32 = 0
                succeeded = input.withUnsafeBufferPointer {
                    EVP_CipherUpdate(context, buffer.baseAddress, &written, $0.baseAddress, count) == 1
                }
                initialised = succeeded ? Int(written) : 0
            }
            guard succeeded, output.count == input.count else { throw .unavailable }
            return output
        }

        mutating func tag(_ length: Int) throws(Failure) -> [UInt8] {
            var ignored: Int32 = 0
            var rest: UInt8 = 0
            var tag = [UInt8](repeating: 0, count: length)
            guard EVP_CipherFinal_ex(context, &rest, &ignored) == 1,
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(length), &tag) == 1
            else { throw .unavailable }
            return tag
        }

        mutating func verify(tag: [UInt8]) throws(Failure) {
            var tag = tag
            var ignored: Int32 = 0
            var rest: UInt8 = 0
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1 else {
                throw .unavailable
            }
            guard EVP_CipherFinal_ex(context, &rest, &ignored) == 1 else { throw .notAuthentic }
        }
    }
}
