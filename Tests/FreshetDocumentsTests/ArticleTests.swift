import Foundation
import FreshetCore
import FreshetDocuments
import FreshetTestKit
import Testing

/// Articles: what counts as content, what as a label, and what as nothing.
@Suite struct ArticleTests {
    private func prints(_ article: SourceArticle) -> Fingerprints {
        Fingerprints(of: Document(merging: article), followsResolution: true)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `two fetches without a change by people are equal in both`(seed: UInt64) {
        var samples = SampleTickets(seed: seed)
        let sample = samples.article()
        let first = Document(merging: sample.article)
        for _ in 0..<3 {
            let second = Document(merging: samples.redelivered(sample))
            #expect(
                Fingerprints(of: first, followsResolution: true) == Fingerprints(of: second, followsResolution: false),
                "seed \(seed)")
            #expect(second.changes(since: first) == [], "seed \(seed)")
            #expect(second.mergedContent == first.mergedContent, "seed \(seed)")
            #expect(second.titles == first.titles, "seed \(seed)")
        }
    }

    struct Change: CustomTestStringConvertible, Sendable {
        var name: String
        var difference: Difference
        var apply: @Sendable (inout SourceArticle) -> Void
        var testDescription: String { name }

        init(_ name: String, _ difference: Difference, _ apply: @escaping @Sendable (inout SourceArticle) -> Void) {
            self.name = name
            self.difference = difference
            self.apply = apply
        }
    }

    static let changes: [Change] = [
        Change("subject", .content) { $0.title += " again" },
        Change("description", .content) { $0.descriptionHTML += "<p>PS</p>" },
        Change("translation ko", .content) { $0.translations[0].title += "!" },
        Change("translation ko", .content) { $0.translations[0].descriptionHTML += "<p>PS</p>" },
        Change("translation ko removed", .content) { $0.translations.removeFirst() },
        Change("translation fr added", .content) {
            $0.translations.append(SourceTranslation(language: "fr", title: "Titre", descriptionHTML: ""))
        },
        Change("attachment 5 added", .content) {
            $0.attachments.append(Attachment(attachmentID: 5, fileName: "a", contentType: nil, size: 1))
        },
        Change("attachment 77", .content) { $0.attachments[0].size += 1 },
        Change("status", .facets) { $0.metadata.status = Label(id: 3, name: "Retired") },
        Change("tags", .facets) { $0.metadata.tags.append("late") },
        Change("agent", .facets) { $0.metadata.agent = Person(id: 88, name: "Mina") },
        Change("created_at", .facets) { $0.metadata.createdAt = Timestamp(seconds: 1_772_534_001) },
        Change("category", .facets) { $0.metadata.article?.place.category.name = "Elsewhere" },
        Change("folder", .facets) { $0.metadata.article?.place.folder = Label(id: 4, name: "Pairing") },
        Change("folder", .facets) { $0.metadata.article?.place.folder.name = "Renamed" },
        Change("visibility", .facets) { $0.metadata.article?.place.visibility = .agents },
        Change("draft", .facets) { $0.metadata.article?.place.isDraft = true },
        Change("language", .facets) { $0.metadata.article?.language = "de" },
    ]

    @Test(arguments: changes, [1, 2, 3] as [UInt64])
    func `a change that people see alters exactly the right one`(change: Change, seed: UInt64) {
        var samples = SampleTickets(seed: seed)
        let article = samples.article().article
        var changed = article
        change.apply(&changed)
        changed.metadata.updatedAt = Timestamp(seconds: 1_772_550_000)
        let before = prints(article)
        let after = prints(changed)
        #expect((before.content != after.content) == (change.difference == .content), "seed \(seed)")
        #expect((before.facets != after.facets) == (change.difference == .facets), "seed \(seed)")
        #expect(
            Document(merging: changed).changes(since: Document(merging: article)) == [change.name], "seed \(seed)")
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `what is hashed is canonical JSON`(seed: UInt64) throws {
        var samples = SampleTickets(seed: seed)
        let document = Document(merging: samples.article().article)
        for bytes in [
            Fingerprint.canonicalBytes(of: document.content(followsResolution: true)),
            Fingerprint.canonicalFacets(of: document),
        ] {
            let value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            #expect(try CanonicalJSON.bytes(of: value) == bytes, "seed \(seed)")
        }
    }

