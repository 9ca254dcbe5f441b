import NIOCore
import NIOPosix

/// Runs the jobs of answers on threads that nobody else needs: four, or one a core where there are more. They read from
/// the store as they go, and compute; connections and the river have threads of their own.
final class AnsweringExecutor: TaskExecutor {
    static let shared = AnsweringExecutor()

    private let threads = NIOThreadPool(numberOfThreads: max(4, System.coreCount))

    private init() { threads.start() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The pool never ends: no job comes back undone.
        threads.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
