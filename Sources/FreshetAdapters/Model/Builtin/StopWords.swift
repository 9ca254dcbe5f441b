/// English words that say nothing about what a ticket is about. They make no word feature and no full-text term.
enum StopWords {
    /// `word` is lower-case ASCII.
    static func contains(_ word: [UInt8]) -> Bool { word.count <= longest && english.contains(word) }

    private static let longest = 10
    private static let english: Set<[UInt8]> = Set(
        """
        a about above after again against all also am an and any are aren as at be because been before being below \
        between both but by can cannot could couldn d did didn do does doesn doing don down during each else etc even \
        ever every few for from further get gets getting got had hadn has hasn have haven having he her here hers \
        herself him himself his how however i if in into is isn it its itself just let ll m may me might more most \
        must mustn my myself no nor not now of off on once only or other our ours ourselves out over own per please \
        re s same shall she should shouldn since so some such t than that the their theirs them themselves then there \
        these they this those though through to too under until up upon us use used using ve very was wasn we were \
        weren what when where which while who whom why will with within without won would wouldn yet you your yours \
        yourself yourselves
        """.split(separator: " ").map { Array($0.utf8) })
}
