/// An article as a help desk said it, in our words: everything decoded, nothing normalised yet.
package struct SourceArticle: Sendable, Equatable {
    package var item: Item
    package var title: String
    package var descriptionHTML: String
    /// The published ones of the languages that are configured, without the article's own.
    package var translations: [SourceTranslation]
    package var attachments: [Attachment]
    /// With `article` set.
    package var metadata: Metadata

    package init(
        item: Item, title: String, descriptionHTML: String, translations: [SourceTranslation] = [],
        attachments: [Attachment] = [], metadata: Metadata
    ) {
        precondition(metadata.article != nil, "an article has the labels of one")
        self.item = item
        self.title = title
        self.descriptionHTML = descriptionHTML
        self.translations = translations
        self.attachments = attachments
        self.metadata = metadata
    }
}

/// An article in another language.
package struct SourceTranslation: Sendable, Equatable {
    /// As the help desk writes it: `ko`, `pt-BR`.
    package var language: String
    package var title: String
    package var descriptionHTML: String

    package init(language: String, title: String, descriptionHTML: String) {
        self.language = language
        self.title = title
        self.descriptionHTML = descriptionHTML
    }
}

/// The same, as plain text.
package struct Translation: Sendable, Equatable, Hashable, Codable {
    package var language: String
    package var title: String
    package var text: String

    package init(language: String, title: String, text: String) {
        self.language = language
        self.title = title
        self.text = text
    }
}

/// Who may read an article at the help desk.
///
/// Whoever asks Freshet is an agent of the company, so everybody's, customers' and agents' articles are found, the last
/// ones marked as internal. The others are for an audience of which Freshet cannot know whether an answer stays within
/// it: they are kept out of the index.
package enum Visibility: String, Sendable, Codable, CaseIterable {
    case everyone
    /// Everybody who is logged in to the portal.
    case customers
    case agents
    case companies
    case bots
    case contactSegments = "contact_segments"
    case companySegments = "company_segments"
    /// The help desk said something that we do not know.
    case unknown

    /// For a named audience, or for one that we do not understand.
    package var isRestricted: Bool {
        switch self {
        case .everyone, .customers, .agents: false
        case .companies, .bots, .contactSegments, .companySegments, .unknown: true
        }
    }

    /// Not to be quoted to a requester.
    package var isInternal: Bool { self != .everyone && self != .customers }

    /// Of something that lies inside something of `outer`: whoever the outer one turns away does not come in.
    package func inside(_ outer: Visibility) -> Visibility { outer.strictness > strictness ? outer : self }

    private var strictness: Int {
        switch self {
        case .everyone: 0
        case .customers: 1
        case .agents: 2
        case .companies, .contactSegments, .companySegments, .bots: 3
        case .unknown: 4
        }
    }
}

/// Where an article stands and who may read it there. It follows the folder, so it changes without the article.
package struct ArticlePlace: Sendable, Equatable, Hashable, Codable {
    package var category: Label
    package var folder: Label
    /// The strictest of the folder and those that it lies in.
    package var visibility: Visibility
    package var isDraft: Bool

    package init(category: Label, folder: Label, visibility: Visibility, isDraft: Bool) {
        self.category = category
        self.folder = folder
        self.visibility = visibility
        self.isDraft = isDraft
    }

    enum CodingKeys: String, CodingKey {
        case category, folder, visibility
        case isDraft = "is_draft"
    }
}

/// What labels an article besides what labels every item.
package struct ArticleLabels: Sendable, Equatable, Codable {
    package var place: ArticlePlace
    /// Of the article's own text; `nil` where the help desk does not say.
    package var language: String?
    /// Of its translations, in their order.
    package var translations: [String]

    package init(place: ArticlePlace, language: String? = nil, translations: [String] = []) {
        self.place = place
        self.language = language
        self.translations = translations
    }

    /// All in which it can be read.
    package var languages: [String] { (language.map { [$0] } ?? []) + translations }
}
