/// What the rules do to one call.
struct Strike: Sendable {
    private(set) var names: [String] = []
    private(set) var delayMilliseconds: Int64 = 0
    /// Instead of carrying out the call.
    private(set) var answer: Answer?
    private(set) var reset: FaultRule.Reset?
    private(set) var truncates = false
    private(set) var forgetsUpdatedSince = false
    private var isEmpty = false
    private var isLastPage = false
    private var hiddenShare = 0.0
    private var hiddenIDs: Set<Int64> = []
    private var random = SplitMix64(seed: 0)

    mutating func delay(by milliseconds: Int64) { delayMilliseconds += milliseconds }

    mutating func add(_ rule: FaultRule, named name: String, _ random: inout SplitMix64) {
        names.append(name)
        let jitter = rule.jitterMilliseconds ?? 0
        delayMilliseconds += rule.latencyMilliseconds ?? 0
        if jitter > 0 { delayMilliseconds += Int64(random.below(Int(jitter) + 1)) }
        if answer == nil, let status = rule.status { answer = Answer(fault: rule, status: status) }
        reset = reset ?? rule.reset
        truncates = truncates || rule.truncate == true
        forgetsUpdatedSince = forgetsUpdatedSince || rule.thirtyDays == true
        isEmpty = isEmpty || rule.empty == true
        isLastPage = isLastPage || rule.lastPage == true
        hiddenIDs.formUnion(rule.hideIDs ?? [])
        if let share = rule.hideRows {
            hiddenShare = max(hiddenShare, share)
            self.random = SplitMix64(seed: random.next())
        }
    }

    /// The answer without the rows that are hidden. Whatever is no list stays as it is.
    mutating func applied(to answer: Answer) -> Answer {
        guard isEmpty || isLastPage || hiddenShare > 0 || !hiddenIDs.isEmpty, answer.status == 200 else {
            return answer
        }
        var answer = answer
        if isEmpty || isLastPage { answer.headers.removeAll { $0.name.lowercased() == "link" } }
        let parsed: JSON
        // No JSON, no list.
        do { parsed = try JSON(parsing: answer.body) } catch { return answer }
        switch parsed {
        case .array(let rows): answer.body = JSON.array(kept(rows)).bytes
        case .object(var members):
            guard case .array(let rows)? = members["results"] else { return answer }
            members["results"] = .array(kept(rows))
            answer.body = JSON.object(members).bytes
        default: break
        }
        return answer
    }

    private mutating func kept(_ rows: [JSON]) -> [JSON] {
        guard !isEmpty else { return [] }
        var kept: [JSON] = []
        for row in rows {
            if let id = row["id"]?.integer, hiddenIDs.contains(id) { continue }
            if hiddenShare > 0, random.fraction() < hiddenShare { continue }
            kept.append(row)
        }
        return kept
    }
}

extension Answer {
    /// What a rule answers instead of the truth. Machines in front of Freshdesk answer pages, Freshdesk itself JSON.
    init(fault rule: FaultRule, status: Int) {
        switch rule.body ?? (status >= 500 ? .html : status == 404 ? .empty : .json) {
        case .empty: self.init(status: status)
        case .html:
            let page = "<html><body><h1>\(status)</h1></body></html>"
            self.init(status: status, headers: [("Content-Type", "text/html")], body: Array(page.utf8))
        case .json:
            let code = rule.code ?? [401: "invalid_credentials", 403: "access_denied"][status]
            self = .json(status) { json in
                json.beginObject()
                if status == 400 || status == 409 {
                    json.field("description", "Validation failed")
                    json.key("errors")
                    json.beginArray()
                    json.beginObject()
                    json.field("field", "page")
                    json.field("message", rule.message ?? "It is not what was expected")
                    json.field("code", code ?? (status == 409 ? "inconsistent_state" : "invalid_value"))
                    json.endObject()
                    json.endArray()
                } else {
                    if let code { json.field("code", code) }
                    json.field("message", rule.message ?? "The request could not be served (\(status))")
                }
                json.endObject()
            }
        }
        switch rule.retryAfter {
        case .integer(let seconds): headers.append(("Retry-After", String(seconds)))
        case .string(let text): if !text.isEmpty { headers.append(("Retry-After", text)) }
        default: if status == 429 { headers.append(("Retry-After", "1")) }
        }
    }
}
