package import FreshetCore

/// Gives out links to files of tickets that are there.
///
/// The company's own key asks its own help desk, so no link to another company's file can come of it. What is known to be
/// gone, or was erased, is not asked for.
package struct TicketAttachments: AttachmentLinks {
    private let documents: any Documents
    private let desks: any AttachmentDesks

    package init(documents: any Documents, desks: any AttachmentDesks) {
        self.documents = documents
        self.desks = desks
    }

    package func link(
        to attachment: Int64, of ticket: Int64, for company: CompanyID, within scope: AccessScope
    ) async throws -> String? {
        let item = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: ticket)
        let record = try await documents.record(of: item)
        guard record?.state != .removed, record?.isErased != true,
            scope == .everything || record?.document.map({ scope.allows($0.metadata) }) == true
        else { return nil }
        do {
            return try await desks.attachments(of: company).attachmentLink(attachment, of: item)
        } catch UpstreamError.forbidden {
            // Out of the reach of the company's key.
            return nil
        }
    }
}
