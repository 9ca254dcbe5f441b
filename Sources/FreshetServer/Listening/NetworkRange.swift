#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif
import NIOCore

/// An IP address as bytes: 4 or 16. An IPv4 address mapped into IPv6 is the IPv4 address.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    /// In the one canonical spelling, whatever was read.
    package let description: String

    /// `nil` for anything but a plain IPv4 or IPv6 address.
    package init?(_ text: String) {
        // A longer text is no address, and one with a NUL would be read up to it only.
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        if let v4 = Self.read(text, AF_INET, length: 4) {
            bytes = v4
        } else if let v6 = Self.read(text, AF_INET6, length: 16) {
            let isMapped = v6[..<10].allSatisfy { $0 == 0 } && v6[10] == 0xFF && v6[11] == 0xFF
            bytes = isMapped ? Array(v6[12...]) : v6
        } else {
            return nil
        }
        var spelling = [CChar](repeating: 0, count: 64)
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &spelling, 64) != nil else { return nil }
        description = String(decoding: spelling.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `nil` for a Unix socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    private static func read(_ text: String, _ family: Int32, length: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: length)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    package static func == (a: NetworkAddress, b: NetworkAddress) -> Bool { a.bytes == b.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// Addresses with a common beginning: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct NetworkRange: Sendable, Equatable {
    private let prefix: [UInt8]
    private let length: Int

    /// `nil` when `text` is no range; bits behind the prefix must be zero.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = NetworkAddress(String(parts[0])) else { return nil }
        let bits = address.bytes.count * 8
        var length = bits
        if parts.count == 2 {
            guard let written = Int(parts[1]), String(written) == parts[1], (0...bits).contains(written) else {
                return nil
            }
            length = written
        }
        for bit in length..<max(length, bits) where address.bytes[bit / 8] & (0x80 >> (bit % 8)) != 0 { return nil }
        prefix = address.bytes
        self.length = length
    }

    package func contains(_ address: NetworkAddress) -> Bool {
        guard address.bytes.count == prefix.count else { return false }
        let whole = length / 8
        guard address.bytes[..<whole] == prefix[..<whole] else { return false }
        let rest = length % 8
        return rest == 0 || (address.bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }
}

/// Who sent a request, as far as that can be believed.
enum Sender {
    /// The peer itself, unless it is a trusted proxy: then the last address in `X-Forwarded-For` that is not one.
    ///
    /// Read from the right, because whatever stands further left was written by somebody nobody vouches for. Text that
    /// is no address ends the search.
    static func address(
        peer: NetworkAddress?, forwardedFor lines: [[UInt8]], trusted: [NetworkRange]
    ) -> NetworkAddress? {
        guard var known = peer else { return nil }
        guard trusted.contains(where: { $0.contains(known) }) else { return known }
        let members = lines.joined(separator: [UInt8(ascii: ",")]).split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        for member in members.reversed() {
            guard let next = NetworkAddress(String(decoding: Grammar.trimmed(member), as: UTF8.self)) else { break }
            known = next
            if !trusted.contains(where: { $0.contains(next) }) { break }
        }
        return known
    }
}
