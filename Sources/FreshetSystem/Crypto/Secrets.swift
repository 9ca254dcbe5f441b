import CCrypto

/// Whether two secrets are equal, in a time that depends on their lengths alone.
package func constantTimeEquals(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    // CRYPTO_memcmp reads as many bytes as it is told, from both.
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}

/// As above, for their UTF-8.
package func constantTimeEquals(_ a: String, _ b: String) -> Bool {
    constantTimeEquals(Array(a.utf8), Array(b.utf8))
}

/// Bytes that nobody can foresee, from the system's generator.
package func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
        // Going on without randomness would be worse than stopping.
        precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "the system has no random numbers")
        initialised = count
    }
}
