import Foundation
import FreshetSystem
import Testing

struct DigestTests {
    // FIPS 180-2, appendix B, and NIST's example for the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `SHA-256 gives the standard's digests`(message: String, digest: String) {
        #expect(SHA256.digest(message).hexEncoded == digest)
        #expect(SHA256.digest(Data(message.utf8)).hexEncoded == digest)
    }

    // FIPS 180-1, appendices A to C.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
    ])
    func `SHA-1 gives the standard's digests`(message: String, digest: String) {
        #expect(SHA1.digest(Array(message.utf8)).hexEncoded == digest)
    }

    @Test(arguments: [1, 3, 63, 64, 65, 1000])
    func `a digest does not depend on how its message was cut`(size: Int) {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        var hasher = SHA256.Hasher()
        for start in stride(from: 0, to: message.count, by: size) {
            hasher.update(message[start..<min(start + size, message.count)])
        }
        hasher.update([UInt8]())
        #expect(hasher.finalize() == SHA256.digest(message))
    }

    /// RFC 4231, test cases 1 to 7; the fifth is truncated to 128 bits there.
    struct Vector: Sendable {
        var key: [UInt8]
        var message: [UInt8]
        var mac: String

        static let all: [Vector] = [
            Vector(
                key: .init(repeating: 0x0b, count: 20), message: Array("Hi There".utf8),
                mac: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            Vector(
                key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
                mac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            Vector(
                key: .init(repeating: 0xaa, count: 20), message: .init(repeating: 0xdd, count: 50),
                mac: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            Vector(
                key: Array(1...25), message: .init(repeating: 0xcd, count: 50),
                mac: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            Vector(
                key: .init(repeating: 0x0c, count: 20), message: Array("Test With Truncation".utf8),
                mac: "a3b6167473100ee06e0c796c2955552b"),
            Vector(
                key: .init(repeating: 0xaa, count: 131),
                message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                mac: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            Vector(
                key: .init(repeating: 0xaa, count: 131),
                message: Array(
                    ("This is a test using a larger than block-size key and a larger than block-size data. "
                        + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
                mac: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ]
    }

    @Test(arguments: Vector.all.indices)
    func `HMAC-SHA256 gives the standard's codes`(index: Int) {
        let vector = Vector.all[index]
        let mac = HMACSHA256.authenticate(key: vector.key, vector.message)
        #expect(mac.count == 32)
        #expect(mac.hexEncoded.hasPrefix(vector.mac))
    }

    @Test func `a message in parts has the code of the whole`() {
        let key = Array("key".utf8)
        let parts: [any ContiguousBytes] = [
            Array("id.".utf8), Data("1700000000.".utf8), [UInt8](), Array("{}".utf8)[...],
        ]
        #expect(
            HMACSHA256.authenticate(key: key, parts: parts)
                == HMACSHA256.authenticate(key: key, Array("id.1700000000.{}".utf8)))
    }

    // The code of the empty message under the empty key is widely published.
    @Test func `an empty key is a key`() {
        let expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(HMACSHA256.authenticate(key: [UInt8](), [UInt8]()).hexEncoded == expected)
        #expect(HMACSHA256.authenticate(key: Data(), Data()).hexEncoded == expected)
        // After a key was used, an empty one must not fall back to it.
        _ = HMACSHA256.authenticate(key: [1, 2, 3], [UInt8]())
        #expect(HMACSHA256.authenticate(key: [UInt8](), [UInt8]()).hexEncoded == expected)
    }

    @Test func `codes made at once on many threads are each their own`() async {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let vector = Vector.all[number % Vector.all.count]
                    return (0..<100).allSatisfy { _ in
                        HMACSHA256.authenticate(key: vector.key, vector.message).hexEncoded.hasPrefix(vector.mac)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
