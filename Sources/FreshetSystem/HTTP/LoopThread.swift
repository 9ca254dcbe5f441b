import CCurl
import Foundation

/// What runs on the client's thread: libcurl's multi handle and every transfer under way. Never leaves that thread.
final class LoopThread {
    private let multi: UnsafeMutableRawPointer
    private let configuration: HTTPClientConfiguration
    private var lanes: Lanes
    private var flights: [EasyHandle: Flight] = [:]
    /// Reset handles for reuse: they keep buffers that cost more to build than a request.
    private var spareHandles: [EasyHandle] = []

    init(_ multi: MultiHandle, _ configuration: HTTPClientConfiguration) {
        self.multi = multi.pointer
        self.configuration = configuration
        lanes = Lanes(configuration)
        freshet_multi_set_long(self.multi, CURLMOPT_MAXCONNECTS, configuration.maxIdleConnections)
    }

    /// Until a `stop` comes out of `drain`: carry out commands, let libcurl work, collect what has ended, wait.
    func run(drain: () -> [TransferLoop.Command]) {
        Self.blockBrokenPipes()
        while true {
            for command in drain() {
                switch command {
                case .start(let transfer): enter(transfer)
                case .cancel(let transfer): cancel(transfer)
                case .resume(let transfer): resume(transfer)
                case .stop: return shutDown()
                }
            }
            launchReady()
            var running: Int32 = 0
            check(curl_multi_perform(multi, &running))
            collect()
            let patience = expire()
            // What has ended made room. libcurl does not wait long for what it has not begun yet.
            launchReady()
            check(curl_multi_poll(multi, nil, 0, patience, nil))
        }
    }

    /// A transfer whose cancellation was here first must not wait for its turn.
    private func enter(_ transfer: Transfer) {
        if transfer.isCancelled {
            transfer.receiver.finish(.failure(.cancelled), nil)
        } else {
            lanes.enter(transfer)
        }
    }

    private func launchReady() {
        while let transfer = lanes.next() { launch(transfer) }
    }

    private func launch(_ transfer: Transfer) {
        do throws(HTTPFailure) {
            guard transfer.deadline > ContinuousClock.now else { throw .timedOut }
            guard let handle = spareHandles.popLast() ?? curl_easy_init().map(EasyHandle.init) else {
                throw .unreachable(detail: "out of memory")
            }
            let flight = Flight(transfer, handle)
            do throws(HTTPFailure) {
                try flight.prepare(configuration)
                let code = curl_multi_add_handle(multi, handle.pointer)
                guard code == CURLM_OK else { throw .unreachable(detail: Self.text(code)) }
            } catch {
                recycle(flight)
                throw error
            }
            flights[handle] = flight
        } catch {
            lanes.leave(transfer)
            transfer.receiver.finish(.failure(error), nil)
        }
    }

    private func cancel(_ transfer: Transfer) {
        if let flight = flight(of: transfer) {
            end(flight, .failure(.cancelled))
        } else {
            endWaiting(transfer, .cancelled)
        }
    }

    private func resume(_ transfer: Transfer) {
        guard let flight = flight(of: transfer) else { return }
        let code = flight.resume()
        if code != CURLE_OK { end(flight, flight.result(code)) }
    }

    /// Only cancelled and streamed transfers are looked for, and there are some hundreds in all at most.
    private func flight(of transfer: Transfer) -> Flight? { flights.values.first { $0.transfer === transfer } }

    /// Takes the transfer off libcurl, which closes its connection unless the response was complete, and tells the
    /// receiver.
    private func end(_ flight: Flight, _ result: Result<Void, HTTPFailure>) {
        flights[flight.handle] = nil
        let metrics = flight.metrics
        curl_multi_remove_handle(multi, flight.handle.pointer)
        recycle(flight)
        lanes.leave(flight.transfer)
        flight.transfer.receiver.finish(result, metrics)
    }

    private func endWaiting(_ transfer: Transfer, _ failure: HTTPFailure) {
        if lanes.remove(transfer) { transfer.receiver.finish(.failure(failure), nil) }
    }

    private func endAll(_ failure: HTTPFailure) {
        for flight in flights.values { end(flight, .failure(failure)) }
    }

    private func recycle(_ flight: Flight) {
        // Reset first: the handle refers to the list of headers that `release` frees.
        curl_easy_reset(flight.handle.pointer)
        flight.release()
        if spareHandles.count < configuration.maxIdleConnections {
            spareHandles.append(flight.handle)
        } else {
            curl_easy_cleanup(flight.handle.pointer)
        }
    }

    private func collect() {
        var pointer: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while freshet_multi_next_finished(multi, &pointer, &code) {
            if let pointer, let flight = flights[EasyHandle(pointer: pointer)] { end(flight, flight.result(code)) }
        }
    }

    /// Ends what is overdue. Returns the milliseconds until the next one could be; libcurl wakes earlier for timers and
    /// sockets of its own. Deadlines are ours, since libcurl's do not count the wait for a free connection.
    private func expire() -> Int32 {
        let now = ContinuousClock.now
        var next = now + .seconds(60)
        for flight in flights.values {
            if flight.hasAnsweredOverHTTP2 {
                flight.hasAnsweredOverHTTP2 = false
                lanes.learnHTTP2(flight.transfer.origin)
            }
            guard let deadline = flight.deadline else { continue }
            if deadline <= now { end(flight, .failure(.timedOut)) } else { next = min(next, deadline) }
        }
        for transfer in lanes.waiting {
            if transfer.deadline <= now {
                endWaiting(transfer, .timedOut)
            } else {
                next = min(next, transfer.deadline)
            }
        }
        let (seconds, attoseconds) = (next - now).components
        // Rounded up, so that waking just before the moment does not spin.
        return Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    /// libcurl's own trouble (memory, file descriptors) concerns every transfer, and passes or does not.
    private func check(_ code: CURLMcode) {
        guard code != CURLM_OK else { return }
        endAll(.unreachable(detail: Self.text(code)))
        // So that a lasting fault does not take a processor for itself. The thread is the client's own.
        Thread.sleep(forTimeInterval: 0.01)
    }

    /// A TLS library may write to a connection that the peer has closed without asking for no signal. Blocked here, it
    /// concerns this thread alone and nobody else's handling of the signal.
    private static func blockBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func shutDown() {
        for transfer in lanes.waiting { endWaiting(transfer, .closed) }
        endAll(.closed)
        for handle in spareHandles { curl_easy_cleanup(handle.pointer) }
        curl_multi_cleanup(multi)
    }

    private static func text(_ code: CURLMcode) -> String { String(cString: curl_multi_strerror(code)) }
}
