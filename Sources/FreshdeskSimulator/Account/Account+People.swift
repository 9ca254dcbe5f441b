extension Account {
    // MARK: People

    /// The agent of that name, made when there is none.
    @discardableResult
    mutating func agent(named name: String, now: Seconds) -> Int64 {
        if let known = agentOfName[name] { return known }
        let id = agentIDs.take()
        agents[id] = Agent(
            id: id, name: name, email: Self.mailbox(name, at: "agents." + identity.supportDomain), createdAt: now,
            updatedAt: now)
        agentOfName[name] = id
        return id
    }

    /// The contact of that address, made when there is none.
    mutating func contact(email: String, name: String?, now: Seconds) -> Int64 {
        let key = email.lowercased()
        if let known = contactOfEmail[key] { return known }
        let id = contactIDs.take()
        contacts[id] = Contact(
            id: id, name: name ?? String(email.prefix { $0 != "@" }), email: email, createdAt: now, updatedAt: now)
        contactOfEmail[key] = id
        return id
    }

    /// A person with an id of their own choice, whom nobody knows yet.
    mutating func add(_ agent: Agent) {
        agents[agent.id] = agent
        agentOfName[agent.name] = agentOfName[agent.name] ?? agent.id
    }

    mutating func add(_ contact: Contact) {
        contacts[contact.id] = contact
        if let email = contact.email { contactOfEmail[email.lowercased()] = contact.id }
    }

    func contactID(ofEmail email: String) -> Int64? { contactOfEmail[email.lowercased()] }

    mutating func addContact(name: String, phone: String?, companyID: Int64? = nil, now: Seconds) -> Int64 {
        let id = contactIDs.take()
        contacts[id] = Contact(
            id: id, name: name, email: nil, phone: phone, companyID: companyID, createdAt: now, updatedAt: now)
        return id
    }

    mutating func setCompany(_ company: Int64, ofContact contact: Int64) { contacts[contact]?.companyID = company }

    mutating func group(named name: String, now: Seconds) -> Int64 {
        if let known = groups.values.first(where: { $0.name == name }) { return known.id }
        let id = groupIDs.take()
        groups[id] = Group(id: id, name: name, createdAt: now, updatedAt: now)
        return id
    }

    mutating func product(named name: String, now: Seconds) -> Int64 {
        if let known = products.values.first(where: { $0.name == name }) { return known.id }
        let id = productIDs.take()
        products[id] = Product(id: id, name: name, createdAt: now)
        return id
    }

    mutating func company(named name: String, domain: String, now: Seconds) -> Int64 {
        if let known = companies.values.first(where: { $0.name == name }) { return known.id }
        let id = companyIDs.take()
        companies[id] = Company(id: id, name: name, domains: [domain], createdAt: now)
        return id
    }

    /// Renames touch no ticket (freshdesk.md 1.9).
    mutating func rename(contact id: Int64, name: String?, email: String?, phone: String?, now: Seconds) throws(Refusal)
    {
        guard var contact = contacts[id] else { throw .notFound }
        if let email, let other = contactOfEmail[email.lowercased()], other != id {
            throw .conflict(
                FieldError(field: "email", message: "It should be a unique value", code: .duplicateValue))
        }
        if let old = contact.email, email != nil { contactOfEmail[old.lowercased()] = nil }
        contact.name = name ?? contact.name
        contact.email = email ?? contact.email
        contact.phone = phone ?? contact.phone
        contact.updatedAt = now
        contacts[id] = contact
        if let email { contactOfEmail[email.lowercased()] = id }
    }

    mutating func rename(group id: Int64, to name: String, now: Seconds) throws(Refusal) {
        guard groups[id] != nil else { throw .notFound }
        groups[id]?.name = name
        groups[id]?.updatedAt = now
    }

    mutating func rename(agent id: Int64, to name: String, now: Seconds) throws(Refusal) {
        guard let old = agents[id] else { throw .notFound }
        agentOfName[old.name] = nil
        agentOfName[name] = id
        agents[id]?.name = name
        agents[id]?.updatedAt = now
    }

    static func mailbox(_ name: String, at domain: String) -> String {
        let plain = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "." }.joined()
        let isReadable = plain.contains { $0 != "." }
        return (isReadable ? plain : "u" + String(stableHash(name), radix: 36)) + "@" + domain
    }
}

extension Account.Identity {
    /// What is behind the @ of the account's own addresses.
    var supportDomain: String { String(supportEmail.drop { $0 != "@" }.dropFirst()) }
}
