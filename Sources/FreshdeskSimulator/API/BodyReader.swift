/// Reads a JSON body member by member and gathers every complaint, as Freshdesk answers with all of them at once.
struct BodyReader {
    private let members: [String: JSON]
    private(set) var errors: [FieldError] = []

    /// Throws for a body that is no JSON object, and for members outside `known`.
    init(_ call: Call, known: Set<String>) throws(Refusal) {
        if let type = call.contentType, let form = Multipart(contentType: type) {
            guard let fields = form.members(of: call.body) else {
                throw .invalid("body", "The multipart body is broken")
            }
            members = fields
            refuseUnknown(known)
            return
        }
        if let type = call.contentType?.lowercased(), !type.hasPrefix("application/json") {
            throw .unsupportedMediaType
        }
        guard !call.body.isEmpty else {
            members = [:]
            return
        }
        let parsed: JSON
        do { parsed = try JSON(parsing: call.body) } catch { throw .invalidJSON }
        guard case .object(let object) = parsed else { throw .invalidJSON }
        members = object
        refuseUnknown(known)
    }

    private mutating func refuseUnknown(_ known: Set<String>) {
        for name in members.keys.sorted() where !known.contains(name) {
            errors.append(FieldError(field: name, message: "Unexpected/invalid field in request", code: .invalidField))
        }
    }

    /// Throws when anything was wrong. Call it once, last.
    func finish() throws(Refusal) {
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    mutating func complain(_ field: String, _ message: String, _ code: FieldError.Code = .invalidValue) {
        errors.append(FieldError(field: field, message: message, code: code))
    }

    mutating func require(_ names: String...) {
        for name in names where members[name] == nil || members[name] == .null {
            complain(name, "It should be a/an String", .missingField)
        }
    }

    mutating func text(_ name: String) -> String? {
        guard let value = members[name] else { return nil }
        guard case .string(let text) = value else { return mismatch(name, value, "a/an String") }
        return text
    }

    mutating func textOrNull(_ name: String) -> String?? {
        members[name] == .null ? .some(nil) : text(name).map { .some($0) }
    }

    mutating func integer(_ name: String) -> Int64? {
        guard let value = members[name] else { return nil }
        guard case .integer(let number) = value else { return mismatch(name, value, "a/an Positive Integer") }
        return number
    }

    mutating func number(_ name: String) -> Double? {
        guard let value = members[name] else { return nil }
        switch value {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default: return mismatch(name, value, "a/an Number")
        }
    }

    mutating func integerOrNull(_ name: String) -> Int64?? {
        members[name] == .null ? .some(nil) : integer(name).map { .some($0) }
    }

    mutating func choice(_ name: String, among choices: [Int64]) -> Int64? {
        guard let value = members[name] else { return nil }
        guard case .integer(let number) = value else { return mismatch(name, value, "a/an Positive Integer") }
        guard choices.contains(number) else {
            complain(name, "It should be one of these values: '\(choices.map(String.init).joined(separator: ","))'")
            return nil
        }
        return number
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = members[name] else { return nil }
        guard case .bool(let flag) = value else { return mismatch(name, value, "a/an Boolean") }
        return flag
    }

    mutating func moment(_ name: String) -> Seconds? {
        guard let text = text(name) else { return nil }
        guard let moment = Seconds(iso8601: text) else {
            complain(name, "It should be in the 'combined date and time ISO8601' format")
            return nil
        }
        return moment
    }

    mutating func texts(_ name: String) -> [String]? {
        guard let value = members[name] else { return nil }
        guard case .array(let items) = value else { return mismatch(name, value, "a/an Array") }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else {
            complain(name, "It should contain elements of type String only", .datatypeMismatch)
            return nil
        }
        return texts
    }

    mutating func integers(_ name: String) -> [Int64]? {
        guard let value = members[name] else { return nil }
        guard case .array(let items) = value else { return mismatch(name, value, "a/an Array") }
        let numbers = items.compactMap(\.integer)
        guard numbers.count == items.count else {
            complain(name, "It should contain elements of type Positive Integer only", .datatypeMismatch)
            return nil
        }
        return numbers
    }

    /// Empty for one that was not sent.
    mutating func list(_ name: String) -> [JSON] {
        guard let value = members[name] else { return [] }
        guard case .array(let items) = value else { return mismatch(name, value, "a/an Array") ?? [] }
        return items
    }

    mutating func object(_ name: String) -> [String: JSON]? {
        guard let value = members[name] else { return nil }
        guard case .object(let members) = value else { return mismatch(name, value, "a/an key/value pair") }
        return members
    }

    /// From a multipart body, of which only name, type and size are kept; or, as our own addition, as JSON:
    /// `[{name, content_type?, size?}]`.
    mutating func attachments(_ name: String = "attachments") -> [AttachmentDraft] {
        guard let value = members[name] else { return [] }
        guard case .array(let items) = value else {
            let _: [AttachmentDraft]? = mismatch(name, value, "a/an Array")
            return []
        }
        return items.compactMap { item in
            guard let fileName = item["name"]?.string else {
                complain(name, "It should contain elements with a name", .datatypeMismatch)
                return nil
            }
            return AttachmentDraft(
                name: fileName, contentType: item["content_type"]?.string ?? "application/octet-stream",
                size: max(0, item["size"]?.integer ?? 0))
        }
    }

    private mutating func mismatch<Value>(_ name: String, _ value: JSON, _ wanted: String) -> Value? {
        complain(name, "Value set is of type \(value.typeName).It should be \(wanted)", .datatypeMismatch)
        return nil
    }
}

extension TicketDraft {
    static let known: Set<String> = [
        "name", "requester_id", "email", "phone", "unique_external_id", "subject", "type", "status", "priority",
        "description", "responder_id", "attachments", "cc_emails", "custom_fields", "due_by", "fr_due_by", "group_id",
        "product_id", "source", "tags", "company_id",
    ]

