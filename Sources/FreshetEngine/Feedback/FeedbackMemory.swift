package import FreshetCore

/// The votes of the companies that asked lately, kept up with the store: what any process has written is seen by the next
/// answer.
package actor FeedbackMemory {
    private struct Known {
        var votes = Votes()
        var sequence: Int64 = 0
        var epoch: Int64
        var lastUse: UInt64 = 0
    }

    private let records: any FeedbackRecords
    private let companiesAtMost: Int
    private var known: [CompanyID: Known] = [:]
    private var uses: UInt64 = 0

    package init(records: any FeedbackRecords, companiesAtMost: Int = 256) {
        precondition(companiesAtMost > 0)
        self.records = records
        self.companiesAtMost = companiesAtMost
    }

    /// `nil` where feedback moves nothing: it is off, or there is none.
    func votes(of company: CompanyID) async throws -> Votes? {
        let state = try await records.state(of: company)
        guard state.isEnabled else {
            known[company] = nil
            return nil
        }
        if known[company]?.epoch != state.epoch { known[company] = Known(epoch: state.epoch) }
        if let sequence = known[company]?.sequence, sequence < state.sequence {
            let changes = try await records.changes(of: company, after: sequence)
            // Others may have asked meanwhile: what is in already may be put in again.
            if var current = known[company], current.epoch == state.epoch {
                for change in changes where change.sequence > current.sequence { current.votes.apply(change) }
                current.sequence = max(current.sequence, changes.last?.sequence ?? 0, state.sequence)
                known[company] = current
            }
        }
        uses += 1
        known[company]?.lastUse = uses
        if known.count > companiesAtMost, let oldest = known.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            known[oldest.key] = nil
        }
        guard let votes = known[company]?.votes, !votes.isEmpty else { return nil }
        return votes
    }
}
