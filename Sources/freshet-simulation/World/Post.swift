import FreshetCore
import FreshetEngine
import FreshetSystem

/// Carries webhooks: signs them as the company's app does, loses some, delivers some twice, late and out of order, and
/// comes again when nobody has accepted them. Confined to the machine's thread.
final class Post {
    private struct Letter {
        var company: CompanyID
        var ticket: Int64
        /// The sender's id; a forger's, too.
        var id: String
        var body: [UInt8]
        var isForged = false
        var attempts = 0
        /// The ticket's version when it was last sent.
        var version = 0
    }

    private unowned let world: World
    private var count = 0
    /// Ids that got a 202.
    private(set) var acknowledged: [CompanyID: Set<String>] = [:]
    /// Bodies that got a 202 where there is no id.
    private(set) var acknowledgedBodies: [CompanyID: Set<String>] = [:]
    /// Deliveries whose answer was that they are new; the answers themselves may overtake one another.
    private var new: Set<String> = []
    private(set) var forged: Set<String> = []
    private(set) var accepted = 0

    /// Milliseconds between attempts; then the sender gives up.
    private static let patience: [Int64] = [10_000, 60_000, 300_000, 900_000]
    private static let timeout: Int64 = 15_000

    init(_ world: World) { self.world = world }

    func send(_ desk: Desk, _ ticket: Int64, _ event: String) {
        count += 1
        let letter = Letter(
            company: desk.company, ticket: ticket, id: "msg_\(count)",
            body: Array(#"{"ticket_id":\#(ticket),"event":"\#(event)"}"#.utf8))
        if world.toss(world.weather.lost) { return world.machine.note("\(letter.id) is lost") }
        hand(letter)
        if world.toss(world.weather.doubled) {
            for _ in 0..<world.dice.int(1...3) { hand(letter) }
        }
        if world.toss(world.weather.forged) {
            count += 1
            let fake = Letter(
                company: desk.company, ticket: ticket, id: "msg_forged\(count)", body: letter.body, isForged: true)
            forged.insert(fake.id)
            hand(fake)
        }
    }

    private func hand(_ letter: Letter) {
        let delay =
            world.toss(world.weather.late)
            ? world.dice.milliseconds(0...600) : Int64(world.dice.int(10...world.dice.pick([60, 900])))
        world.machine.after(delay) { [self] in deliver(letter) }
    }

    private func deliver(_ sent: Letter) {
        guard let desk = world.desks[sent.company] else { return }
        var letter = sent
        letter.attempts += 1
        letter.version = desk.version(of: letter.ticket)
        // In calm all post has arrived or is lost.
        guard !world.isCalm else { return }
        guard let node = world.machine.nodes.first(where: { $0.slot == 0 }), let intake = node.intake else {
            return again(letter)
        }
        let request = sign(letter, desk)
        var isAnswered = false
        let answer = Answer { [self] answer in
            guard !isAnswered, !node.isDead else { return }
            isAnswered = true
            answered(letter, answer, desk)
        }
        world.machine.inside(node) {
            node.note("\(letter.id) for \(letter.company) ticket/\(letter.ticket) comes in")
            Task { answer.give(await intake.receive(request)) }
        }
        world.machine.after(Self.timeout) { [self] in
            guard !isAnswered else { return }
            isAnswered = true
            again(letter)
        }
    }

    /// Confined to the machine's thread, like the task that gives it.
    private final class Answer: @unchecked Sendable {
        let give: (IntakeAnswer) -> Void
        init(_ give: @escaping (IntakeAnswer) -> Void) { self.give = give }
    }

    private func again(_ letter: Letter) {
        guard !letter.isForged, letter.attempts <= Self.patience.count else { return }
        world.machine.after(Self.patience[letter.attempts - 1]) { [self] in deliver(letter) }
    }

    private func answered(_ letter: Letter, _ answer: IntakeAnswer, _ desk: Desk) {
        world.machine.note("\(letter.id) is answered \(answer)")
        guard case .accepted(let acceptance) = answer else { return again(letter) }
        if letter.isForged { return world.machine.violate("G2", "a forged webhook was accepted") }
        accepted += 1
        if desk.scheme == .standard {
            if acceptance == .new, !new.insert("\(letter.company) \(letter.id)").inserted {
                world.machine.violate("G3", "\(letter.id) counts as new for the second time")
            }
            if acceptance == .conflicting { world.machine.violate("G3", "\(letter.id) conflicts with itself") }
            acknowledged[letter.company, default: []].insert(letter.id)
        } else {
            acknowledgedBodies[letter.company, default: []].insert(
                Fingerprint(digest: SHA256.digest(letter.body)).hex)
        }
        // A repeat with an id may be of an earlier state; without one, each is promised a run of its own.
        if desk.scheme != .standard || acceptance == .new {
            world.audit.acknowledged(desk.item(letter.ticket), version: letter.version)
        }
    }

    private func sign(_ letter: Letter, _ desk: Desk) -> WebhookRequest {
        var headers: [(name: String, value: [UInt8])]
        let secret = letter.isForged ? Array("not the secret at all, but long".utf8) : desk.secret.bytes
        switch desk.scheme {
        case .standard:
            let now = world.machine.trueNow + .milliseconds(desk.skew)
            let timestamp = String(now.secondsSinceEpoch)
            let key = Base64.decode(String(decoding: secret.dropFirst(6), as: UTF8.self)) ?? secret
            let mac = HMACSHA256.authenticate(
                key: key, Array("\(letter.id).\(timestamp).".utf8) + letter.body)
            headers = [
                ("webhook-id", Array(letter.id.utf8)), ("webhook-timestamp", Array(timestamp.utf8)),
                ("webhook-signature", Array("v1,\(Base64.encode(mac))".utf8)),
            ]
        case .hub, .token:
            let mac = HMACSHA256.authenticate(key: secret, letter.body)
            headers = [("x-hub-signature-256", Array("sha256=\(mac.hexEncoded)".utf8))]
        }
        headers.append(("content-type", Array("application/json".utf8)))
        return WebhookRequest(
            company: letter.company, platform: .freshdesk, headers: headers, body: letter.body,
            receivedAt: world.machine.wallNow)
    }
}
