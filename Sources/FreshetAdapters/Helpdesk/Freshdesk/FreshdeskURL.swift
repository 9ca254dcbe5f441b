package import Foundation

/// The root of a Freshdesk account that we are willing to send an API key to: `https://acme.freshdesk.com`.
///
/// A value exists only for the two kinds of address that are allowed: one label under `freshdesk.com` (its wildcard
/// certificate covers no more), over TLS, on the default port; or a development address, where a stand-in listens.
/// Spelled canonically: lower case, no trailing slash.
package struct FreshdeskURL: Sendable, Hashable, CustomStringConvertible {
    /// Without a trailing slash, so that a path that begins with one is appended.
    package let text: String
    /// Not Freshdesk itself but a stand-in.
    package let isDevelopment: Bool

    package var description: String { text }

    /// Judges what a person or a configuration file says.
    ///
    /// Loopback addresses (`localhost`, `127.…`, `[::1]`) are taken as development with `http` and `https` alike. Any
    /// other host that is not Freshdesk's is taken only with `allowDevelopment`, which a person must have said.
    package static func validate(
        _ text: String, allowDevelopment: Bool = false
    ) throws(FreshdeskURLError) -> FreshdeskURL {
        let parts = try FreshdeskURLParts(text)
        if parts.host.hasSuffix(".freshdesk.com") || parts.host == "freshdesk.com" {
            return try freshdesk(parts)
        }
        guard parts.isLoopback || allowDevelopment else { throw .foreignHost }
        guard parts.isLoopback || parts.isIPv6 || parts.isPlainName || parts.isPlainIPv4 else {
            throw .unclearHost
        }
        let port = parts.port.map { ":\($0)" } ?? ""
        return FreshdeskURL(text: "\(parts.scheme)://\(parts.host)\(port)", isDevelopment: true)
    }

    /// The address of a company on record: it was judged when the company was added, by a person who may have allowed
    /// a development address; its shape is judged again.
    package static func recorded(_ url: URL) throws(FreshdeskURLError) -> FreshdeskURL {
        try validate(url.absoluteString, allowDevelopment: true)
    }

    private static func freshdesk(_ parts: FreshdeskURLParts) throws(FreshdeskURLError) -> FreshdeskURL {
        let labels = parts.host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count == 3, let account = labels.first, FreshdeskURLParts.isLabel(account),
            !account.hasPrefix("xn--")
        else { throw .noAccount }
        guard parts.scheme == "https" else { throw .notEncrypted }
        guard parts.port == nil else { throw .port }
        return FreshdeskURL(text: "https://\(parts.host)", isDevelopment: false)
    }
}

/// Why an address was not accepted. The texts are for the person who typed it and do not repeat it.
package enum FreshdeskURLError: Error, Equatable, Sendable, CustomStringConvertible {
    case notAnAddress
    case scheme
    case userInfo
    case path
    case port
    case noAccount
    case notEncrypted
    case foreignHost
    case unclearHost

    package var description: String {
        switch self {
        case .notAnAddress: "not an address: write it like https://acme.freshdesk.com"
        case .scheme: "the address must begin with https:// (http:// only for a development address)"
        case .userInfo: "the address must not hold a user name or password: the API key is given apart"
        case .path: "the address must end after the host name: no path, query or fragment"
        case .port: "a Freshdesk account has no port; give one only for a development address"
        case .noAccount: "the host must be one account name under freshdesk.com, like acme.freshdesk.com"
        case .notEncrypted: "a Freshdesk account is called over https:// only"
        case .foreignHost: "the host is not under freshdesk.com; a development host must be allowed explicitly"
        case .unclearHost: "the host must be a plain name or a plain IP address"
        }
    }
}

/// An address taken apart by a grammar of our own, narrower than any URL parser's, so that no two readers of the text
/// can disagree about where it leads.
private struct FreshdeskURLParts {
    var scheme: String
    /// In lower case; an IPv6 address keeps its brackets.
    var host: String
    var port: Int?

    init(_ text: String) throws(FreshdeskURLError) {
        guard text.utf8.count <= 255, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .notAnAddress }
        guard let colon = text.range(of: "://") else { throw .notAnAddress }
        scheme = text[..<colon.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { throw .scheme }
        var authority = text[colon.upperBound...]
        if authority.hasSuffix("/") { authority.removeLast() }
        if authority.contains("@") { throw .userInfo }
        if authority.contains(where: { "/?#\\".contains($0) }) { throw .path }

        let rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .notAnAddress }
            host = authority[...end].lowercased()
            guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" }) else { throw .unclearHost }
            rest = authority[authority.index(after: end)...]
        } else {
            let end = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<end].lowercased()
            rest = authority[end...]
            guard !host.isEmpty else { throw .notAnAddress }
            guard host.utf8.allSatisfy({ Self.isHostByte($0) }), !host.hasSuffix("."), !host.hasPrefix("."),
                !host.contains("..")
            else { throw .unclearHost }
        }
        guard !rest.isEmpty else { return }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.first != "0",
            digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits), number <= 65535
        else { throw .notAnAddress }
        port = number
    }

    var isIPv6: Bool { host.hasPrefix("[") && host != "[]" }

    var isLoopback: Bool { host == "localhost" || host == "[::1]" || (isPlainIPv4 && host.hasPrefix("127.")) }

    /// Four decimal numbers without leading zeros: nothing that another reader takes as octal, hexadecimal or short.
    var isPlainIPv4: Bool {
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4
            && numbers.allSatisfy { text in
                guard let number = Int(text), (0...255).contains(number) else { return false }
                return String(number) == text
            }
    }

    /// Labels by the host name rules, the last of them not a number in any spelling.
    var isPlainName: Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel), !labels.contains(where: { $0.hasPrefix("xn--") }) else { return false }
        guard let last = labels.last else { return false }
        return !last.hasPrefix("0x") && !last.utf8.allSatisfy { (48...57).contains($0) }
    }

    static func isLabel(_ text: Substring) -> Bool {
        (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { isHostByte($0) && $0 != UInt8(ascii: ".") }
    }

    static func isHostByte(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
