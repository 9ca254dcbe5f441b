/// What is embedded of an item: its subject, twice for weight, and its summary. Tags and result are left out: the one
/// repeats words of the others, and the other says how it ended rather than what it was about.
package func embeddingText(subject: String, summary: Summary) -> String {
    var parts = [subject, subject]
    for part in [summary.problem, summary.cause, summary.solution] where !part.isEmpty {
        // A cause is often one of the problem's own sentences.
        if !parts.contains(where: { $0.contains(part) }) { parts.append(part) }
    }
    return parts.joined(separator: "\n")
}
