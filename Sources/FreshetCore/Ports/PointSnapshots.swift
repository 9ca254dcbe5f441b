/// Keeps what an index has made of a company's points, so that it need not read each of them after a start. Never the
/// record: what is here may be lost at any time, and is left alone when its format is not the reader's.
///
/// A snapshot is written part by part, in transactions of their own, and counts from `finish` on.
package protocol PointSnapshots: Sendable {
    /// The latest that was finished; `nil` when there is none.
    func latest(of company: CompanyID) async throws -> PointSnapshot?
    /// Parts count from 0; `nil` when the snapshot has gone meanwhile.
    func part(_ number: Int, of snapshot: PointSnapshot, in company: CompanyID) async throws -> [UInt8]?

    /// Begins one of all that was written up to `sequence`, and says which.
    func begin(_ format: String, sequence: Int64, in company: CompanyID) async throws -> PointSnapshot
    /// Adds the next part.
    func add(_ bytes: [UInt8], to snapshot: inout PointSnapshot, in company: CompanyID) async throws
    /// From here on it is the latest; earlier ones go.
    func finish(_ snapshot: PointSnapshot, in company: CompanyID) async throws
}

package struct PointSnapshot: Sendable, Equatable {
    /// Rises with every one that is begun in the company.
    package var number: Int64
    /// Who can read it.
    package var format: String
    /// The last change of the company's points that is in it.
    package var sequence: Int64
    package var parts: Int

    package init(number: Int64, format: String, sequence: Int64, parts: Int) {
        self.number = number
        self.format = format
        self.sequence = sequence
        self.parts = parts
    }
}
