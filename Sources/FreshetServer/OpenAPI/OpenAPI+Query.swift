extension OpenAPIPart {
    /// What agents ask.
    static let query = OpenAPIPart(
        paths: #"""
            "/query": {
              "post": {
                "operationId": "query",
                "summary": "Finds tickets and articles",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "description": "The company is the token's. A token that is limited to certain tickets finds only those.",
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/Question"},
                      "examples": {
                        "tickets": {"value": {"query": "export stops at row 500", "types": ["tickets"], "limit": 5}},
                        "filtered": {
                          "value": {
                            "query": "pair a panel",
                            "types": ["articles"],
                            "filters": {"visibility": ["everyone", "customers"], "language": "en"}
                          }
                        }
                      }
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "What was found, best first.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Answer"},
                        "example": {
                          "recommendation_id": "rcm_0123456789abcdef0123456789abcdef",
                          "results": [
                            {
                              "original_id": "4711",
                              "doc_type": "ticket",
                              "score": 0.83,
                              "subject": "Export stops",
                              "summary": {
                                "problem": "Export stops at row 500.",
                                "cause": "A limit of the report.",
                                "solution": "Export by month.",
                                "result": "Solved.",
                                "tags": ["export"],
                                "language": "en"
                              },
                              "status": "Resolved",
                              "priority": "Medium",
                              "tags": ["export"],
                              "updated_at": "2026-03-03T09:14:22Z",
                              "created_at": "2026-03-01T08:00:00Z",
                              "indexed_at": "2026-03-03T09:14:25.120Z",
                              "stale": false,
                              "match": {"terms": ["export", "row", "500"], "field": "problem"}
                            }
                          ]
                        }
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 413, 415, 422, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "Question": {
              "type": "object",
              "required": ["query"],
              "properties": {
                "query": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 32768,
                  "pattern": "\\S",
                  "description": "Words, a sentence, or a whole ticket."
                },
                "types": {
                  "type": "array",
                  "items": {"type": "string", "enum": ["tickets", "articles", "attachments"]},
                  "minItems": 1,
                  "maxItems": 10,
                  "default": ["tickets"]
                },
                "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
                "exclude": {
                  "type": "string",
                  "pattern": "^[1-9][0-9]{0,17}$",
                  "description": "A ticket that is not to be found: the one at hand."
                },
                "filters": {"$ref": "#/components/schemas/Filters"},
                "offset": {
                  "type": "integer", "minimum": 0, "maximum": 900, "default": 0,
                  "description": "How many of the best are left out: `next_offset` of the page before."
                },
                "highlight": {"type": "boolean", "default": false},
                "answer": {
                  "type": "boolean",
                  "default": true,
                  "description": "Whether an answer is wanted where a model can write one."
                }
              },
              "additionalProperties": false
            },
            "Filters": {
              "type": "object",
              "required": [],
              "properties": {
                "status": {"$ref": "#/components/schemas/Words"},
                "priority": {"$ref": "#/components/schemas/Words"},
                "type": {"$ref": "#/components/schemas/Words"},
                "tags": {"$ref": "#/components/schemas/Words"},
                "group": {"$ref": "#/components/schemas/Words"},
                "product": {"$ref": "#/components/schemas/Words"},
                "category": {"$ref": "#/components/schemas/Words"},
                "folder": {"$ref": "#/components/schemas/Words"},
                "language": {"$ref": "#/components/schemas/Words"},
                "visibility": {
                  "anyOf": [
                    {"$ref": "#/components/schemas/Visibility"},
                    {
                      "type": "array",
                      "items": {"$ref": "#/components/schemas/Visibility"},
                      "minItems": 1,
                      "maxItems": 50
                    }
                  ]
                },
                "created_after": {"$ref": "#/components/schemas/Moment"},
                "created_before": {"$ref": "#/components/schemas/Moment"},
                "updated_after": {"$ref": "#/components/schemas/Moment"},
                "updated_before": {"$ref": "#/components/schemas/Moment"},
                "custom_fields": {
                  "type": "object",
                  "minProperties": 1,
                  "maxProperties": 20,
                  "propertyNames": {"minLength": 1, "maxLength": 256},
                  "additionalProperties": {
                    "anyOf": [
                      {"$ref": "#/components/schemas/FieldValue"},
                      {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 50,
                        "items": {"$ref": "#/components/schemas/FieldValue"}
                      }
                    ]
                  },
                  "description": "By the field's name: any of the values."
                },
                "content_type": {"$ref": "#/components/schemas/Words"}
              },
              "additionalProperties": false,
              "description": "All that are given must hold. A span of time includes its beginning and not its end."
            },
            "FieldValue": {
              "description": "Numbers and flags stand for themselves.",
              "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 256},
                {"type": "number"},
                {"type": "boolean"}
              ]
            },
            "Words": {
              "description": "One text, or any of several; compared without case.",
              "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 256},
                {
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 50,
                  "items": {"type": "string", "minLength": 1, "maxLength": 256}
                }
              ]
            },
            "Moment": {
              "description": "With its zone; a day begins at midnight of UTC.",
              "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
            },
            "Visibility": {
              "type": "string",
              "enum": [
                "everyone", "customers", "agents", "companies", "bots", "contact_segments", "company_segments",
                "unknown"
              ]
            },
            "Answer": {
              "type": "object",
              "required": ["recommendation_id", "results"],
              "properties": {
                "recommendation_id": {"type": "string"},
                "results": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
                "next_offset": {"type": "integer", "minimum": 1, "description": "Absent on the last page."},
                "answer": {"$ref": "#/components/schemas/GroundedAnswer"},
                "degraded": {"type": "string", "enum": ["full_text_only"]}
              },
              "additionalProperties": false
            },
            "Hit": {
              "type": "object",
              "required": [
                "original_id", "doc_type", "score", "subject", "summary", "status", "priority", "tags", "updated_at",
                "created_at", "indexed_at", "stale", "match"
              ],
              "properties": {
                "original_id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                "doc_type": {"type": "string", "enum": ["ticket", "article", "attachment"]},
                "score": {"type": "number", "description": "Comparable within one answer only."},
                "subject": {"type": "string"},
                "summary": {"$ref": "#/components/schemas/Summary"},
                "provisional": {
                  "const": true,
                  "description": "The summary was made by the built-in summariser while no model could."
                },
                "status": {"type": "string"},
                "priority": {"type": ["string", "null"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "category": {"type": ["string", "null"]},
                "folder": {"type": ["string", "null"]},
                "visibility": {"$ref": "#/components/schemas/Visibility"},
                "internal": {"type": "boolean", "description": "Of an article: not for requesters."},
                "languages": {"type": "array", "items": {"type": "string"}},
                "updated_at": {"type": "string", "format": "date-time"},
                "created_at": {"type": "string", "format": "date-time"},
                "indexed_at": {"type": "string", "format": "date-time"},
                "stale": {"type": "boolean", "description": "The content has changed, and its summary waits."},
                "match": {"$ref": "#/components/schemas/Match"},
                "moved_up": {"type": "integer", "description": "Places that feedback has moved it up; negative: down."},
                "highlight": {
                  "type": "object",
                  "description": "By part: where words stand, in UTF-16 code units, beginning and end.",
                  "additionalProperties": {
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
                  }
                },
                "file_name": {"type": "string"},
                "content_type": {"type": ["string", "null"]},
                "size": {"type": "integer"},
                "ticket_id": {"type": "string", "description": "Of an attachment: where it hangs."},
                "article_id": {"type": "string"},
                "url": {"type": "string", "description": "Of a ticket's attachment: where to get it, here."}
              },
              "additionalProperties": false
            },
            "Match": {
              "type": "object",
              "required": ["terms", "field"],
              "properties": {
                "terms": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
                "field": {
                  "enum": ["subject", "problem", "cause", "solution", "result", "file_name", null],
                  "description": "The part that holds most of them."
                }
              },
              "additionalProperties": false
            },
            "Summary": {
              "type": "object",
              "required": ["problem", "cause", "solution", "result", "tags", "language"],
              "properties": {
                "problem": {"type": "string"},
                "cause": {"type": "string"},
                "solution": {"type": "string"},
                "result": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
                "language": {"type": "string"}
              },
              "additionalProperties": false
            }
            """#)
}
