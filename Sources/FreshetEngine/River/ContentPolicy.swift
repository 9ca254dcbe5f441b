package import FreshetCore

/// What a company's policy says about documents: which to keep out, and what a summary follows.
package struct ContentPolicy: Sendable, Equatable {
    /// Becoming resolved or closed, and reopening, makes a new summary, because its result changes.
    package var followsResolution: Bool
    /// What is not worth a paid summary.
    package var gate: GateRules
    /// An item that a run looks at gets a summary by a newly configured model although its content has not changed; else
    /// only new contents do.
    package var renewsUnchanged: Bool

    package init(followsResolution: Bool = true, gate: GateRules = GateRules(), renewsUnchanged: Bool = true) {
        self.followsResolution = followsResolution
        self.renewsUnchanged = renewsUnchanged
        self.gate = gate
    }

    /// Why the document stays out of the index; `nil` when it belongs there.
    ///
    /// Of articles, drafts stay out, and those whose folder is for a named audience: an answer of ours may reach anybody
    /// whom an agent writes to.
    package func exclusion(of document: Document) -> String? {
        if let place = document.metadata.article?.place {
            if place.isDraft { return "it is a draft" }
            if place.visibility.isRestricted { return Self.reason(for: place.visibility) }
        }
        let hasText =
            !document.subject.isEmpty || !document.description.isEmpty
            || document.conversations.contains { !$0.body.isEmpty } || !document.translations.isEmpty
        if !hasText { return "there is no text to find" }
        guard gate.excludes, let reason = gate.reason(against: document) else { return nil }
        return "the gate keeps it out: \(reason.explanation)"
    }

    private static func reason(for visibility: Visibility) -> String {
        switch visibility {
        case .companies: "its folder is for named companies only"
        case .contactSegments: "its folder is for segments of contacts only"
        case .companySegments: "its folder is for segments of companies only"
        case .bots: "its folder is for bots only"
        case .everyone, .customers, .agents, .unknown: "who may read its folder is not known"
        }
    }
}
