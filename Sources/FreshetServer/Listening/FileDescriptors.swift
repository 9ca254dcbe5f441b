#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files this process may have open.
enum FileDescriptors {
    /// Kept for databases, models and logs.
    private static let reserve = 128

    /// Room for `wanted` connections where the system allows it: raises the process' soft limit up to its hard one.
    ///
    /// The answer is how many there is room for, at least 1. Accepting more would leave no descriptor for the store,
    /// and a listener that cannot accept only finds out by failing.
    static func makeRoom(for wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return wanted }
        let needed = rlim_t(wanted + reserve)
        if limit.rlim_cur < needed, limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = min(needed, limit.rlim_max)
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        guard limit.rlim_cur < needed else { return wanted }
        return max(1, Int(limit.rlim_cur) - reserve)
    }

    #if canImport(Glibc)
        private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var resource: Int32 { RLIMIT_NOFILE }
    #endif
}
