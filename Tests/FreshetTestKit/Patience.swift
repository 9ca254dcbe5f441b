extension Duration {
    /// How long a test waits, by the real clock, for what should come at once: longer than anything takes on a crowded
    /// machine. Only a test that fails waits that long.
    package static let patient = Duration.seconds(300)
}
