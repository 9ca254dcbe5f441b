import Foundation

/// Takes Swift's concurrency runtime out of the hands of its thread pool: every job that becomes ready is given to
/// `accept` instead, on the thread that made it ready.
///
/// With all tasks, locks and transactions on one thread, whoever picks the next job decides everything that happens.
enum Runtime {
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void
    private typealias DelayHook =
        @convention(thin) (UInt64, UnownedJob, @convention(thin) (UInt64, UnownedJob) -> Void)
        -> Void

    // The hooks capture nothing, so what they speak to is global. Set before the first task and read by one thread.
    nonisolated(unsafe) static var accept: (UnownedJob) -> Void = { _ in fatalError("a job without a scheduler") }
    nonisolated(unsafe) private static var thread = pthread_self()

    /// - Throws: `Missing` when this build of the runtime has no such hooks.
    static func takeOver() throws {
        thread = pthread_self()
        try hook("swift_task_enqueueGlobal_hook", Hook.self).pointee = { job, _ in Runtime.take(job) }
        try hook("swift_task_enqueueMainExecutor_hook", Hook.self).pointee = { job, _ in Runtime.take(job) }
        try hook("swift_task_enqueueGlobalWithDelay_hook", DelayHook.self).pointee = { _, _, _ in
            fatalError("something sleeps by the machine's clock: it must take a WallClock")
        }
    }

    private static func take(_ job: UnownedJob) {
        precondition(
            pthread_equal(pthread_self(), thread) != 0, "a job from another thread: this run cannot be replayed")
        accept(job)
    }

    /// Runs a job until its task suspends or ends.
    static func run(_ job: UnownedJob) {
        // The executor that stands for "none in particular": two null words.
        job.runSynchronously(on: unsafeBitCast((0, 0), to: UnownedSerialExecutor.self))
    }

    struct Missing: Error, CustomStringConvertible {
        var name: String
        var description: String { "the Swift runtime has no \(name); link it dynamically" }
    }

    private static func hook<Function>(_ name: String, _ type: Function.Type) throws -> UnsafeMutablePointer<Function?>
    {
        guard let address = dlsym(dlopen(nil, RTLD_LAZY), name) else { throw Missing(name: name) }
        return address.assumingMemoryBound(to: Function?.self)
    }
}
