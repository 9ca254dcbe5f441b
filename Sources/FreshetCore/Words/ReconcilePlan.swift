/// What a reconcile would do, without doing it: for a person to read, keep and have carried out.
package struct ReconcilePlan: Sendable, Equatable, Codable {
    package enum Action: String, Sendable, Codable, CaseIterable {
        /// Not on record yet, or removed and back again.
        case create
        /// Listed with another time of change than the last run saw.
        case update
        /// On record and listed in the trash or as spam.
        case remove
        /// On record and listed nowhere: to be asked for by id.
        case check
    }

    package struct Step: Sendable, Equatable, Codable {
        package var item: String
        package var action: Action
        /// The time of change that the help desk told, and the one that the last run saw.
        package var listedAt: Timestamp?
        package var knownAt: Timestamp?
        /// What speaks for a removal.
        package var proof: Findings.Proof?
        package var apiCalls: Int

        package init(
            item: String, action: Action, listedAt: Timestamp? = nil, knownAt: Timestamp? = nil,
            proof: Findings.Proof? = nil, apiCalls: Int
        ) {
            self.item = item
            self.action = action
            self.listedAt = listedAt
            self.knownAt = knownAt
            self.proof = proof
            self.apiCalls = apiCalls
        }

        enum CodingKeys: String, CodingKey {
            case item, action, proof
            case listedAt = "listed_at"
            case knownAt = "known_at"
            case apiCalls = "api_calls"
        }
    }

    /// API calls of the reconcile: for its listings, and for reading what it would mark. Look-ups that tickets share are
    /// not among them.
    package struct Calls: Sendable, Equatable, Codable {
        package var listing: Int
        package var reading: Int
        package var total: Int

        package init(listing: Int, reading: Int) {
            self.listing = listing
            self.reading = reading
            total = listing + reading
        }
    }

    package var version = 1
    package var company: CompanyID
    package var platform: Platform
    package var mode: Reconcile.Mode
    package var since: Timestamp?
    package var madeAt: Timestamp
    /// The newest change that its listings named: what moved since is listed from here on.
    package var listedTo: Timestamp
    package var seen: Int
    package var unchanged: Int
    /// Steps by action; every action is there.
    package var counts: [String: Int]
    /// The removals are more than the cap: they would wait for a person.
    package var withholdsRemovals: Bool
    package var calls: Calls
    package var callsPerMinute: Int?
    /// At the pace that the account's budget allows; `nil` where no limit is known.
    package var minutes: Double?
    /// Text that models would read, about; what has been made before is not read again.
    package var tokens: Int
    /// For those; `nil` where a model's price is not known.
    package var money: Double?
    /// Of `money`; `nil` where the models are built in.
    package var currency: String?
    /// Items that the gate keeps from the paid summariser, as far as their text is on record.
    package var gated: Int?
    package var steps: [Step]

    package init(
        company: CompanyID, platform: Platform, mode: Reconcile.Mode, since: Timestamp?, madeAt: Timestamp,
        listedTo: Timestamp, seen: Int, unchanged: Int, withholdsRemovals: Bool, calls: Calls, callsPerMinute: Int?,
        tokens: Int, money: Double?, currency: String? = nil, gated: Int? = nil, steps: [Step]
    ) {
        self.company = company
        self.platform = platform
        self.mode = mode
        self.since = since
        self.madeAt = madeAt
        self.listedTo = listedTo
        self.seen = seen
        self.unchanged = unchanged
        self.withholdsRemovals = withholdsRemovals
        self.calls = calls
        self.callsPerMinute = callsPerMinute
        minutes = callsPerMinute.map { Double(calls.total) / Double(max(1, $0)) }
        self.tokens = tokens
        self.money = money
        self.currency = currency
        self.gated = gated
        self.steps = steps
        counts = Dictionary(
            uniqueKeysWithValues: Action.allCases.map { action in
                (action.rawValue, steps.count { $0.action == action })
            })
    }

    enum CodingKeys: String, CodingKey {
        case version, platform, mode, since, seen, unchanged, counts, minutes, tokens, money, currency, gated, steps
        case company = "company_id"
        case madeAt = "made_at"
        case listedTo = "listed_to"
        case withholdsRemovals = "withholds_removals"
        case calls = "api_calls"
        case callsPerMinute = "calls_per_minute"
    }

    /// The item of a step; `nil` for a name of no kind of ours.
    package func item(of step: Step) -> Item? {
        let parts = step.item.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = ItemKind(rawValue: String(parts[0])), let id = Int64(parts[1]), id > 0 else {
            return nil
        }
        return Item(company: company, platform: platform, kind: kind, originalID: id)
    }
}
