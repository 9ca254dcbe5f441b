import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

struct FreshdeskListingTests {
    typealias Depth = FreshdeskListing.Depth

    @Test func `a quiet account is listed without a repeat, at one call per 99 rows`() throws {
        var desk = ListedDesk(rows: (1...5000).map { (Int64($0), Int64($0) * 7) })
        let listed = try desk.list(Depth())
        #expect(listed.ids == Array(1...5000))
        #expect(listed.calls <= 51)
        #expect(listed.omissions.isEmpty)
    }

    @Test(arguments: [0, 1, 99, 100, 101, 198, 199, 200])
    func `the end is found for any number of rows`(count: Int64) throws {
        var desk = ListedDesk(rows: (0..<count).map { ($0 + 1, $0) })
        let listed = try desk.list(Depth())
        #expect(listed.ids.count == Int(count))
        #expect(listed.calls <= Int(count) / 99 + 1)
    }

    @Test func `the window rolls past the depth that page numbers reach`() throws {
        // Each second has three rows, so page numbers are used; they reach 50 rows only.
        var desk = ListedDesk(rows: (1...500).map { (Int64($0), Int64($0) / 3) })
        let listed = try desk.list(Depth(pages: 5, perPage: 10))
        #expect(Set(listed.ids) == Set(1...500))
        #expect(listed.ids.count == 500)
        #expect(listed.omissions.isEmpty)
    }

    @Test func `a second with more rows than page numbers reach is left with a word, and the rest is listed`() throws {
        var rows: [(Int64, Int64)] = (1...20).map { (Int64($0), Int64($0)) }
        rows += (21...120).map { (Int64($0), 50) }
        rows += (121...160).map { (Int64($0), Int64($0)) }
        var desk = ListedDesk(rows: rows)
        let listed = try desk.list(Depth(pages: 5, perPage: 10))
        #expect(listed.omissions == [Timestamp(seconds: 50)])
        #expect(Set(listed.ids).isSuperset(of: Set(1...20).union(121...160)))
        #expect(Set(listed.ids).intersection(21...120).count >= 50)
    }

    @Test func `a whole account changed in one second is listed by page numbers`() throws {
        var desk = ListedDesk(rows: (1...2000).map { (Int64($0), 7) })
        let listed = try desk.list(Depth())
        #expect(listed.ids.count == 2000)
        #expect(listed.calls <= 24)
    }

    /// Rows change between the pages, in an order drawn from `seed`: each jumps to the end. Whatever stayed put must be
    /// named, however the seconds are shared.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `no row that stays put is missed while others move`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let spread = Int64.random(in: 1...400, using: &random)
        let rows = (1...400).map { (Int64($0), Int64.random(in: 0..<spread, using: &random)) }
        var desk = ListedDesk(rows: rows)
        let moves = Int.random(in: 0...4, using: &random)
        let listed = try desk.list(Depth(pages: 300, perPage: 20)) { desk in
            for _ in 0..<moves { desk.move(Int64.random(in: 1...400, using: &random)) }
        }
        let missed = desk.untouched.subtracting(listed.ids)
        #expect(missed.isEmpty, "seed \(seed): \(missed)")
        // A row that moved is named again, with its new time, unless the listing had ended.
        #expect(Set(listed.ids).count >= desk.untouched.count)
    }

    @Test func `a page that repeats for ever is not followed for ever`() {
        let listing = FreshdeskListing(since: .epoch)
        let rows = [TicketRowPayload(id: 1, updatedAt: .epoch), TicketRowPayload(id: 2, updatedAt: .epoch)]
        let depth = Depth()
        var place = listing
        for _ in 0..<5 {
            switch place.step(
                after: rows, hasNextPage: true, request: place.request(depth), depth: depth, rollsFreely: true)
            {
            case .rows(_, let next?, _): place = next
            case .malformed(let path):
                #expect(path == "tickets")
                return
            case .rows, .again: break
            }
        }
        Issue.record("it would go on")
    }

    @Test func `rows out of order or older than asked for are not believed`() {
        let listing = FreshdeskListing(since: Timestamp(seconds: 100))
        let depth = Depth()
        func step(_ seconds: [Int64]) -> FreshdeskListing.Step {
            let rows = seconds.enumerated().map { TicketRowPayload(id: Int64($0), updatedAt: Timestamp(seconds: $1)) }
            return listing.step(
                after: rows, hasNextPage: false, request: listing.request(depth), depth: depth, rollsFreely: true)
        }
        #expect(step([100, 101, 100]) == .malformed(path: "tickets[2].updated_at"))
        #expect(step([99]) == .malformed(path: "tickets[0].updated_at"))
    }

    @Test func `a position survives being stored, and any other text is known as foreign`() throws {
        var desk = ListedDesk(rows: (1...300).map { (Int64($0), Int64($0) / 5) })
        var place = FreshdeskListing(since: .epoch)
        for _ in 0..<2 { place = try #require(try desk.page(&place, Depth()).next) }
        #expect(FreshdeskListing(try place.position()) == place)
        for text in ["", "{}", "page 3", #"{"since":"x","offset":0,"seen":[]}"#, #"{"since":1}"#] {
            #expect(FreshdeskListing(ListingPosition(text: text)) == nil)
        }
    }
}

