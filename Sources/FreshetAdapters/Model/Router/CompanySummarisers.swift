package import FreshetCore

/// A summariser for everybody, and others for companies whose texts may go to certain providers only.
package struct CompanySummarisers: Summariser {
    private let standard: any Summariser
    private let own: [CompanyID: any Summariser]

    package init(standard: any Summariser, own: [CompanyID: any Summariser]) {
        self.standard = standard
        self.own = own
    }

    package var identity: ModelIdentity { standard.identity }
    package func identity(for company: CompanyID) -> ModelIdentity { summariser(for: company).identity }
    package func isReady(for company: CompanyID) -> Bool { summariser(for: company).isReady(for: company) }

    package func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        try await summariser(for: company).summary(of: content, for: company)
    }

    private func summariser(for company: CompanyID) -> any Summariser { own[company] ?? standard }
}
