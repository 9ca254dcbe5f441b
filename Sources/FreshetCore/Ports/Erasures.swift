/// Forgets tickets for good, and remembers that they are not to come back: an erased ticket keeps its number, in a record
/// that is excluded as `Erasure.reason`, and a requester leaves a digest under the master key.
///
/// From the moment that a call returns, the store takes in nothing more of what it was about, whoever brings it: a run that
/// was under way, a rebuild, an agent's opening. They get `StoreError.erased`, or have lost their fence.
///
/// Every call may be repeated, and is one transaction unless it says otherwise. Throws `StoreError.unknownCompany`.
package protocol Erasures: Sendable {
    /// Names a wish without saying what it is about, the same each time: 16 hex digits of a digest under the master key.
    /// Throws `StoreError.unusable` without one.
    func reference(to wish: ErasureWish, of company: CompanyID) throws -> String

    /// Nothing of this person's tickets is taken in from here on. Throws `StoreError.unusable` without a master key.
    func refuse(requester id: Int64, in company: CompanyID, now: Timestamp) async throws

    /// The company's tickets of this requester, as far as they are on record.
    func tickets(ofRequester id: Int64, in company: CompanyID) async throws -> [Item]

    /// Removes what the store has of the item, but for its points: its text, its history, every
    /// recommendation that it was part of, with the verdicts on it.
    /// A run under way loses its fence, and nothing of the item is due. How many rows went from where.
    func erase(_ item: Item, now: Timestamp) async throws -> [ErasurePlace: Int]

    /// All of the company's items that were erased, in the order of their keys, after `item`; each with a generation above
    /// those of all runs that may have written its points.
    func erased(of company: CompanyID, after item: Item?, limit: Int) async throws -> [(item: Item, generation: Int64)]

    /// Removes deliveries about erased items, and snapshots of the company's points. In bounded transactions.
    func removeRemains(of company: CompanyID) async throws -> [ErasurePlace: Int]

    /// Records with a summary, in the order of their keys, after `item`.
    func summarised(of company: CompanyID, after item: Item?, limit: Int) async throws -> [DocumentRecord]

    /// Removes what models made of texts that are not on record now, as far as it was last used at `moment` or before:
    /// summaries of other contents, and vectors of other texts than those with the fingerprints `embedded`. In bounded
    /// transactions; how many went.
    func removeResults(
        of company: CompanyID, butFor embedded: Set<Fingerprint>, usedUntil moment: Timestamp
    ) async throws -> Int

    /// Leaves nothing of what was deleted in the full text, the file or its log. In bounded transactions; `false` where the
    /// log could not be emptied, since somebody was reading from it all the time.
    func scrub(_ company: CompanyID) async throws -> Bool

    /// Rewrites the store's file as a whole, with what a database may have copied to unused places when it moved rows.
    /// Others cannot write meanwhile; takes about as much memory as the file is long. `false` as `scrub` says.
    func compact() async throws -> Bool
}
