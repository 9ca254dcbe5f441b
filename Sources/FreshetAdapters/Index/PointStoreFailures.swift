import FreshetCore

/// Does something with a point store; what goes wrong there is said in the words of the index's port.
func translatingStoreFailures<Value>(_ body: () async throws -> Value) async throws(UpstreamError) -> Value {
    do {
        return try await body()
    } catch let error as UpstreamError {
        throw error
    } catch is CancellationError {
        throw .unreachable(detail: "cancelled")
    } catch StoreError.erased {
        throw .superseded
    } catch let error as StoreError {
        throw .unreachable(detail: error.description)
    } catch {
        throw .unreachable(detail: "the point store failed: \(type(of: error))")
    }
}
