extension OpenAPIPart {
    /// Why an item is as it is.
    static let items = OpenAPIPart(
        paths: #"""
            "/admin/companies/{company}/items/{kind}/{id}": {
              "parameters": [
                {"$ref": "#/components/parameters/Company"},
                {"$ref": "#/components/parameters/Kind"},
                {"$ref": "#/components/parameters/ItemID"}
              ],
              "get": {
                "operationId": "explain",
                "summary": "Every decision about an item, and why",
                "tags": ["Items"],
                "x-access": "operator own-admin",
                "security": [{"bearer": []}],
                "responses": {
                  "200": {
                    "description": "Its place in the ledger, what is on record, and the decisions, newest first.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Explanation"},
                        "example": {
                          "item": "ticket/4711",
                          "company_id": "acme",
                          "wanted": 7,
                          "claimed": 7,
                          "done": 7,
                          "state": "ready",
                          "attempts": 0,
                          "reason": null,
                          "waits_for": null,
                          "stale": false,
                          "not_before": "2026-03-03T09:14:24Z",
                          "outcome": "updated",
                          "document": "indexed",
                          "visibility": null,
                          "content_hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                          "facets_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                          "provisional": false,
                          "made_by": "builtin/extractive/1",
                          "decisions": [
                            {
                              "at": "2026-03-03T09:14:25.120Z",
                              "run": 7,
                              "cause": "webhook",
                              "outcome": "updated",
                              "reason": null,
                              "changes": ["conversations"],
                              "content_hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                              "facets_hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                              "cost": {"api_calls": 1, "summaries": 1, "embeddings": 1, "milliseconds": 820}
                            }
                          ]
                        }
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/admin/companies/{company}/items/{kind}/{id}/retry": {
              "parameters": [
                {"$ref": "#/components/parameters/Company"},
                {"$ref": "#/components/parameters/Kind"},
                {"$ref": "#/components/parameters/ItemID"}
              ],
              "post": {
                "operationId": "retry",
                "summary": "Tries an item again, its attempts begun anew",
                "tags": ["Items"],
                "x-access": "operator own-admin",
                "security": [{"bearer": []}],
                "responses": {
                  "202": {
                    "description": "It is marked.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {"schema": {"$ref": "#/components/schemas/Marked"}, "example": {"marked": 1}}
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "Explanation": {
              "type": "object",
              "required": [
                "item", "company_id", "wanted", "claimed", "done", "state", "attempts", "reason", "waits_for", "stale",
                "not_before", "outcome", "document", "visibility", "content_hash", "facets_hash", "provisional",
                "made_by", "decisions"
              ],
              "properties": {
                "item": {"type": "string"},
                "company_id": {"$ref": "#/components/schemas/CompanyID"},
                "wanted": {"type": "integer", "minimum": 0},
                "claimed": {"type": "integer", "minimum": 0},
                "done": {"type": "integer", "minimum": 0},
                "state": {"type": "string", "enum": ["ready", "parked"]},
                "attempts": {"type": "integer", "minimum": 0},
                "reason": {"type": ["string", "null"]},
                "waits_for": {"enum": ["budget", null]},
                "stale": {"type": "boolean"},
                "not_before": {"type": "string", "format": "date-time"},
                "outcome": {"oneOf": [{"$ref": "#/components/schemas/Outcome"}, {"type": "null"}]},
                "document": {"enum": ["indexed", "excluded", "removed", null]},
                "visibility": {"oneOf": [{"$ref": "#/components/schemas/Visibility"}, {"type": "null"}]},
                "content_hash": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
                "facets_hash": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
                "provisional": {"type": "boolean"},
                "made_by": {"type": ["string", "null"]},
                "decisions": {"type": "array", "items": {"$ref": "#/components/schemas/Decision"}}
              },
              "additionalProperties": false
            },
            "Outcome": {
              "type": "string",
              "enum": ["created", "updated", "relabelled", "unchanged", "excluded", "removed", "failed", "parked"]
            },
            "Decision": {
              "type": "object",
              "required": ["at", "run", "cause", "outcome", "reason", "changes", "content_hash", "facets_hash", "cost"],
              "properties": {
                "at": {"type": "string", "format": "date-time"},
                "run": {"type": "integer", "minimum": 0},
                "cause": {"type": "string", "enum": ["webhook", "reconcile", "admin", "ingest"]},
                "outcome": {"$ref": "#/components/schemas/Outcome"},
                "reason": {"type": ["string", "null"]},
                "changes": {"type": "array", "items": {"type": "string"}},
                "content_hash": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
                "facets_hash": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
                "cost": {
                  "type": "object",
                  "required": ["api_calls", "summaries", "embeddings", "milliseconds"],
                  "properties": {
                    "api_calls": {"type": "integer", "minimum": 0},
                    "summaries": {"type": "integer", "minimum": 0},
                    "embeddings": {"type": "integer", "minimum": 0},
                    "milliseconds": {"type": "integer", "minimum": 0}
                  },
                  "additionalProperties": false
                }
              },
              "additionalProperties": false
            }
            """#)
}
