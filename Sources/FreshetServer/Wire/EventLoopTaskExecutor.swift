import NIOCore
import Synchronization

/// Runs tasks' jobs on an event loop, so that a webhook is checked and answered on the thread that read it.
///
/// The jobs of a whole batch, resumed one after the other when it is on disk, wake the loop once: waking a thread costs
/// more than an answer. For work of microseconds only, since everything else on the loop waits meanwhile. Whoever
/// prefers an executor keeps it alive.
final class EventLoopTaskExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { eventLoop.execute { self.run() } }
    }

    private func run() {
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        // What has come meanwhile waits its turn behind the loop's other work.
        let isDone = state.withLock { state in
            state.isScheduled = !state.jobs.isEmpty
            return state.jobs.isEmpty
        }
        if !isDone { eventLoop.execute { self.run() } }
    }
}

/// One executor for each event loop, made when first asked for.
final class EventLoopTaskExecutors: Sendable {
    private let known = Mutex<[ObjectIdentifier: EventLoopTaskExecutor]>([:])

    subscript(eventLoop: any EventLoop) -> EventLoopTaskExecutor {
        known.withLock { known in
            if let executor = known[ObjectIdentifier(eventLoop)] { return executor }
            let executor = EventLoopTaskExecutor(eventLoop)
            known[ObjectIdentifier(eventLoop)] = executor
            return executor
        }
    }
}
