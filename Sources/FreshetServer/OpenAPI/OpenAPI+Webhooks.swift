extension OpenAPIPart {
    /// Where help desks tell what has changed.
    static let webhooks = OpenAPIPart(
        paths: #"""
            "/webhooks/{platform}/{company}": {
              "post": {
                "operationId": "webhook",
                "summary": "A help desk says that an item has changed",
                "tags": ["Webhooks"],
                "x-access": "signed",
                "security": [],
                "description": "Only which item changed is taken from the body; the item is then read at the source. By the company's scheme the proof is a Standard Webhooks signature (webhook-id, webhook-timestamp, webhook-signature), X-Hub-Signature-256, or the secret in X-Freshet-Token or as basic-auth password. An unknown company gets the same 401 as a wrong signature.",
                "parameters": [
                  {"$ref": "#/components/parameters/Platform"},
                  {"$ref": "#/components/parameters/Company"},
                  {"name": "webhook-id", "in": "header", "schema": {"type": "string"}},
                  {"name": "webhook-timestamp", "in": "header", "schema": {"type": "string"}},
                  {
                    "name": "webhook-signature",
                    "in": "header",
                    "schema": {"type": "string"},
                    "example": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
                  },
                  {"name": "X-Hub-Signature-256", "in": "header", "schema": {"type": "string"}},
                  {"name": "X-Freshet-Token", "in": "header", "schema": {"type": "string"}}
                ],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/Webhook"},
                      "examples": {
                        "plain": {"value": {"ticket_id": 4711}},
                        "app": {"value": {"event": "onConversationCreate", "ticket_id": 4711}},
                        "automation": {"value": {"freshdesk_webhook": {"ticket_id": "4711"}}}
                      }
                    }
                  }
                },
                "responses": {
                  "202": {
                    "description": "It is on disk.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Accepted"},
                        "example": {"status": "accepted"}
                      }
                    }
                  },
                  \#(refusals(400, 401, 404, 413, 415, 422, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "Accepted": {
              "type": "object",
              "required": ["status"],
              "properties": {"status": {"const": "accepted"}},
              "additionalProperties": false
            },
            "Webhook": {
              "type": "object",
              "description": "Members that are not named here are ignored.",
              "anyOf": [
                {"required": ["ticket_id"], "properties": {"ticket_id": {"$ref": "#/components/schemas/TicketID"}}},
                {
                  "required": ["freshdesk_webhook"],
                  "properties": {
                    "freshdesk_webhook": {
                      "type": "object",
                      "required": ["ticket_id"],
                      "properties": {"ticket_id": {"$ref": "#/components/schemas/TicketID"}}
                    }
                  }
                }
              ]
            },
            "TicketID": {
              "description": "As the help desk numbers it, or the same as digits.",
              "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 9223372036854775807},
                {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}
              ]
            }
            """#)
}
