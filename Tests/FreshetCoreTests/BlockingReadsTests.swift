import Dispatch
import FreshetCore
import Testing

@Suite struct BlockingReadsTests {
    private final class Threads: TaskExecutor {
        private let queue = DispatchQueue(label: "threads that may wait", attributes: .concurrent)

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test func `a task may be held up on threads that are kept for it, and so may its parts, but nothing else`() async {
        let threads = Threads()
        #expect(!BlockingReads.mayBlock)
        let left = await BlockingReads.on(threads) {
            #expect(BlockingReads.mayBlock)
            async let part = BlockingReads.mayBlock
            #expect(await part)
            await withTaskGroup(of: Bool.self) { group in
                group.addTask { BlockingReads.mayBlock }
                for await may in group { #expect(may) }
            }
            // They go on without it: on the threads that all share, or where they say.
            let shared = Task { BlockingReads.mayBlock }
            let kept = Task(executorPreference: BlockingReads.executor) { BlockingReads.mayBlock }
            return (shared, kept)
        }
        #expect(await !left.0.value)
        #expect(await left.1.value)
        #expect(!BlockingReads.mayBlock)
        let shared = await Task(executorPreference: threads) { BlockingReads.mayBlock }.value
        #expect(!shared)
    }
}
