package import FreshetCore

/// What a company's policy says about documents: which to keep out, and what a summary follows.
package struct ContentPolicy: Sendable, Equatable {
    /// Becoming resolved or closed, and reopening, makes a new summary, because its result changes.
    package var followsResolution: Bool

    package init(followsResolution: Bool = true) { self.followsResolution = followsResolution }

    /// Why the document stays out of the index; `nil` when it belongs there.
    package func exclusion(of content: Content) -> String? {
        let hasText =
            !content.subject.isEmpty || !content.description.isEmpty || content.entries.contains { !$0.text.isEmpty }
        return hasText ? nil : "there is no text to find"
    }
}
