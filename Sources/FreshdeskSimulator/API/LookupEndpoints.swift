extension Desk {
    static let lookupEndpoints: [Endpoint] = [
        Endpoint("agents").on("GET") { state, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page", "email", "mobile", "phone", "state"])
            let renderer = state.renderer()
            let email = parameters.text("email")
            let agents = renderer.account.agents.values.filter { email == nil || $0.email == email }
            return try .page(of: agents.sorted { $0.id < $1.id }, for: call, parameters) { renderer.write($0, to: &$1) }
        },
        Endpoint("agents/me").on("GET") { state, _, _ throws(Refusal) in
            try showAgent(state.account.keyHolder, &state)
        },
        Endpoint("agents/{id}").on("GET") { state, _, ids throws(Refusal) in try showAgent(ids[0], &state) },
        Endpoint("groups").on("GET") { state, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page"])
            let renderer = state.renderer()
            let groups = renderer.account.groups.values.sorted { $0.id < $1.id }
            return try .page(of: groups, for: call, parameters) { renderer.write($0, to: &$1) }
        },
        Endpoint("admin/groups").on("GET") { state, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page"])
            let renderer = state.renderer()
            let groups = renderer.account.groups.values.sorted { $0.id < $1.id }
            return try .page(of: groups, for: call, parameters) { renderer.write($0, to: &$1) }
        },
        Endpoint("business_hours").on("GET") { _, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page"])
            return try .page(of: [Int64(62_000_050_001)], for: call, parameters) { id, json in
                json.beginObject()
                json.field("id", id)
                json.field("name", "Default")
                json.nullField("description")
                json.field("is_default", true)
                json.field("time_zone", "UTC")
                json.field("created_at", time: Seconds(1_514_764_800))
                json.field("updated_at", time: Seconds(1_514_764_800))
                json.endObject()
            }
        },
        Endpoint("groups/{id}")
            .on("GET") { state, _, ids throws(Refusal) in try showGroup(ids[0], &state) }
            .on("PUT") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: ["name", "description"])
                body.require("name")
                let name = body.text("name") ?? ""
                try body.finish()
                try state.account.rename(group: ids[0], to: name, now: state.now)
                return try showGroup(ids[0], &state)
            },
        Endpoint("contacts").on("GET", kind: .contactList) { state, call, _ throws(Refusal) in
            let parameters = try Parameters(
                call, known: ["page", "per_page", "email", "phone", "mobile", "company_id", "updated_since"])
            let since = try parameters.moment("updated_since")
            let company = try parameters.integer("company_id")
            let email = parameters.text("email")?.lowercased()
            let renderer = state.renderer()
            let contacts = renderer.account.contacts.values.filter { contact in
                (since.map { contact.updatedAt >= $0 } ?? true) && (company == nil || contact.companyID == company)
                    && (email == nil || contact.email?.lowercased() == email)
            }
            // Deep pages of contacts are cut off (freshdesk.md 8).
            return try .page(of: contacts.sorted { $0.id < $1.id }, for: call, parameters, atMost: 500) {
                renderer.write($0, to: &$1)
            }
        },
        Endpoint("contacts/{id}")
            .on("GET") { state, _, ids throws(Refusal) in try showContact(ids[0], &state) }
            .on("PUT") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: ["name", "email", "phone"])
                let name = body.text("name")
                let email = body.text("email")
                let phone = body.text("phone")
                try body.finish()
                try state.account.rename(contact: ids[0], name: name, email: email, phone: phone, now: state.now)
                return try showContact(ids[0], &state)
            },
        Endpoint("companies").on("GET") { state, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page"])
            let renderer = state.renderer()
            let companies = renderer.account.companies.values.sorted { $0.id < $1.id }
            return try .page(of: companies, for: call, parameters) { renderer.write($0, to: &$1) }
        },
        Endpoint("companies/{id}").on("GET") { state, _, ids throws(Refusal) in
            let renderer = state.renderer()
            guard let company = renderer.account.companies[ids[0]] else { throw .notFound }
            return .json { renderer.write(company, to: &$0) }
        },
        Endpoint("products").on("GET") { state, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page"])
            let renderer = state.renderer()
            let products = renderer.account.products.values.sorted { $0.id < $1.id }
            return try .page(of: products, for: call, parameters) { renderer.write($0, to: &$1) }
        },
        Endpoint("products/{id}").on("GET") { state, _, ids throws(Refusal) in
            let renderer = state.renderer()
            guard let product = renderer.account.products[ids[0]] else { throw .notFound }
            return .json { renderer.write(product, to: &$0) }
        },
        Endpoint("ticket_fields").on("GET") { state, call, _ throws(Refusal) in
            _ = try Parameters(call, known: ["type", "page", "per_page"])
            let renderer = state.renderer()
            return .json { renderer.writeTicketFields(to: &$0) }
        },
        // The admin's list refuses paging.
        Endpoint("admin/ticket_fields").on("GET") { state, call, _ throws(Refusal) in
            _ = try Parameters(call, known: ["include"])
            let renderer = state.renderer()
            return .json { renderer.writeTicketFields(to: &$0) }
        },
        Endpoint("settings/helpdesk").on("GET") { _, _, _ in
            .json { json in
                json.beginObject()
                json.field("primary_language", Account.primaryLanguage)
                json.field("supported_languages", Account.otherLanguages)
                json.field("portal_languages", Account.otherLanguages)
                json.endObject()
            }
        },
        Endpoint("account").on("GET") { state, _, _ in
            let identity = state.account.identity
            let plan = state.limiter.plan.name
            let agents = state.account.agents.count
            return .json { json in
                json.beginObject()
                json.field("organisation_id", identity.id)
                json.field("organisation_name", identity.name)
                json.field("account_id", identity.id)
                json.field("account_name", identity.name)
                json.field("account_domain", identity.domain)
                json.field("tier_type", plan)
                json.field("timezone", "UTC")
                json.field("data_center", "US")
                json.field("total_agents", agents)
                json.endObject()
            }
        },
    ]

    private static func showAgent(_ id: Int64, _ state: inout DeskState) throws(Refusal) -> Answer {
        let renderer = state.renderer()
        guard let agent = renderer.account.agents[id] else { throw .notFound }
        return .json { renderer.write(agent, to: &$0) }
    }

    private static func showGroup(_ id: Int64, _ state: inout DeskState) throws(Refusal) -> Answer {
        let renderer = state.renderer()
        guard let group = renderer.account.groups[id] else { throw .notFound }
        return .json { renderer.write(group, to: &$0) }
    }

    private static func showContact(_ id: Int64, _ state: inout DeskState) throws(Refusal) -> Answer {
        let renderer = state.renderer()
        guard let contact = renderer.account.contacts[id] else { throw .notFound }
        return .json { renderer.write(contact, to: &$0) }
    }
}
