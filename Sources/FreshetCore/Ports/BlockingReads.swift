/// Tells a store whether the task that reads may be held up by the disk.
///
/// A store hands a read to a queue of its own and the task its thread back, which costs more than most reads of an answer
/// take. Where a task runs on threads that are kept for it, its reads need not go anywhere.
package enum BlockingReads {
    /// Where the current task may be held up; a task that it leaves behind goes on there if it is made with this as its
    /// preference.
    @TaskLocal package static var executor: (any TaskExecutor)?

    /// Runs `work`, and its parts, where it may be held up.
    ///
    /// - Parameter executor: has threads enough that others need not wait for them, and lives for ever.
    package static func on<Value: Sendable>(
        _ executor: any TaskExecutor, _ work: @Sendable () async throws -> Value
    ) async rethrows -> Value {
        try await withTaskExecutorPreference(executor) {
            try await $executor.withValue(executor) { try await work() }
        }
    }

    /// Of the current task. What it leaves behind without a preference is on threads that all share.
    package static var mayBlock: Bool {
        executor != nil && withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil }
    }
}
