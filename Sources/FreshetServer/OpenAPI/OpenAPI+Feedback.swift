extension OpenAPIPart {
    /// What agents think of what they get.
    static let feedback = OpenAPIPart(
        paths: #"""
            "/feedback": {
              "post": {
                "operationId": "feedback",
                "summary": "Says whether a recommendation was welcome",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "description": "Repeating it is free; another verdict of the same user on the same thing replaces the first.",
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/Feedback"},
                      "example": {
                        "recommendation_id": "rcm_019cb2d1f5000123456789abcdef",
                        "verdict": "up",
                        "original_id": "4711"
                      }
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "It is on disk.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/FeedbackReceipt"},
                        "example": {
                          "status": "recorded",
                          "recommendation_id": "rcm_019cb2d1f5000123456789abcdef",
                          "recorded_at": "2026-03-03T09:14:22Z",
                          "repeated": false
                        }
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 404, 413, 415, 422, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "Feedback": {
              "type": "object",
              "required": ["recommendation_id", "verdict"],
              "properties": {
                "recommendation_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                "verdict": {"type": "string", "enum": ["up", "down"]},
                "original_id": {
                  "type": "string",
                  "pattern": "^[1-9][0-9]{0,17}$",
                  "description": "Of one of its results (404 else); without it the verdict is on the whole."
                },
                "doc_type": {
                  "type": "string",
                  "enum": ["ticket", "article", "attachment"],
                  "description": "Where several results have the id."
                },
                "comment": {"type": "string", "minLength": 1, "maxLength": 2000}
              },
              "dependentRequired": {"doc_type": ["original_id"]},
              "additionalProperties": false
            },
            "FeedbackReceipt": {
              "type": "object",
              "required": ["status", "recommendation_id", "recorded_at", "repeated"],
              "properties": {
                "status": {"const": "recorded"},
                "recommendation_id": {"type": "string"},
                "recorded_at": {"type": "string", "format": "date-time", "description": "When it was given first."},
                "repeated": {"type": "boolean"}
              },
              "additionalProperties": false
            }
            """#)
}
