import FreshetSystem
import Testing

struct SealingTests {
    /// AES-256 test cases 13 to 16 of the GCM specification (McGrew and Viega, appendix B).
    struct Vector: Sendable {
        var key: String
        var nonce: String
        var plaintext = ""
        var associatedData = ""
        var ciphertext = ""
        var tag: String

        static let feff = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
        static let plain =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
        static let cipher =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"

        static let all = [
            Vector(
                key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
                tag: "530f8afbc74536b9a963b4f1c4cb738b"),
            Vector(
                key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
                plaintext: String(repeating: "0", count: 32), ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
                tag: "d0d1c8a799996bf0265b98b5d48ab919"),
            Vector(
                key: feff, nonce: "cafebabefacedbaddecaf888", plaintext: plain, ciphertext: cipher,
                tag: "b094dac5d93471bdec1a502270e3cc6c"),
            Vector(
                key: feff, nonce: "cafebabefacedbaddecaf888", plaintext: String(plain.prefix(120)),
                associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2", ciphertext: String(cipher.prefix(120)),
                tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
        ]
    }

    @Test(arguments: Vector.all.indices)
    func `opens the specification's own boxes`(index: Int) throws {
        let vector = Vector.all[index]
        let box = try #require([UInt8](hexEncoded: vector.nonce + vector.ciphertext + vector.tag))
        let key = try #require([UInt8](hexEncoded: vector.key))
        let associatedData = try #require([UInt8](hexEncoded: vector.associatedData))
        #expect(try AES256GCM.open(box, key: key, associatedData: associatedData).hexEncoded == vector.plaintext)
    }

    private let key = Array("0123456789abcdef0123456789ABCDEF".utf8)
    private let company = Array("acme".utf8)

    @Test(arguments: [0, 1, 15, 16, 17, 100_000])
    func `what was sealed opens again`(size: Int) throws {
        let plaintext = randomBytes(size)
        let box = try AES256GCM.seal(plaintext, key: key, associatedData: company)
        #expect(box.count == size + AES256GCM.overhead)
        #expect(try AES256GCM.open(box, key: key, associatedData: company) == plaintext)
    }

    @Test func `no two seals look alike`() throws {
        let boxes = try (0..<200).map { _ in try AES256GCM.seal([1, 2, 3], key: key) }
        #expect(Set(boxes).count == 200)
        #expect(Set(boxes.map { Array($0.prefix(12)) }).count == 200)
    }

    @Test func `a change of any bit of nonce, ciphertext or tag is noticed`() throws {
        let box = try AES256GCM.seal(Array("secret".utf8), key: key, associatedData: company)
        for bit in 0..<box.count * 8 {
            var changed = box
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: AES256GCM.Failure.notAuthentic, "bit \(bit)") {
                try AES256GCM.open(changed, key: key, associatedData: company)
            }
        }
    }

    @Test func `a box that is cut or longer does not open`() throws {
        let box = try AES256GCM.seal(Array("secret".utf8), key: key, associatedData: company)
        for count in 0..<box.count {
            #expect(throws: AES256GCM.Failure.notAuthentic) {
                try AES256GCM.open(Array(box.prefix(count)), key: key, associatedData: company)
            }
        }
        #expect(throws: AES256GCM.Failure.notAuthentic) {
            try AES256GCM.open(box + [0], key: key, associatedData: company)
        }
    }

    @Test func `a box opens for nothing else than it was sealed for`() throws {
        let box = try AES256GCM.seal(Array("secret".utf8), key: key, associatedData: company)
        for other in [[], Array("acm".utf8), Array("acme2".utf8), Array("Acme".utf8)] {
            #expect(throws: AES256GCM.Failure.notAuthentic) {
                try AES256GCM.open(box, key: key, associatedData: other)
            }
        }
        #expect(throws: AES256GCM.Failure.notAuthentic) {
            try AES256GCM.open(box, key: key.reversed(), associatedData: company)
        }
    }

    @Test(arguments: [0, 16, 24, 31, 33, 64])
    func `a key of another length is refused`(length: Int) throws {
        let key = randomBytes(length)
        #expect(throws: AES256GCM.Failure.keyLength(length)) { try AES256GCM.seal([1], key: key) }
        #expect(throws: AES256GCM.Failure.keyLength(length)) { try AES256GCM.open([1], key: key) }
    }

    @Test func `random bytes are as many as asked for and never the same`() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(33).count == 33)
        #expect(Set((0..<1000).map { _ in randomBytes(16) }).count == 1000)
    }
}
