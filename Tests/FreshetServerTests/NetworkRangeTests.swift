import FreshetServer
import Testing

@Suite struct `Network ranges` {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("192.168.4.0/22", "192.168.7.255", true),
        ("192.168.4.0/22", "192.168.8.0", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
        ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::/0", "2001:db8::", true),
    ])
    func `hold what begins like them`(range: String, address: String, isIn: Bool) throws {
        let range = try #require(NetworkRange(range))
        let address = try #require(NetworkAddress(address))
        #expect(range.contains(address) == isIn)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8", "10.0.0/8", "10.0.0.0/8/8", "example.com",
        "10.0.0.0/", "/8", "::/129", "2001:db8::1/32", "10.0.0.0/+8", "1.2.3.4.5",
    ])
    func `refuse what is no range`(_ text: String) { #expect(NetworkRange(text) == nil) }
}
