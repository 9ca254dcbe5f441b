/// What an agent gets beside a ticket that they open: what it is about, tickets like it, articles about it.
package struct Opening: Sendable, Equatable {
    /// What can be missing by itself.
    package enum Part: String, Sendable, CaseIterable { case summary, similar, articles }

    /// Names the whole of it, for feedback.
    package var id: String
    package var ticket: Item
    package var subject: String
    package var metadata: Metadata
    /// `isStandIn` where it is only for the time being.
    package var summary: Summary?
    /// Solved ones first where they are equally near. Never the ticket itself, what was merged with it, or its children.
    package var similar: [Hit]
    package var articles: [Hit]
    /// The index does not hold the ticket as it is now.
    package var isStale: Bool
    /// What could not be had in time, and why, in our own words.
    package var failures: [Part: String]

    package init(
        id: String, ticket: Item, subject: String, metadata: Metadata, summary: Summary? = nil, similar: [Hit] = [],
        articles: [Hit] = [], isStale: Bool = false, failures: [Part: String] = [:]
    ) {
        self.id = id
        self.ticket = ticket
        self.subject = subject
        self.metadata = metadata
        self.summary = summary
        self.similar = similar
        self.articles = articles
        self.isStale = isStale
        self.failures = failures
    }
}
