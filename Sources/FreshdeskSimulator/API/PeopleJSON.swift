extension Renderer {
    func write(_ agent: Agent, to json: inout JSONWriter) {
        json.beginObject()
        json.field("available", true)
        json.field("occasional", false)
        json.field("id", agent.id)
        json.field("ticket_scope", agent.id == account.keyHolder ? account.behaviour.keyScope.number : 1)
        json.field("type", "support_agent")
        json.field("created_at", time: agent.createdAt)
        json.field("updated_at", time: agent.updatedAt)
        // Moves whenever the agent does anything: a reader must not take it for a change.
        json.field("last_active_at", time: links.now)
        json.nullField("available_since")
        json.key("group_ids")
        json.beginArray()
        for id in agent.groupIDs { json.value(id) }
        json.endArray()
        json.key("contact")
        json.beginObject()
        json.field("active", true)
        json.field("email", agent.email)
        json.nullField("job_title")
        json.field("language", "en")
        json.field("last_login_at", time: links.now)
        json.nullField("mobile")
        json.field("name", agent.name)
        json.nullField("phone")
        json.field("time_zone", "UTC")
        json.field("created_at", time: agent.createdAt)
        json.field("updated_at", time: agent.updatedAt)
        json.endObject()
        json.endObject()
    }

    func write(_ contact: Contact, to json: inout JSONWriter) {
        json.beginObject()
        json.field("active", false)
        json.nullField("address")
        json.field("company_id", contact.companyID)
        json.field("view_all_tickets", false)
        json.nullField("description")
        json.field("email", contact.email)
        json.field("id", contact.id)
        json.nullField("job_title")
        json.field("language", "en")
        json.nullField("mobile")
        json.field("name", contact.name)
        json.field("phone", contact.phone)
        json.field("time_zone", "UTC")
        json.nullField("twitter_id")
        json.field("other_emails", [])
        json.field("other_companies", [])
        json.field("custom_fields", [:])
        json.field("tags", [])
        json.field("created_at", time: contact.createdAt)
        json.field("updated_at", time: contact.updatedAt)
        json.endObject()
    }

    func write(_ group: Group, to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", group.id)
        json.field("name", group.name)
        json.nullField("description")
        json.nullField("escalate_to")
        json.nullField("unassigned_for")
        json.nullField("business_hour_id")
        json.field("group_type", "support_agent_group")
        json.field("created_at", time: group.createdAt)
        json.field("updated_at", time: group.updatedAt)
        json.field("auto_ticket_assign", 0)
        json.endObject()
    }

    func write(_ company: Company, to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", company.id)
        json.field("name", company.name)
        json.nullField("description")
        json.nullField("note")
        json.field("domains", company.domains)
        json.field("created_at", time: company.createdAt)
        json.field("updated_at", time: company.createdAt)
        json.field("custom_fields", [:])
        json.nullField("health_score")
        json.nullField("account_tier")
        json.nullField("renewal_date")
        json.nullField("industry")
        json.endObject()
    }

    func write(_ product: Product, to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", product.id)
        json.field("name", product.name)
        json.nullField("description")
        json.nullField("primary_email")
        json.field("created_at", time: product.createdAt)
        json.field("updated_at", time: product.createdAt)
        json.endObject()
    }

    /// `/ticket_fields`: status maps a number to its two labels, priority and source a label to its number.
    func writeTicketFields(to json: inout JSONWriter) {
        var types = Set(account.tickets.values.compactMap(\.type))
        types.formUnion(["Question", "Incident", "Problem", "Feature Request", "Refund"])
        let customNames = Set(account.tickets.values.flatMap(\.customFields.keys)).sorted()
        var id: Int64 = 62_000_140_001
        func field(
            _ name: String, _ label: String, _ type: String, _ json: inout JSONWriter,
            _ choices: (inout JSONWriter) -> Void
        ) {
            json.beginObject()
            json.field("id", id)
            json.field("name", name)
            json.field("label", label)
            json.nullField("description")
            json.field("position", id - 62_000_140_000)
            json.field("required_for_closure", false)
            json.field("required_for_agents", name == "subject" || name == "status")
            json.field("type", type)
            json.field("default", !name.hasPrefix("cf_"))
            json.field("customers_can_edit", false)
            json.field("label_for_customers", label)
            json.field("created_at", time: Seconds(1_514_764_800))
            json.field("updated_at", time: Seconds(1_514_764_800))
            choices(&json)
            json.endObject()
            id += 1
        }
        json.beginArray()
        field("requester", "Search a requester", "default_requester", &json) { _ in }
        field("subject", "Subject", "default_subject", &json) { _ in }
        field("ticket_type", "Type", "default_ticket_type", &json) { $0.field("choices", types.sorted()) }
        field("source", "Source", "default_source", &json) { json in
            json.key("choices")
            json.beginObject()
            for (number, label) in TicketSource.choices { json.field(label, number) }
            json.endObject()
        }
        field("status", "Status", "default_status", &json) { json in
            json.key("choices")
            json.beginObject()
            for (number, label, forCustomers) in TicketStatus.choices {
                json.field(String(number), [label, forCustomers])
            }
            json.endObject()
        }
        field("priority", "Priority", "default_priority", &json) { json in
            json.key("choices")
            json.beginObject()
            for (number, label) in TicketPriority.choices { json.field(label, number) }
            json.endObject()
        }
        field("group", "Group", "default_group", &json) { json in
            json.key("choices")
            json.beginObject()
            for group in account.groups.values.sorted(by: { $0.id < $1.id }) { json.field(group.name, group.id) }
            json.endObject()
        }
        field("agent", "Agent", "default_agent", &json) { json in
            json.key("choices")
            json.beginObject()
            for agent in account.agents.values.sorted(by: { $0.id < $1.id }) { json.field(agent.name, agent.id) }
            json.endObject()
        }
        field("product", "Product", "default_product", &json) { json in
            json.key("choices")
            json.beginObject()
            for product in account.products.values.sorted(by: { $0.id < $1.id }) {
                json.field(product.name, product.id)
            }
            json.endObject()
        }
        field("description", "Description", "default_description", &json) { _ in }
        for name in customNames { field(name, String(name.dropFirst(3)), "custom_text", &json) { _ in } }
        json.endArray()
    }
}