    /// A change of this text re-summarises every article there is, so it comes with a new schema version.
    @Test func `the schema stays as it was`() {
        let content = Content(
            kind: .article, subject: "S", description: "한글\nx", entries: [],
            translations: [Translation(language: "ko", title: "제목", text: "t")],
            attachments: [Attachment(attachmentID: 7, fileName: "a.txt", contentType: "ignored", size: 12)],
            isResolved: false)
        #expect(
            String(decoding: Fingerprint.canonicalBytes(of: content), as: UTF8.self)
                == #"{"attachments":[{"id":"7","name":"a.txt","size":12}],"description":"한글\nx","kind":"article","subject":"S","translations":[{"language":"ko","text":"t","title":"제목"}],"v":1}"#
        )
        let facets = Fingerprint.canonicalFacets(
            of: Document(
                item: SampleTickets.articleItem, subject: "", description: "", conversations: [], attachments: [],
                metadata: Metadata(
                    stage: .other, status: Label(id: 2, name: "Published"), priority: Label(id: 0), type: nil,
                    source: Label(id: 0), tags: [], createdAt: .epoch, updatedAt: .epoch,
                    article: ArticleLabels(
                        place: ArticlePlace(
                            category: Label(id: 1, name: "C"), folder: Label(id: 2), visibility: .customers,
                            isDraft: false), language: "en"))))
        #expect(
            String(decoding: facets, as: UTF8.self).contains(
                #""archived":false,"article":{"category":{"id":"1","name":"C"},"draft":false,"folder":{"id":"2","name":null},"language":"en","visibility":"customers"},"authors":[]"#
            ))
    }

    @Test func `an article and a ticket of the same words are not the same content`() {
        let ticket = Content(subject: "S", description: "d", entries: [], attachments: [], isResolved: false)
        var article = ticket
        article.kind = .article
        #expect(Fingerprint(of: ticket) != Fingerprint(of: article))
    }

    @Test func `an article reads as its text, then each language`() {
        var samples = SampleTickets(seed: 5)
        var article = samples.article().article
        article.title = " Pair  a panel "
        article.descriptionHTML = "<ol><li>Hold the pin.</li><li>Scan &amp; wait.</li></ol>"
        article.translations = [
            SourceTranslation(language: "ko", title: "패널 페어링", descriptionHTML: "<p>핀을 누르세요.</p>"),
            SourceTranslation(language: "de", title: "", descriptionHTML: "<p> </p>"),
        ]
        article.attachments = []
        let document = Document(merging: article)
        #expect(document.subject == "Pair a panel")
        #expect(document.mergedContent == "Hold the pin.\nScan & wait.\n\n[ko]\n패널 페어링\n핀을 누르세요.")
        #expect(document.titles == "Pair a panel\n패널 페어링")
        #expect(document.metadata.article?.translations == ["ko"], "one without any text is none")
        #expect(document.metadata.article?.languages == ["en", "ko"])
    }

    @Test func `inside a folder nobody comes whom it turns away`() {
        #expect(Visibility.everyone.inside(.agents) == .agents)
        #expect(Visibility.agents.inside(.everyone) == .agents)
        #expect(Visibility.companies.inside(.agents) == .companies)
        #expect(Visibility.bots.inside(.unknown) == .unknown)
        #expect(Visibility.allCases.filter(\.isRestricted).count == 5)
        #expect(Visibility.allCases.filter { !$0.isInternal } == [.everyone, .customers])
    }
}

extension SampleTickets {
    static var articleItem: Item {
        var item = SampleTickets.item(42)
        item.kind = .article
        return item
    }

    struct ArticleSample {
        var article: SourceArticle
        var lines: [String]
        var korean: [String]
    }

    mutating func article() -> ArticleSample {
        let lines = self.lines()
        let korean = self.lines()
        let metadata = Metadata(
            stage: .other, status: Label(id: 2, name: "Published"), priority: Label(id: 0), type: nil,
            source: Label(id: 0), tags: ["hub", "Ärger"], agent: Person(id: 8, name: "Jörg"),
            createdAt: Timestamp(seconds: 1_772_534_000), updatedAt: Timestamp(seconds: 1_772_535_999),
            article: ArticleLabels(
                place: ArticlePlace(
                    category: Label(id: 1, name: "Panels"), folder: Label(id: 2, name: "Troubleshooting"),
                    visibility: .everyone, isDraft: false), language: "en"))
        let article = SourceArticle(
            item: Self.articleItem, title: line(), descriptionHTML: html(lines),
            translations: [
                SourceTranslation(language: "ko", title: line(), descriptionHTML: html(korean)),
                SourceTranslation(language: "pt-BR", title: line(), descriptionHTML: "<p>\(random.next())</p>"),
            ],
            attachments: [
                Attachment(attachmentID: 77, fileName: "map 1.pdf", contentType: "application/pdf", size: 12),
                Attachment(attachmentID: 78, fileName: "b.png", contentType: nil, size: 13),
            ], metadata: metadata)
        return ArticleSample(article: article, lines: lines, korean: korean)
    }

    /// The same once more, with everything that moves on its own moved.
    mutating func redelivered(_ sample: ArticleSample) -> SourceArticle {
        var article = sample.article
        article.descriptionHTML = html(sample.lines)
        article.translations[0].descriptionHTML = html(sample.korean)
        article.translations.shuffle(using: &random)
        article.title = "  " + article.title.replacing(" ", with: "  ") + "\n"
        article.attachments.shuffle(using: &random)
        for at in article.attachments.indices { article.attachments[at].contentType = nil }
        article.metadata.tags = article.metadata.tags.shuffled(using: &random) + [" "]
        article.metadata.updatedAt = Timestamp(seconds: 1_772_600_000)
        article.metadata.article?.place.folder.name? += " "
        return article
    }
}
