/// What a seed makes of the world: how much happens in it, and what fails how often.
///
/// Each kind of trouble is absent in some seeds and heavy in others, since faults hide one another when all of them
/// are always there.
struct Weather: Sendable {
    var companies: Int
    /// Tickets in each company when it begins; twice as many at most.
    var tickets: Int
    /// Changes at the help desks, in each company.
    var changesPerHour: Double
    /// Chance that a change comes in a rush: of one ticket several times, or of many at once.
    var rushes: Double
    /// A second process on the same file: the command line beside the server.
    var hasSecondNode: Bool
    var isSlow: Bool
    /// How long a burst may settle.
    var quietPeriod: Duration
    /// Whether the house's clock may get ahead of the help desks', not only behind.
    var hasClockAhead: Bool

    /// Chances for each webhook.
    var lost: Double
    var doubled: Double
    var late: Double
    var forged: Double

    /// Chances for each call.
    var deskFaults: Double
    var deskDelays: Double
    var shortListings: Double
    /// Chance for each fetch of a ticket that was changed this very second: whoever is at it changes it again before the
    /// answer arrives.
    var editsDuringFetch: Double
    /// By how much lists are behind at most, in milliseconds.
    var listLag: Int64
    var modelFaults: Double
    var indexFaults: Double

    /// How often on average, in hours of the simulation; `nil` is never.
    var hoursBetweenCrashes: Double?
    var hoursBetweenRestarts: Double?
    var hoursBetweenFreezes: Double?
    var hoursBetweenClockSteps: Double?
    var hoursBetweenOutages: Double?
    var hoursBetweenFullDisks: Double?

    init(seed: UInt64) {
        var dice = Dice(seed: seed, for: "weather")
        func often(_ mild: Double, _ heavy: Double) -> Double {
            switch dice.int(0...3) {
            case 0: 0
            case 1, 2: mild
            default: heavy
            }
        }
        func every(_ mild: Double, _ heavy: Double) -> Double? {
            switch dice.int(0...3) {
            case 0: nil
            case 1, 2: mild
            default: heavy
            }
        }
        companies = dice.int(2...3)
        tickets = dice.pick([2, 4, 4, 8, 20])
        quietPeriod = .milliseconds(dice.pick([0, 0, 2000]))
        hasClockAhead = dice.chance(0.3)
        changesPerHour = dice.pick([4, 12, 40])
        rushes = dice.pick([0.05, 0.3])
        hasSecondNode = dice.chance(0.5)
        isSlow = dice.chance(0.5)
        lost = dice.pick([0, 0.1, 0.5, 1])
        doubled = often(0.05, 0.5)
        late = often(0.05, 0.5)
        forged = often(0.02, 0.1)
        deskFaults = often(0.05, 0.3)
        deskDelays = often(0.2, 0.8)
        shortListings = often(0.05, 0.3)
        listLag = dice.pick([0, 2000, 300_000])
        modelFaults = often(0.05, 0.3)
        indexFaults = often(0.05, 0.3)
        hoursBetweenCrashes = every(4, 0.5)
        hoursBetweenRestarts = every(8, 2)
        hoursBetweenFreezes = every(3, 0.5)
        hoursBetweenClockSteps = every(8, 2)
        hoursBetweenOutages = every(8, 3)
        hoursBetweenFullDisks = every(8, 3)
        editsDuringFetch = dice.pick([0.1, 0.5])
    }
}
