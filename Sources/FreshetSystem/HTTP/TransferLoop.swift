import CCurl
import Foundation
import Synchronization

/// The way to the thread that owns libcurl: commands go into a locked inbox, and the thread is woken.
///
/// libcurl's handles belong to one thread. Nothing but `curl_multi_wakeup` is called from any other.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(Transfer)
        case cancel(Transfer)
        /// The receiver has room again.
        case resume(Transfer)
        case stop
    }

    private struct Inbox {
        var commands: [Command] = []
        /// `nil` once the loop takes no more commands.
        var multi: MultiHandle?
    }

    private let inbox: Mutex<Inbox>
    private let streamBuffer: Int

    init(_ configuration: HTTPClientConfiguration) throws(HTTPClientUnavailable) {
        guard let pointer = curl_multi_init() else { throw .outOfResources }
        let multi = MultiHandle(pointer: pointer)
        inbox = Mutex(Inbox(multi: multi))
        streamBuffer = configuration.streamBuffer
        let thread = Thread { [self] in
            LoopThread(multi, configuration).run(drain: drain)
        }
        thread.name = "freshet-http"
        thread.start()
    }

    func whole(_ request: CheckedRequest, until deadline: ContinuousClock.Instant) async throws(HTTPFailure)
        -> HTTPResponse
    {
        let receiver = WholeResponse()
        let transfer = Transfer(request, until: deadline, receiver)
        let outcome = await withTaskCancellationHandler {
            await receiver.wait { start(transfer) }
        } onCancel: {
            cancel(transfer)
        }
        return try outcome.get()
    }

    func streamed(_ request: CheckedRequest, until deadline: ContinuousClock.Instant) async throws(HTTPFailure)
        -> (HTTPHead, Transfer, StreamedResponse)
    {
        let receiver = StreamedResponse(limit: streamBuffer)
        let transfer = Transfer(request, until: deadline, receiver)
        let outcome = await withTaskCancellationHandler {
            await receiver.head { start(transfer) }
        } onCancel: {
            cancel(transfer)
        }
        return (try outcome.get(), transfer, receiver)
    }

    /// Closes the transfer's connection; nothing happens when it has ended.
    func cancel(_ transfer: Transfer) {
        transfer.cancel()
        _ = post(.cancel(transfer))
    }

    func resume(_ transfer: Transfer) { _ = post(.resume(transfer)) }

    /// Ends the thread and, with `.closed`, every transfer that is alive. May be called again.
    func stop() { _ = post(.stop) }

    private func start(_ transfer: Transfer) {
        if !post(.start(transfer)) { transfer.receiver.finish(.failure(.closed), nil) }
    }

    /// False when the loop has stopped.
    private func post(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard let multi = inbox.multi else { return false }
            inbox.commands.append(command)
            // Whoever found the inbox empty wakes the loop, which then takes all there is. Under the lock, since the
            // handle must not be cleaned up meanwhile.
            if inbox.commands.count == 1 { curl_multi_wakeup(multi.pointer) }
            if case .stop = command { inbox.multi = nil }
            return true
        }
    }

    private func drain() -> [Command] {
        inbox.withLock { inbox in
            defer { inbox.commands = [] }
            return inbox.commands
        }
    }
}

/// libcurl's multi handle on its way to the thread that owns it.
///
/// Unchecked since a pointer cannot say it: other threads only call `curl_multi_wakeup` with it, which libcurl allows,
/// and under the inbox's lock, which forgets the pointer before the owning thread cleans up.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}
