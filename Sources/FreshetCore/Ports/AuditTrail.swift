/// Remembers what people with power did: each act before it is done, and what became of it.
package protocol AuditTrail: Sendable {
    /// Durable when it returns; an act that cannot be recorded must not be done. Throws `StoreError.unknownCompany`.
    func begin(_ act: AdminAct) async throws -> AdminActID
    /// Nothing where the act is no longer on record.
    func end(_ id: AdminActID, outcome: String) async throws
    /// Newest first, those older than `position`; of one company, or with `nil` of all and of none.
    func acts(of company: CompanyID?, before position: AdminActID?, limit: Int) async throws -> [(AdminActID, AdminAct)]
    /// Removes what is older, and all but the newest `kept`, of the company or with `nil` of none; how many.
    func prune(_ company: CompanyID?, before moment: Timestamp, keeping kept: Int) async throws -> Int
}

/// Where an act stands among all. The text is for positions in lists.
package struct AdminActID: Sendable, Equatable, CustomStringConvertible {
    package var at: Timestamp
    package var company: CompanyID?
    /// Counted up within the company.
    package var number: Int64

    package init(at: Timestamp, company: CompanyID?, number: Int64) {
        self.at = at
        self.company = company
        self.number = number
    }

    /// `1767225600000.12.acme`; without the last part for an act of no company.
    package var description: String { "\(at.milliseconds).\(number)" + (company.map { ".\($0)" } ?? "") }

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let at = Int64(parts[0]), let number = Int64(parts[1]), number > 0 else {
            return nil
        }
        if parts.count == 3 {
            guard let company = CompanyID(parts[2]) else { return nil }
            self.company = company
        }
        self.at = Timestamp(milliseconds: at)
        self.number = number
        // One spelling only.
        guard description == text else { return nil }
    }
}
