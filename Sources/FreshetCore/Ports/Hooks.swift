/// What is installed into a company's help desk so that it calls us by itself.
///
/// What other people put there is never changed nor removed. All but `definitions` need a key that may administer the
/// help desk. Installing and removing are safe to repeat; what fails half-way leaves some hooks done.
package protocol Hooks: Sendable {
    /// The hooks as they would be installed, in the help desk's own form. They hold the secret of `target`.
    func definitions(for target: HookTarget) -> [HookDefinition]

    /// What is installed now, measured against `target`.
    func survey(_ target: HookTarget) async throws(HookFailure) -> HookSurvey

    /// Makes what is missing, renews what is old, aims elsewhere or sleeps, and leaves alone what is right.
    func install(_ target: HookTarget) async throws(HookFailure) -> HookSurvey

    /// Removes the company's hooks, whatever they aim at.
    func remove() async throws(HookFailure) -> HookSurvey

    /// The ticket that changed last; `nil` when there is none.
    func latestTicket() async throws(UpstreamError) -> Int64?

    /// A change that hooks must announce and customers do not see: a private note. Returns the note's id.
    func leaveNote(_ text: String, on ticket: Int64) async throws(UpstreamError) -> Int64

    func removeNote(_ id: Int64) async throws(UpstreamError)
}

/// Where hooks call, and what they say to prove who they are.
package struct HookTarget: Sendable, Equatable {
    package var url: String
    package var secret: Secret

    package init(url: String, secret: Secret) {
        self.url = url
        self.secret = secret
    }
}

package struct HookDefinition: Sendable, Equatable {
    /// Short and without blanks, for file names: `ticket-creation`.
    package var label: String
    /// Where a person would enter it.
    package var place: String
    package var rule: JSONValue

    package init(label: String, place: String, rule: JSONValue) {
        self.label = label
        self.place = place
        self.rule = rule
    }
}

package struct HookSurvey: Sendable, Equatable {
    package var hooks: [InstalledHook]
    package var warnings: [HookWarning]

    package init(hooks: [InstalledHook] = [], warnings: [HookWarning] = []) {
        self.hooks = hooks
        self.warnings = warnings
    }

    package var isCurrent: Bool { hooks.allSatisfy { $0.state == .current } }
}

package struct InstalledHook: Sendable, Equatable {
    package enum State: String, Sendable {
        case missing
        /// Another version, or calling elsewhere, or with another secret.
        case outdated
        /// Switched off by somebody.
        case inactive
        case current
    }

    package enum Change: String, Sendable { case created, updated, unchanged, removed, refused }

    package var name: String
    /// The help desk's own.
    package var id: Int64?
    package var state: State
    /// What was done about it; `nil` when it was only looked at.
    package var change: Change?

    package init(name: String, id: Int64? = nil, state: State, change: Change? = nil) {
        self.name = name
        self.id = id
        self.state = state
        self.change = change
    }
}

/// What a person should know although the call went well.
package enum HookWarning: Sendable, Equatable, CustomStringConvertible {
    /// Rules that come earlier and may keep the hook from running.
    case starved(hook: String, by: [String])
    /// Somebody else's rule bears the name of a hook. It was left alone.
    case nameTaken(String)
    /// The help desk refused events that the hook waits for. It stands without them, or (`whole`) not at all.
    case eventsRefused(hook: String, whole: Bool)

    package var description: String {
        switch self {
        case .starved(let hook, let others):
            "'\(hook)' runs only for tickets that no earlier creation rule takes ("
                + others.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (others.count > 5 ? ", …" : "")
                + "), unless the help desk is set to execute all matching creation rules; "
                + "the reconciler finds the new tickets that it misses"
        case .nameTaken(let name):
            "there is a rule '\(name)' that calls nobody: it was left alone; rename or remove it if it is not needed"
        case .eventsRefused(let hook, false):
            "the help desk does not know the event 'ticket is updated' of '\(hook)': edits of subject, description and "
                + "custom fields are found by the reconciler"
        case .eventsRefused(let hook, true):
            "the help desk refused '\(hook)': what it would announce is found by the reconciler"
        }
    }
}

/// Why hooks could not be looked at or changed.
package enum HookFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The account's plan has no interface for this.
    case notInPlan
    /// The key's role may not administer the help desk.
    case notAllowed
    /// The help desk refused a hook for good, or broke on it.
    case refused(hook: String, status: Int, code: String)
    case upstream(UpstreamError)

    package var description: String {
        switch self {
        case .notInPlan:
            "this account's plan has no interface for automation rules: enter them by hand, `freshet hooks print` shows "
                + "them and hooks/README.md says where"
        case .notAllowed:
            "the API key's role may not administer automation rules: give an administrator's key with --api-key-file "
                + "(it is used for this call only), or enter the rules by hand, `freshet hooks print` shows them"
        case .refused(let hook, let status, let code):
            "the help desk refused the rule '\(hook)' with \(status) (\(code)): enter it by hand, `freshet hooks print` "
                + "shows it"
        case .upstream(let error): "\(error)"
        }
    }
}
