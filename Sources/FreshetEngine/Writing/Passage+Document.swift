import FreshetCore

extension Passage {
    /// What of a document may be shown to a writer. Automatic messages say nothing about the case, and file names may
    /// come from a note.
    ///
    /// - Parameter includesPrivate: whether private notes are in it. Never for what a requester may read.
    init(_ document: Document, includesPrivate: Bool) {
        let isArticle = document.item.kind == .article
        var parts: [Part] = []
        func add(_ voice: Voice, _ text: String) {
            if text.contains(where: { !$0.isWhitespace }) { parts.append(Part(voice: voice, text: text)) }
        }
        add(isArticle ? .article : .requester, document.description)
        for message in document.conversations where includesPrivate || !message.isPrivate {
            switch message.author.role {
            case .requester: add(.requester, message.body)
            case .agent: add(.agent, message.body)
            case .automatic: continue
            }
        }
        for translation in document.translations { add(.article, translation.title + "\n" + translation.text) }
        let people =
            isArticle
            ? []
            : document.conversations.compactMap(\.author.name)
                + [document.metadata.requester?.name, document.metadata.agent?.name].compactMap { $0 }
        self.init(
            item: document.item, subject: document.subject, parts: parts, people: Array(Set(people)).sorted())
    }
}
