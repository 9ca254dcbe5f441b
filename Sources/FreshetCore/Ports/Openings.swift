/// Answers agents who open a ticket.
package protocol Openings: Sendable {
    /// `nil` when the company has no such ticket. Its parts are worked on at once, within a deadline; those that cannot
    /// be had by then are named in `Opening.failures`.
    ///
    /// Throws `UpstreamError` where the ticket is not on record and the help desk does not say whether there is one; and
    /// `StoreError`.
    ///
    /// - Parameters:
    ///   - scope: a ticket outside it is not there, and none is shown.
    ///   - user: as for `Recommender.query`.
    func opening(
        of ticket: Int64, for company: CompanyID, within scope: AccessScope, by user: String?
    ) async throws -> Opening?
}

/// Finds links to the files that hang on a company's tickets.
package protocol AttachmentLinks: Sendable {
    /// A link signed just now, good for minutes, that whoever has it may follow; `nil` when there is no such file on such a
    /// ticket of the company.
    ///
    /// Throws `UpstreamError` when the help desk gives no usable answer, and `StoreError`.
    ///
    /// - Parameter scope: a ticket outside it is not there; nor is one whose labels nobody knows yet, unless it is
    ///   everything.
    func link(
        to attachment: Int64, of ticket: Int64, for company: CompanyID, within scope: AccessScope
    ) async throws -> String?
}