    /// Throws what Freshdesk's validation would say. A new ticket needs a requester, a subject and a description.
    init(_ call: Call, isNew: Bool, account: Account) throws(Refusal) {
        var body = try BodyReader(call, known: Self.known)
        self.init(&body, account: account)
        if isNew {
            body.require("subject", "description")
            if !namesRequester {
                body.complain(
                    "requester_id",
                    "One of the following fields should be filled: requester_id, email, phone", .missingField)
            }
        }
        try body.finish()
    }

    /// Leaves complaints in `body`.
    init(_ body: inout BodyReader, account: Account) {
        self.init()
        subject = body.text("subject")
        description = body.text("description")
        requesterID = body.integer("requester_id")
        email = body.text("email")
        if let email, !email.contains("@") {
            body.complain("email", "It should be in the 'valid email address' format")
        }
        phone = body.text("phone")
        name = body.text("name")
        status = body.choice("status", among: TicketStatus.all)
        priority = body.choice("priority", among: TicketPriority.all)
        source = body.choice("source", among: TicketSource.all)
        type = body.textOrNull("type")
        tags = body.texts("tags")
        responderID = body.integerOrNull("responder_id")
        groupID = body.integerOrNull("group_id")
        productID = body.integerOrNull("product_id")
        companyID = body.integerOrNull("company_id")
        ccEmails = body.texts("cc_emails")
        customFields = body.object("custom_fields") ?? [:]
        dueBy = body.moment("due_by")
        firstResponseDueBy = body.moment("fr_due_by")
        attachments = body.attachments()
        func check(_ name: String, _ id: Int64??, exists: (Int64) -> Bool) {
            if case .some(.some(let id)) = id, !exists(id) {
                body.complain(name, "There is no \(name.dropLast(3)) matching the given \(name)")
            }
        }
        check("responder_id", responderID) { account.agents[$0] != nil }
        check("group_id", groupID) { account.groups[$0] != nil }
        check("product_id", productID) { account.products[$0] != nil }
        check("company_id", companyID) { account.companies[$0] != nil }
    }
}

extension MessageDraft {
    /// A reply, note or (by a control call) customer's reply.
    init(_ call: Call, known: Set<String>, privateByDefault: Bool, account: Account) throws(Refusal) {
        var body = try BodyReader(call, known: known)
        body.require("body")
        self.init(body: body.text("body") ?? "")
        isPrivate = body.flag("private") ?? privateByDefault
        incoming = body.flag("incoming") ?? false
        userID = body.integer("user_id")
        if let userID, account.agents[userID] == nil, account.contacts[userID] == nil {
            body.complain("user_id", "There is no user matching the given user_id")
        }
        ccEmails = body.texts("cc_emails") ?? []
        toEmails = body.texts("notify_emails")
        attachments = body.attachments()
        try body.finish()
    }
}
