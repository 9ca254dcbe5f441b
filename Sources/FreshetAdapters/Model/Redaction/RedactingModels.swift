package import FreshetCore

/// Who redacts what for which company.
package struct RedactionPolicy: Sendable, Equatable {
    package var usual: Redactor
    package var companies: [CompanyID: Redactor]

    package init(usual: Redactor = Redactor(), companies: [CompanyID: Redactor] = [:]) {
        self.usual = usual
        self.companies = companies
    }

    package func redactor(for company: CompanyID) -> Redactor { companies[company] ?? usual }
    package var isIdle: Bool { usual.isIdle && companies.values.allSatisfy(\.isIdle) }
}

/// Hides personal data from a summariser, and puts it back into what it says.
///
/// What stands behind a placeholder is known only while the call lasts, in this process: nothing of it is stored or sent.
package struct RedactingSummariser: Summariser {
    private let inner: any Summariser
    private let policy: RedactionPolicy

    package init(_ inner: any Summariser, policy: RedactionPolicy) {
        self.inner = inner
        self.policy = policy
    }

    package var identity: ModelIdentity { inner.identity }
    package func identity(for company: CompanyID) -> ModelIdentity { inner.identity(for: company) }
    package func isReady(for company: CompanyID) -> Bool { inner.isReady(for: company) }

    package func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        let redactor = policy.redactor(for: company)
        // What is built in sees everything: nothing leaves.
        guard !redactor.isIdle, !inner.identity(for: company).isBuiltin else {
            return try await inner.summary(of: content, for: company)
        }
        var placeholders = Placeholders(redactor, for: content.texts)
        let hidden = content.mapped { placeholders.redacted($0) }
        var summary = try await inner.summary(of: hidden, for: company)
        summary.problem = placeholders.restored(summary.problem)
        summary.cause = placeholders.restored(summary.cause)
        summary.solution = placeholders.restored(summary.solution)
        summary.result = placeholders.restored(summary.result)
        // A tag is shared by many items: nobody's address belongs there.
        summary.tags.removeAll { placeholders.isNamed(in: $0) }
        return summary
    }
}

/// Hides personal data from an embedder. A vector says nothing in words, so nothing is put back.
///
/// The placeholders are numbered by the text itself, so the same text is redacted to the same text.
package struct RedactingEmbedder: Embedder {
    private let inner: any Embedder
    private let policy: RedactionPolicy

    package init(_ inner: any Embedder, policy: RedactionPolicy) {
        self.inner = inner
        self.policy = policy
    }

    package var identity: ModelIdentity { inner.identity }
    package var dimensions: Int { inner.dimensions }
    package var usesStatistics: Bool { inner.usesStatistics }

    package func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        try await inner.embed(hidden(text, company), for: company)
    }

    package func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        try await inner.query(hidden(text, company), among: statistics, for: company)
    }

    private func hidden(_ text: String, _ company: CompanyID) -> String {
        let redactor = policy.redactor(for: company)
        guard !redactor.isIdle else { return text }
        var placeholders = Placeholders(redactor, for: [text])
        return placeholders.redacted(text)
    }
}

extension Content {
    /// All that is text, in order.
    fileprivate var texts: [String] {
        [subject, description] + entries.map(\.text) + translations.flatMap { [$0.title, $0.text] }
            + attachments.map(\.fileName)
    }

    fileprivate func mapped(_ change: (String) -> String) -> Content {
        var content = self
        content.subject = change(subject)
        content.description = change(description)
        for index in content.entries.indices { content.entries[index].text = change(content.entries[index].text) }
        for index in content.translations.indices {
            content.translations[index].title = change(content.translations[index].title)
            content.translations[index].text = change(content.translations[index].text)
        }
        for index in content.attachments.indices {
            content.attachments[index].fileName = change(content.attachments[index].fileName)
        }
        return content
    }
}
