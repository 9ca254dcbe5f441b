import FreshetCore
import Testing

@testable import FreshetAdapters

@Suite struct `A point's id` {
    @Test func `is a UUID of version 5 and never changes`() {
        let item = Item(company: .named("tidewater"), platform: .freshdesk, kind: .ticket, originalID: 4711)
        var other = item
        #expect(PointID.text(of: item) == "a230571e-1582-55a0-8288-d7fc21b09069")
        for change in [{ $0.originalID = 4712 }, { $0.company = .globex }, { $0.kind = .article }]
            as [(inout Item) -> Void]
        {
            other = item
            change(&other)
            #expect(PointID.text(of: other) != PointID.text(of: item))
        }
    }
}
