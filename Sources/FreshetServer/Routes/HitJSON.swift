import FreshetCore

/// A hit as every answer of the recommend API shows it.
enum HitJSON {
    static func write(_ hits: [Hit], highlights: Bool = false, into text: inout JSONText) {
        text.raw("[")
        for (index, hit) in hits.enumerated() {
            if index > 0 { text.raw(",") }
            write(hit, highlights: highlights, into: &text)
        }
        text.raw("]")
    }

    static func write(_ summary: Summary, into text: inout JSONText) {
        text.raw("{\"problem\":")
        text.string(summary.problem)
        text.member("cause", summary.cause)
        text.member("solution", summary.solution)
        text.member("result", summary.result)
        text.raw(",\"tags\":")
        text.strings(summary.tags)
        text.member("language", summary.language)
        text.raw("}")
    }

    private static func write(_ hit: Hit, highlights: Bool, into text: inout JSONText) {
        let name = Recommended(hit)
        text.raw("{\"original_id\":\"\(name.originalID)\",\"doc_type\":\"\(name.kind.rawValue)\",\"score\":")
        text.number(hit.score)
        if let attachment = hit.attachment { write(attachment, of: hit.item, into: &text) }
        text.member("subject", hit.subject)
        text.raw(",\"summary\":")
        write(hit.summary, into: &text)
        // Made by the built-in summariser while no model could; it is replaced as soon as one can.
        if hit.summary.isStandIn { text.raw(",\"provisional\":true") }
        text.member("status", hit.metadata.status.name ?? hit.metadata.stage.rawValue)
        text.member("priority", hit.metadata.priority.name)
        text.raw(",\"tags\":")
        text.strings(hit.metadata.tags)
        if let article = hit.metadata.article {
            text.member("category", article.place.category.name)
            text.member("folder", article.place.folder.name)
            text.member("visibility", article.place.visibility.rawValue)
            text.raw(",\"internal\":\(article.place.visibility.isInternal)")
            text.raw(",\"languages\":")
            text.strings(article.languages)
        }
        text.member("updated_at", hit.metadata.updatedAt.iso8601)
        text.member("created_at", hit.metadata.createdAt.iso8601)
        text.member("indexed_at", hit.indexedAt.iso8601)
        text.raw(",\"stale\":\(hit.isStale),\"match\":{\"terms\":")
        text.strings(hit.match.terms)
        text.member("field", hit.match.field?.rawValue)
        text.raw("}")
        if hit.movedUp != 0 { text.raw(",\"moved_up\":\(hit.movedUp)") }
        if highlights { write(hit.highlights, into: &text) }
        text.raw("}")
    }

    private static func write(_ attachment: Attachment, of item: Item, into text: inout JSONText) {
        text.member("file_name", attachment.fileName)
        text.member("content_type", attachment.contentType)
        text.raw(",\"size\":\(attachment.size),\"\(item.kind.rawValue)_id\":\"\(item.originalID)\"")
        if item.kind == .ticket {
            text.raw(",\"url\":\"/attachments/\(item.originalID)/\(attachment.attachmentID)\"")
        }
    }

    /// `{"subject":[[0,7]]}`: pairs of beginning and end.
    private static func write(_ highlights: [Highlight], into text: inout JSONText) {
        text.raw(",\"highlight\":{")
        for (index, highlight) in highlights.enumerated() {
            if index > 0 { text.raw(",") }
            text.string(highlight.field.rawValue)
            let pairs = highlight.ranges.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",")
            text.raw(":[\(pairs)]")
        }
        text.raw("}")
    }
}

extension JSONText {
    /// A member that is not the first one.
    mutating func member(_ name: String, _ value: String?) {
        raw(",\"\(name)\":")
        string(value)
    }
}
