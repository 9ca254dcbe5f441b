import NIOPosix

/// Runs the jobs of answers on NIO's threads for work that blocks: four, or one a core. They read from the store as they
/// go, and compute; connections and the river have threads of their own.
final class AnsweringExecutor: TaskExecutor {
    static let shared = AnsweringExecutor()

    private let threads = NIOThreadPool.singleton

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The pool never ends: no job comes back undone.
        threads.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
