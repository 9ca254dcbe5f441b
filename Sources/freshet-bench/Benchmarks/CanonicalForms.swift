import FreshetCore
import FreshetDocuments

/// The bytes that a document's two fingerprints are made of.
struct CanonicalForms {
    var content: [UInt8]
    var facets: [UInt8]

    init(_ document: Document) {
        content = Fingerprint.canonicalBytes(of: document.content(followsResolution: true))
        facets = Fingerprint.canonicalFacets(of: document)
    }
}