/// The ticket list of a help desk, as far as order and paging go.
private struct ListedDesk {
    private var rows: [(id: Int64, second: Int64)]
    private var latest: Int64
    private(set) var untouched: Set<Int64>

    init(rows: [(Int64, Int64)]) {
        self.rows = rows.map { (id: $0.0, second: $0.1) }
        latest = (rows.map(\.1).max() ?? 0) + 1
        untouched = Set(rows.map(\.0))
    }

    /// The row changes: it jumps to the end of the list.
    mutating func move(_ id: Int64) {
        guard let place = rows.firstIndex(where: { $0.id == id }) else { return }
        latest += 1
        rows[place].second = latest
        untouched.remove(id)
    }

    mutating func page(
        _ place: inout FreshdeskListing, _ depth: FreshdeskListing.Depth
    ) throws -> (rows: [TicketRowPayload], next: FreshdeskListing?, omission: Timestamp?, calls: Int) {
        for calls in 1...10 {
            let request = place.request(depth)
            try #require(request.page <= depth.pages && request.perPage <= depth.perPage)
            let window = rows.filter { $0.second >= place.since.secondsSinceEpoch }
                .sorted { ($0.second, $0.id) < ($1.second, $1.id) }
            let page = window.dropFirst(request.begin).prefix(request.perPage)
                .map { TicketRowPayload(id: $0.id, updatedAt: Timestamp(seconds: $0.second)) }
            let step = place.step(
                after: page, hasNextPage: window.count > request.end, request: request, depth: depth, rollsFreely: true)
            switch step {
            case .again(let anew): place = anew
            case .malformed(let path): throw UpstreamError.malformed(path: path)
            case .rows(let rows, let next, let omission): return (rows, next, omission, calls)
            }
        }
        throw UpstreamError.unreachable(detail: "moved for ever")
    }

    mutating func list(
        _ depth: FreshdeskListing.Depth, between: (inout ListedDesk) -> Void = { _ in }
    ) throws -> (ids: [Int64], calls: Int, omissions: [Timestamp]) {
        var ids: [Int64] = []
        var calls = 0
        var omissions: [Timestamp] = []
        var place: FreshdeskListing? = FreshdeskListing(since: .epoch)
        while var here = place, calls < 2000 {
            let page = try page(&here, depth)
            ids += page.rows.map(\.id)
            calls += page.calls
            if let omission = page.omission { omissions.append(omission) }
            place = page.next
            if calls < 40 { between(&self) }
        }
        return (ids, calls, omissions)
    }
}
