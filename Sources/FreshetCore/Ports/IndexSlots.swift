/// Remembers the slots of each company's part of the index.
///
/// A slot is one filling of the index: all its vectors are by one embedder. A company has one that serves, and beside it
/// at most one that is being filled to take its place, or that was replaced and is kept for a rollback. Runs write to
/// both; a search uses the serving one only, so no answer mixes two models.
package protocol IndexSlots: Sendable {
    /// The company's slots in use, the serving one first. Empty before the first run. Cheap: asked before every search.
    func slots(of company: CompanyID) async throws -> [IndexSlot]
    /// The same. A company without any gets a serving one by `makers`. Throws `StoreError.unknownCompany`.
    func slots(of company: CompanyID, orServe makers: SlotMakers, now: Timestamp) async throws -> [IndexSlot]
    /// A slot by `makers` beside the serving one: that which is there, if it is by the same makers, else a new one in its
    /// place. The old one is retired then.
    func fill(_ makers: SlotMakers, for company: CompanyID, now: Timestamp) async throws -> IndexSlot
    /// Lets the slot serve, and keeps the one that served, in one transaction. `false`, and nothing changes, while the
    /// slot lacks writes (`debts`) or is not there. One that serves already is fine.
    func serve(_ slot: Int, of company: CompanyID, now: Timestamp) async throws -> Bool

    /// Items whose last state a run could not write to the slot, or did not know that it should.
    func debts(of company: CompanyID, slot: Int, limit: Int) async throws -> [Item]
    /// The slot has the item as it was recorded with `generation`. A debt that is newer stays.
    func pay(_ item: Item, slot: Int, upTo generation: Int64) async throws

    /// Turns a slot that does not serve out of use: from now on nobody writes to it. `nil` when there is none.
    func retireSpare(of company: CompanyID) async throws -> IndexSlot?
    /// Retired slots, whose points are still to be purged.
    func retired() async throws -> [IndexSlot]
    /// The points of a retired slot are gone.
    func forget(_ slot: Int, of company: CompanyID) async throws

    /// Brings up to `limit` records, in the order of their keys and after `item`, in line with who made what the serving
    /// slot says of them, so that their next runs make nothing anew. Where to go on; `nil` at the end.
    func adopt(_ slot: Int, of company: CompanyID, after item: Item?, limit: Int) async throws -> Item?
}

/// Who made what is in a slot.
package struct SlotMakers: Sendable, Equatable, Codable {
    /// `ModelIdentity.name` of the embedder, which holds its dimensions and version, too.
    package var embedder: String
    /// 0: not known, as many as the embedder makes.
    package var dimensions: Int
    /// `ModelIdentity.name` of the summariser that the filling began with, with the version of its prompts.
    package var summariser: String

    package init(embedder: String, dimensions: Int, summariser: String) {
        self.embedder = embedder
        self.dimensions = dimensions
        self.summariser = summariser
    }
}

package struct IndexSlot: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Searches use it.
        case serving
        /// A rebuild fills it.
        case filling
        /// It served until it was replaced; runs keep it up to date for a rollback.
        case kept
        /// Nobody uses it; its points wait to be purged.
        case retired
    }

    package var company: CompanyID
    /// From 1. All slots of one number, of whatever companies, are by one embedder, for ever.
    package var number: Int
    package var makers: SlotMakers
    package var state: State
    /// When it came into this state.
    package var since: Timestamp

    package init(company: CompanyID, number: Int, makers: SlotMakers, state: State, since: Timestamp) {
        self.company = company
        self.number = number
        self.makers = makers
        self.state = state
        self.since = since
    }
}

/// What a company's searches have to do without.
package enum SearchDegradation: String, Sendable {
    /// The embedder of the serving slot is not configured any more: words are found, meanings are not.
    case fullTextOnly = "full_text_only"
}
