package import FreshetCore
package import FreshetSystem

/// An issuer's keys at a URL, fetched when they are first needed and kept.
///
/// A key that is not known makes them be fetched again, but never sooner than `patience` after the last time, so that
/// tokens with made-up key names cost the issuer nothing. Keys older than `lifetime` are fetched anew before they are
/// used; where that fails they go on being used until they are a day old. One fetch at a time; whoever comes meanwhile
/// waits for it.
package actor JWKSAddress {
    private let url: String
    private let algorithm: JWTAlgorithm
    private let http: HTTPClient
    private let clock: any WallClock
    private let lifetime: Duration
    private let patience: Duration

    private var keys: JWTKeySet?
    private var fetchedAt = Timestamp.epoch
    private var triedAt: Timestamp?
    private var fetching: Task<Result<JWTKeySet, UpstreamError>, Never>?

    /// - Parameter url: `https`, or `http` on a loopback address; checked by whoever reads the configuration.
    package init(
        _ url: String, algorithm: JWTAlgorithm, http: HTTPClient, clock: any WallClock,
        lifetime: Duration = .seconds(3600), patience: Duration = .seconds(30)
    ) {
        self.url = url
        self.algorithm = algorithm
        self.http = http
        self.clock = clock
        self.lifetime = lifetime
        self.patience = patience
    }

    /// The key of that name; `nil` where the issuer has none. Throws `UpstreamError` when no keys are known and none can be
    /// had.
    func key(named id: String?) async throws(UpstreamError) -> JWTKey? {
        let isFresh = keys != nil && clock.now - fetchedAt < lifetime
        if isFresh, let key = keys?.key(named: id) { return key }
        if mayTry {
            do throws(UpstreamError) { try await fetch() } catch {
                guard keys != nil, clock.now - fetchedAt < .seconds(86_400) else { throw error }
            }
        }
        guard let keys, clock.now - fetchedAt < .seconds(86_400) else {
            throw .unreachable(detail: "the issuer's keys are not known")
        }
        return keys.key(named: id)
    }

    /// Also while a fetch is under way: then it is waited for.
    private var mayTry: Bool {
        fetching != nil || triedAt.map { clock.now - $0 >= patience || clock.now < $0 } ?? true
    }

    private func fetch() async throws(UpstreamError) {
        let task: Task<Result<JWTKeySet, UpstreamError>, Never>
        if let fetching {
            task = fetching
        } else {
            triedAt = clock.now
            // Of its own, so that whoever started it may leave without taking the keys from those who wait.
            task = Task { [http, url, algorithm] in await Self.fetch(url, algorithm, http) }
            fetching = task
        }
        let result = await task.value
        if fetching == task {
            fetching = nil
            if case .success(let found) = result {
                keys = found
                fetchedAt = clock.now
            }
        }
        _ = try result.get()
    }

    private static func fetch(
        _ url: String, _ algorithm: JWTAlgorithm, _ http: HTTPClient
    ) async -> Result<JWTKeySet, UpstreamError> {
        let response: HTTPResponse
        do {
            response = try await http.send(
                HTTPRequest(
                    "GET", url, headers: [("Accept", "application/json")], deadline: .seconds(5),
                    connectTimeout: .seconds(3), responseLimit: 256 * 1024))
        } catch { return .failure(.unreachable(detail: "the issuer's keys could not be fetched")) }
        guard response.status == 200 else {
            return .failure(.unreachable(detail: "the issuer answered \(response.status) for its keys"))
        }
        do throws(JWTKeySet.Failure) {
            return .success(try JWTKeySet(jwks: response.body, for: algorithm))
        } catch { return .failure(.malformed(path: "jwks")) }
    }
}
