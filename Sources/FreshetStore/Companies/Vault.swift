import FreshetCore
import FreshetSystem
import Foundation
import GRDB

/// Seals and opens secrets with AES-256-GCM under the master key.
///
/// What a sealed text belongs to (company, field, key) is sealed with it: moved to another row, it does not open.
struct Vault: Sendable {
    let key: MasterKey?

    func seal(_ secret: Secret, _ field: String, of company: CompanyID?) throws -> (keyID: String, sealed: Data) {
        let key = try available()
        let box = try AES256GCM.seal(
            secret.bytes, key: key.bytes, associatedData: Self.binding(field, company, key.id))
        return (key.id, Data(box))
    }

    func open(_ sealed: Data, keyID: String, _ field: String, of company: CompanyID?) throws -> Secret {
        let key = try available()
        guard key.id == keyID else { throw Self.wrongKey(expected: keyID, given: key.id) }
        do {
            return Secret(
                try AES256GCM.open(
                    Array(sealed), key: key.bytes, associatedData: Self.binding(field, company, keyID)))
        } catch {
            throw StoreError.unusable(detail: "a sealed secret does not open: the file was changed or is damaged")
        }
    }

    private func available() throws -> MasterKey {
        guard let key else {
            throw StoreError.unusable(detail: "secrets need a master key; set FRESHET_MASTER_KEY_FILE")
        }
        return key
    }

    /// Lengths first, so that no two fields can be read as one another.
    private static func binding(_ field: String, _ company: CompanyID?, _ keyID: String) -> [UInt8] {
        let parts = ["freshet secret 1", company?.text ?? "", field, keyID]
        return Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }

    static func wrongKey(expected: String, given: String) -> StoreError {
        .unusable(
            detail: "its secrets are sealed with master key \(expected), not with the given \(given); "
                + "start with the file that holds \(expected)")
    }
}

/// The table `key_check`: proves at the start that the given key is the one that the secrets were sealed with.
enum KeyCheck {
    private static let proof = Secret("freshet")
    private static let field = "key_check"

    /// Throws `StoreError.unusable` when there are sealed secrets and `key` is missing or another one.
    static func verify(_ key: MasterKey?, in session: Session) throws {
        guard let (keyID, sealed) = try row(in: session) else { return }
        guard key != nil else {
            throw StoreError.unusable(
                detail: "its secrets are sealed with master key \(keyID), and none was given; "
                    + "set FRESHET_MASTER_KEY_FILE")
        }
        guard try Vault(key: key).open(sealed, keyID: keyID, field, of: nil) == proof else {
            throw StoreError.unusable(detail: "the master key's proof does not hold: the file was changed")
        }
    }

    /// Called in the transaction that seals a secret: writes the proof at the first, checks it at all others, since
    /// another process may have been first with another key.
    static func claim(_ vault: Vault, in session: Session) throws {
        if try row(in: session) != nil { return try verify(vault.key, in: session) }
        let (keyID, sealed) = try vault.seal(proof, field, of: nil)
        try session.run(
            "INSERT INTO key_check (one, key_id, sealed) VALUES (1, :key, :sealed)", ["key": keyID, "sealed": sealed])
    }

    private static func row(in session: Session) throws -> (keyID: String, sealed: Data)? {
        try session.first("SELECT key_id, sealed FROM key_check") { ($0["key_id"], $0["sealed"]) }
    }
}
