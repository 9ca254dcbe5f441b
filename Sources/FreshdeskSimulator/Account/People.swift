/// A support agent of the account.
package struct Agent: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var email: String
    package var groupIDs: [Int64] = []
    package var createdAt: Seconds
    package var updatedAt: Seconds
}

/// A customer who writes tickets.
package struct Contact: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var email: String?
    package var phone: String?
    package var companyID: Int64?
    package var createdAt: Seconds
    package var updatedAt: Seconds
}

package struct Group: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var createdAt: Seconds
    package var updatedAt: Seconds
}

package struct Company: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var domains: [String]
    package var createdAt: Seconds
}

package struct Product: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var createdAt: Seconds
}

/// Hands out ids: tickets count from 1, all else from eleven digits, each kind in a range of its own.
struct IDSequence: Sendable, Equatable {
    private var next: Int64

    init(from first: Int64) { next = first }

    mutating func take() -> Int64 {
        defer { next += 1 }
        return next
    }

    /// The last that was handed out or skipped.
    var last: Int64 { next - 1 }

    /// Never hands out `id` or anything below it again.
    mutating func skip(to id: Int64) { next = max(next, id + 1) }
}
