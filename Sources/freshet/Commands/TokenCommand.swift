import ArgumentParser
import Foundation
import FreshetCore

extension CompanyCommand {
    /// Bearer tokens: made, listed, revoked.
    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes, lists and revokes bearer tokens.",
            discussion: """
                `company token acme` is short for `company token create acme`. A token is shown once and kept as a \
                digest only.
                """, subcommands: [Create.self, Revoke.self, List.self], defaultSubcommand: Create.self)

        enum TokenRole: String, ExpressibleByArgument, CaseIterable {
            case agent, admin
            var role: Role { self == .admin ? .admin : .agent }
        }
    }
}

extension CompanyCommand.Token {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token and shows it, once.",
            discussion: """
                An agent's token sees all tickets of the company, unless it is limited: with --assigned-only to those \
                assigned to --user; with --group to those of these groups and, where --user is given, to those \
                assigned to that agent. Articles are not limited.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(help: "What it may do: agent (search, feedback) or admin (also reconciles, items, usage).")
        var role: CompanyCommand.Token.TokenRole = .agent
        @Option(name: [.customLong("name"), .customLong("label")], help: "For people: what it is for.") var name = ""
        @Option(help: "Whose it is: the agent's e-mail address or number at the help desk.") var user: String?
        @Option(
            name: [.customLong("group")],
            help: ArgumentHelp("See only tickets of this group (name or number); may be repeated.", valueName: "group"))
        var groups: [String] = []
        @Flag(help: "See only tickets that are assigned to --user.") var assignedOnly = false
        @Option(
            name: [.customLong("expires"), .customLong("expires-in")],
            help: "How long it is good, 12h or 90d, or until when, 2026-12-31. Default: until revoked.")
        var expires: String?
        @Option(help: ArgumentHelp("As `token revoke`.", visibility: .hidden)) var revoke: Int64?

        func validate() throws {
            if assignedOnly, user == nil { throw ValidationError("--assigned-only needs --user") }
            if assignedOnly, !groups.isEmpty {
                throw ValidationError("say either --assigned-only or --group: a group's agents see their own, too")
            }
            if role == .admin, assignedOnly || !groups.isEmpty {
                throw ValidationError("an admin's token is not limited; leave out --assigned-only and --group")
            }
            for (option, text) in [("--user", user), ("--name", name)] + groups.map({ ("--group", $0) }) {
                guard let text else { continue }
                guard text.utf8.count <= 256, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                    throw ValidationError("\(option) must be one line of at most 256 bytes")
                }
                if option != "--name", text.allSatisfy(\.isWhitespace) {
                    throw ValidationError("\(option) must not be empty")
                }
            }
        }

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let console = output.console
                if let revoke { return try await house.revoke(token: revoke, of: company, console) }
                let grant = TokenGrant(
                    role: role.role, label: name, user: user, scope: scope, expiresAt: try end(house.clock.now))
                let token = NewSecret.token()
                let id = try await house.auditing("token.create", company.id, "\(role.rawValue) token \(name)") {
                    try await house.companies.addToken(token, of: company.id, grant, now: house.clock.now)
                }
                var members = fields(grant)
                members["id"] = .integer(id)
                members["company_id"] = .string(company.id.text)
                members["token"] = .string(token.text ?? "")
                try console.result(
                    "\(role.rawValue) token \(id) of \(company.id), shown once: \(token.text ?? "")",
                    json: .object(members))
            } catch { throw ExitCodes.explaining(error) }
        }

        private var scope: AccessScope {
            guard assignedOnly || !groups.isEmpty else { return .everything }
            return .tickets(assignedTo: user, groups: groups)
        }

        private func end(_ now: Timestamp) throws -> Timestamp? {
            guard let expires else { return nil }
            if let duration = DurationText.parse(expires), duration > .zero, duration <= .seconds(36_500 * 86_400) {
                return now + duration
            }
            guard let moment = Timestamp(iso8601: expires), moment > now else {
                throw ValidationError("--expires must be a duration like 12h or 90d, or a time to come like 2026-12-31")
            }
            return moment
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists a company's tokens: what each may do, until when, and when it was last used.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let tokens = try await house.companies.tokens(of: company.id)
                let now = house.clock.now
                try output.console.result(
                    tokens.isEmpty ? "\(company.id) has no tokens." : tokenTable(tokens, at: now),
                    json: .array(tokens.map { json($0, at: now) }))
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a token at once, for good.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Argument(help: "The token's number; `company token list` shows it.") var token: Int64

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                try await house.revoke(token: token, of: company, output.console)
            } catch { throw ExitCodes.explaining(error) }
        }
    }
}

extension Assembly {
    fileprivate func revoke(token: Int64, of company: Company, _ console: Console) async throws {
        try await auditing("token.revoke", company.id, "token \(token)") {
            guard try await companies.revokeToken(token, of: company.id, now: clock.now) else {
                throw CommandFailure(
                    "\(company.id) has no token \(token); `freshet company token list \(company.id)` shows them",
                    code: ExitCodes.dataError)
            }
        }
        try console.result("Token \(token) is revoked.", json: .object(["revoked": .integer(token)]))
    }
}

func tokenTable(_ tokens: [TokenInfo], at now: Timestamp) -> String {
    var table = Table(header: ["TOKEN", "ROLE", "NAME", "USER", "SEES", "STATE", "EXPIRES", "LAST USED"])
    table.rows = tokens.map { token in
        [
            "\(token.id)", token.grant.role.rawValue, token.grant.label, token.grant.user ?? "-",
            sight(token.grant.scope), token.state(at: now).rawValue, token.grant.expiresAt?.iso8601 ?? "never",
            token.lastUsedAt?.iso8601 ?? "never",
        ]
    }
    return table.text
}

private func sight(_ scope: AccessScope) -> String {
    guard case .tickets(let agent, let groups) = scope else { return "all" }
    return ([agent == nil ? nil : "assigned"] + groups).compactMap { $0 }.joined(separator: ", ")
}

func json(_ token: TokenInfo, at now: Timestamp) -> JSONValue {
    var members = fields(token.grant)
    members["id"] = .integer(token.id)
    members["state"] = .string(token.state(at: now).rawValue)
    members["created_at"] = .time(token.createdAt)
    members["revoked_at"] = .time(token.revokedAt)
    members["last_used_at"] = .time(token.lastUsedAt)
    return .object(members)
}

private func fields(_ grant: TokenGrant) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
        "role": .string(grant.role.rawValue), "name": .string(grant.label), "label": .string(grant.label),
        "user": grant.user.map { .string($0) } ?? .null, "expires_at": .time(grant.expiresAt),
        "assigned_only": .bool(false),
        "groups": .array([]),
    ]
    if case .tickets(let agent, let groups) = grant.scope {
        members["assigned_only"] = .bool(agent != nil && groups.isEmpty)
        members["groups"] = .array(groups.map { .string($0) })
    }
    return members
}
