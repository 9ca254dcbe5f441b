/// Where a run is between its claim and its end.
package enum RiverStage: String, Sendable, CaseIterable {
    case fetch, models, index
}
