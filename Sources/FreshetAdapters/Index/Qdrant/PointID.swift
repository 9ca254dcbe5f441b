package import FreshetCore
import FreshetSystem

/// The id of an item's point in an index that wants UUIDs.
package enum PointID {
    /// UUIDv5 (RFC 9562, 5.5) of `company/platform/doc_type/original_id` in our own namespace, lower case with hyphens.
    ///
    /// The same on every machine and for ever: indexes of customers hold these ids.
    package static func text(of item: Item) -> String {
        let digest = SHA1.digest(namespace + Array(item.description.utf8))
        var bytes = Array(digest.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            let digits = String(byte, radix: 16)
            text += digits.count == 1 ? "0" + digits : digits
        }
        return text
    }

    /// c2a07e30-332b-400b-a5b5-4adae9e152a5, drawn at random once.
    private static let namespace: [UInt8] = [
        0xC2, 0xA0, 0x7E, 0x30, 0x33, 0x2B, 0x40, 0x0B, 0xA5, 0xB5, 0x4A, 0xDA, 0xE9, 0xE1, 0x52, 0xA5,
    ]
}
