package import FreshetCore

/// Where the Qdrant is, which collections in it are ours, and how they are laid out.
package struct QdrantConfiguration: Sendable {
    /// `http://host:6333`, `https://…`, perhaps with a path; without a trailing slash.
    package var url: String
    package var apiKey: Secret?
    /// The collection of all companies that have none of their own; also the beginning of the dedicated ones' names.
    package var collection: String
    /// Companies with a collection of their own.
    package var dedicated: Set<CompanyID>
    /// Vectors stay on disk instead of in memory. Counts when a collection is made.
    package var onDisk: Bool
    /// Vectors are searched as bytes, a quarter of the memory, and the best measured again with the originals. Counts
    /// when a collection is made.
    package var quantises: Bool
    /// The whole text of an item goes into its payload.
    package var storesText: Bool
    /// Of one call, from its beginning to the last byte of its answer.
    package var deadline: Duration
    /// How often a call is made before it counts as failed; all of them may repeat without harm. At least 1.
    package var attempts: Int
    /// Before the second attempt; doubled before each further one, with jitter.
    package var retryDelay: Duration
    private var suffix = ""

    package init(
        url: String, apiKey: Secret? = nil, collection: String = "freshet", dedicated: Set<CompanyID> = [],
        onDisk: Bool = false, quantises: Bool = false, storesText: Bool = false, deadline: Duration = .seconds(10),
        attempts: Int = 3, retryDelay: Duration = .milliseconds(200)
    ) {
        precondition(attempts >= 1 && deadline > .zero)
        self.url = url
        self.apiKey = apiKey
        self.collection = collection
        self.dedicated = dedicated
        self.onDisk = onDisk
        self.quantises = quantises
        self.storesText = storesText
        self.deadline = deadline
        self.attempts = attempts
        self.retryDelay = retryDelay
    }

    /// Where the points of another slot of the index lie: in collections of their own, since each has one length of
    /// vectors. The first slot's have the names that the configuration gives.
    package func slot(_ number: Int) -> QdrantConfiguration {
        var other = self
        if number > 1 { other.suffix = "__\(number)" }
        return other
    }

    /// The collection of all companies that have none of their own.
    var shared: String { collection + suffix }

    func isDedicated(_ company: CompanyID) -> Bool { dedicated.contains(company) }

    /// No two can meet: a company id has no underscore.
    func collection(of company: CompanyID) -> String {
        isDedicated(company) ? "\(collection)_\(company)\(suffix)" : shared
    }

    /// What Qdrant itself allows less what would have to be escaped in a path.
    package static func isCollectionName(_ name: String) -> Bool {
        (1...160).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                switch $0 {
                case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}
