extension OpenAPIPart {
    /// What agents get beside a ticket.
    static let openings = OpenAPIPart(
        paths: #"""
            "/init/{ticket}": {
              "parameters": [
                {
                  "name": "ticket",
                  "in": "path",
                  "required": true,
                  "description": "The ticket that is opened.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 9223372036854775807},
                  "example": 4711
                }
              ],
              "get": {
                "operationId": "init",
                "summary": "A ticket's summary, similar tickets and articles about it",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "description": "Answered within a deadline; what is not ready by then is named in `failures`.",
                "responses": {
                  "200": {
                    "description": "What there is.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Opening"},
                        "example": {
                          "recommendation_id": "rcm_019cb2d1f5000123456789abcdef",
                          "ticket_id": "4711",
                          "subject": "Export stops",
                          "status": "Open",
                          "updated_at": "2026-03-03T09:14:22Z",
                          "stale": false,
                          "summary": {
                            "problem": "Export stops at row 500.",
                            "cause": "",
                            "solution": "",
                            "result": "",
                            "tags": ["export"],
                            "language": "en"
                          },
                          "provisional": false,
                          "similar": [],
                          "articles": [],
                          "failures": {"articles": "not ready within 3.0 s"}
                        }
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/attachments/{ticket}/{attachment}": {
              "parameters": [
                {
                  "name": "ticket",
                  "in": "path",
                  "required": true,
                  "description": "The ticket on which it hangs.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 9223372036854775807},
                  "example": 4711
                },
                {
                  "name": "attachment",
                  "in": "path",
                  "required": true,
                  "description": "The attachment.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 9223372036854775807},
                  "example": 4711
                }
              ],
              "get": {
                "operationId": "attachment",
                "summary": "Leads to a file at the help desk",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "responses": {
                  "302": {
                    "description": "A link that the help desk has signed for this request; good for minutes.",
                    "headers": {
                      "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
                      "Location": {"required": true, "schema": {"type": "string", "format": "uri"}}
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "Opening": {
              "type": "object",
              "required": [
                "recommendation_id", "ticket_id", "subject", "status", "updated_at", "stale", "summary", "provisional",
                "similar", "articles", "failures"
              ],
              "properties": {
                "recommendation_id": {"type": "string"},
                "ticket_id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                "subject": {"type": "string"},
                "status": {"type": "string"},
                "updated_at": {"type": "string", "format": "date-time"},
                "stale": {"type": "boolean"},
                "summary": {"anyOf": [{"$ref": "#/components/schemas/Summary"}, {"type": "null"}]},
                "provisional": {"type": "boolean", "description": "The summary is a built-in one for the time being."},
                "similar": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
                "articles": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
                "failures": {
                  "type": "object",
                  "required": [],
                  "properties": {
                    "summary": {"type": "string"},
                    "similar": {"type": "string"},
                    "articles": {"type": "string"}
                  },
                  "additionalProperties": false
                }
              },
              "additionalProperties": false
            }
            """#)
}
