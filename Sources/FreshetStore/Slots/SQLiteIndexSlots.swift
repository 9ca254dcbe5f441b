package import FreshetCore
import GRDB

/// The slots of the index in SQLite. See `IndexSlots` for what it promises. Every call is one transaction.
package struct SQLiteIndexSlots: IndexSlots {
    let storage: Storage

    package func slots(of company: CompanyID) async throws -> [IndexSlot] {
        try await storage.read { session in try SlotRow.inUse(by: company, in: session) }
    }

    package func slots(
        of company: CompanyID, orServe makers: SlotMakers, now: Timestamp
    ) async throws -> [IndexSlot] {
        let known = try await slots(of: company)
        if !known.isEmpty { return known }
        return try await storage.write { session in
            try CompanyRow.require(company, in: session)
            let known = try SlotRow.inUse(by: company, in: session)
            if !known.isEmpty { return known }
            try SlotRow.insert(makers, for: company, .serving, now: now, in: session)
            return try SlotRow.inUse(by: company, in: session)
        }
    }

    package func fill(_ makers: SlotMakers, for company: CompanyID, now: Timestamp) async throws -> IndexSlot {
        try await storage.write { session in
            try CompanyRow.require(company, in: session)
            let spare = try SlotRow.inUse(by: company, in: session).first { $0.state != .serving }
            if let spare, spare.makers.embedder == makers.embedder, spare.makers.summariser == makers.summariser {
                try SlotRow.set(spare.number, of: company, to: .filling, now: now, in: session)
            } else {
                if let spare { try retire(spare, now, in: session) }
                try SlotRow.insert(makers, for: company, .filling, now: now, in: session)
            }
            guard let slot = try SlotRow.inUse(by: company, in: session).first(where: { $0.state == .filling }) else {
                throw StoreError.unusable(detail: "a slot of the index is missing that was just made")
            }
            return slot
        }
    }

    package func serve(_ slot: Int, of company: CompanyID, now: Timestamp) async throws -> Bool {
        try await storage.write { session in
            let slots = try SlotRow.inUse(by: company, in: session)
            guard let next = slots.first(where: { $0.number == slot }) else { return false }
            if next.state == .serving { return true }
            guard try SlotRow.debts(of: company, slot: slot, limit: 1, in: session).isEmpty else { return false }
            for other in slots where other.state == .serving {
                try SlotRow.set(other.number, of: company, to: .kept, now: now, in: session)
            }
            try SlotRow.set(slot, of: company, to: .serving, now: now, in: session)
            return true
        }
    }

    package func debts(of company: CompanyID, slot: Int, limit: Int) async throws -> [Item] {
        try await storage.read { session in
            try SlotRow.debts(of: company, slot: slot, limit: limit, in: session)
        }
    }

    package func pay(_ item: Item, slot: Int, upTo generation: Int64) async throws {
        try await storage.write { session in
            try SlotRow.forgive(item, slot: slot, upTo: generation, in: session)
        }
    }

    package func retireSpare(of company: CompanyID) async throws -> IndexSlot? {
        try await storage.write { session in
            guard let spare = try SlotRow.inUse(by: company, in: session).first(where: { $0.state != .serving }) else {
                return nil
            }
            try retire(spare, spare.since, in: session)
            return spare
        }
    }

    private func retire(_ slot: IndexSlot, _ now: Timestamp, in session: Session) throws {
        try SlotRow.set(slot.number, of: slot.company, to: .retired, now: now, in: session)
        try SlotRow.forgiveAll(slot.number, of: slot.company, in: session)
    }

    package func retired() async throws -> [IndexSlot] {
        try await storage.read { session in try SlotRow.retired(in: session) }
    }

    package func forget(_ slot: Int, of company: CompanyID) async throws {
        try await storage.write { session in try SlotRow.delete(slot, of: company, in: session) }
    }

    package func adopt(_ slot: Int, of company: CompanyID, after item: Item?, limit: Int) async throws -> Item? {
        try await storage.write { session in
            let items = try DocumentRow.indexed(of: company, after: item, limit: limit, in: session)
            for item in items { try DocumentRow.adopt(item, from: slot, in: session) }
            return items.count < limit ? nil : items.last
        }
    }
}
