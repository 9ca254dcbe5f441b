package import FreshetCore
import FreshetSystem

/// What tells whether a document changed, and whether that costs anything (design 7): SHA-256 over canonical JSON.
///
/// **Content** is what a reader would read: subject, description, each message's id, text, author's role and
/// visibility, attachments' ids, names and sizes, and whether the ticket is resolved where a summary follows that.
/// **Facets** are what a user sees beside it or filters by: status, priority, type, source, tags, group, product,
/// agent, requester, organisation, custom fields, creation, archive, and the names of those who wrote.
/// **Neither**: what moves without a person (`updated_at`, the times of resolution, edit times, content types), links,
/// and what cannot change without the message being another one (its own time).
///
/// Of an article, content is title, text, translations with their languages, and attachments; facets are its folder,
/// category and visibility besides author and tags; neither are hits, thumbs and the like, which no document holds.
///
/// The names of authors are the set of all in the thread: one more message of somebody known to it is content alone.
package struct Fingerprints: Sendable, Equatable {
    package var content: Fingerprint
    package var facets: Fingerprint

    package init(content: Fingerprint, facets: Fingerprint) {
        self.content = content
        self.facets = facets
    }

    package init(of document: Document, followsResolution: Bool) {
        content = Fingerprint(of: document.content(followsResolution: followsResolution))
        facets = Fingerprint(facetsOf: document)
    }

    /// What to do about a document with these fingerprints, given what is on record for its item.
    ///
    /// A record without fingerprints (removed, or never indexed) calls for everything.
    package func difference(from record: DocumentRecord?) -> Difference {
        guard let known = record?.contentHash, let labels = record?.facetsHash, known == content else {
            return .content
        }
        return labels == facets ? .nothing : .facets
    }
}

/// How far a document has moved from what is on record.
package enum Difference: Sendable, Equatable {
    case nothing
    /// Only labels: nothing that a model was paid for changes.
    case facets
    case content
}

extension Fingerprint {
    /// The schemas. A change of what is covered or how it is written raises the number, and every item is due once.
    private static let contentVersion: Int64 = 1
    private static let facetsVersion: Int64 = 1

    /// Covers every field of `content` but the attachments' types.
    package init(of content: Content) {
        self.init(digest: SHA256.digest(Self.canonicalBytes(of: content)))
    }

    package init(facetsOf document: Document) {
        self.init(digest: SHA256.digest(Self.canonicalFacets(of: document)))
    }

    /// The canonical JSON under a content fingerprint.
    package static func canonicalBytes(of content: Content) -> [UInt8] {
        var writer = CanonicalWriter()
        // Escapes make it a little more; then the buffer grows once.
        writer.reserve(content.textSize * 17 / 16 + content.entries.count * 80 + content.attachments.count * 96 + 256)
        writer.write(content, version: contentVersion)
        return writer.bytes
    }

    /// The canonical JSON under a facets fingerprint.
    package static func canonicalFacets(of document: Document) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.reserve(2048)
        writer.write(facetsOf: document, version: facetsVersion)
        return writer.bytes
    }

    /// Of a text as it is, for keys of caches.
    package init(of text: String) {
        self.init(digest: SHA256.digest(Array(text.utf8)))
    }
}

extension Content {
    fileprivate var textSize: Int {
        let own = entries.reduce(subject.utf8.count + description.utf8.count) { $0 + $1.text.utf8.count }
        return translations.reduce(own) { $0 + $1.title.utf8.count + $1.text.utf8.count + 64 }
    }
}
