extension OpenAPIPart {
    /// What is written for agents: answers as streams, and drafted replies.
    static let writing = OpenAPIPart(
        paths: #"""
            "/query/stream": {
              "post": {
                "operationId": "queryStream",
                "summary": "Finds tickets and articles, and tells an answer sentence by sentence",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/Question"},
                      "examples": {"plain": {"value": {"query": "export stops at row 500"}}}
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "Server-sent events: results, a token for each sentence once it has been checked, done. The schema is of one event.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "text/event-stream": {
                        "schema": {"$ref": "#/components/schemas/QueryEvent"},
                        "example": {
                          "event": "results",
                          "data": "{\"recommendation_id\":\"rcm_0123456789abcdef0123456789abcdef\",\"results\":[]}"
                        }
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 413, 415, 422, 429, 503))
                }
              }
            },
            "/generate_reply": {
              "post": {
                "operationId": "generateReply",
                "summary": "Drafts a reply to the requester of a ticket",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "description": "It rests on public messages, solved tickets and articles that customers may read. A ticket that the token may not see is not there.",
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/ReplyWish"},
                      "examples": {
                        "plain": {"value": {"ticket_id": 17}},
                        "told": {"value": {"ticket_id": "17", "instructions": "Offer a call.", "language": "en"}}
                      }
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "The draft, and what it rests on.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Reply"},
                        "example": {
                          "recommendation_id": "rcm_0123456789abcdef0123456789abcdef",
                          "ticket_id": "17",
                          "text": "Hello Kim,\n\nplease export by month.",
                          "sentences": [
                            {"text": "please export by month.", "opens_paragraph": true, "citations": ["ticket/4711"]}
                          ],
                          "language": "en",
                          "made_by": "builtin",
                          "placeholders": ["[date]"],
                          "citations": [{"original_id": "4711", "doc_type": "ticket", "subject": "Export stops"}],
                          "builtin": true,
                          "unverified": false
                        }
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 404, 413, 415, 422, 429, 503))
                }
              }
            },
            "/generate_reply/stream": {
              "post": {
                "operationId": "generateReplyStream",
                "summary": "The same, sentence by sentence",
                "tags": ["Answers"],
                "x-access": "agent admin",
                "security": [{"bearer": []}],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/ReplyWish"},
                      "examples": {
                        "plain": {"value": {"ticket_id": 17}},
                        "told": {"value": {"ticket_id": "17", "instructions": "Offer a call.", "language": "en"}}
                      }
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "Server-sent events: a token for each sentence, done with the whole draft; error for what kept a text back or failed. The schema is of one event.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "text/event-stream": {
                        "schema": {"$ref": "#/components/schemas/ReplyEvent"},
                        "example": {
                          "event": "done",
                          "data": "{\"recommendation_id\":\"rcm_0123456789abcdef0123456789abcdef\",\"ticket_id\":\"17\",\"text\":\"Hello Kim,\\n\\nplease export by month.\",\"sentences\":[{\"text\":\"please export by month.\",\"opens_paragraph\":true,\"citations\":[\"ticket/4711\"]}],\"language\":\"en\",\"made_by\":\"builtin\",\"placeholders\":[\"[date]\"],\"citations\":[{\"original_id\":\"4711\",\"doc_type\":\"ticket\",\"subject\":\"Export stops\"}],\"builtin\":true,\"unverified\":false}"
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
            "GroundedAnswer": {
              "type": "object",
              "required": ["status", "unverified"],
              "properties": {
                "status": {"type": "string", "enum": ["answered", "not_enough_evidence", "withheld"]},
                "reason": {"$ref": "#/components/schemas/WithheldReason"},
                "text": {"type": "string"},
                "sentences": {"type": "array", "items": {"$ref": "#/components/schemas/Sentence"}},
                "language": {"type": "string"},
                "made_by": {"type": "string"},
                "citations": {"type": "array", "items": {"$ref": "#/components/schemas/Citation"}},
                "unverified": {
                  "type": "boolean",
                  "description": "The help desk could not be asked whether what is cited is still there."
                }
              },
              "additionalProperties": false,
              "description": "Every sentence rests on a hit."
            },
            "Sentence": {
              "type": "object",
              "required": ["text", "opens_paragraph", "citations"],
              "properties": {
                "text": {"type": "string"},
                "opens_paragraph": {"type": "boolean"},
                "citations": {
                  "type": "array",
                  "items": {"type": "string", "pattern": "^(ticket|article)/[1-9][0-9]*$"}
                }
              },
              "additionalProperties": false
            },
            "Citation": {
              "type": "object",
              "required": ["original_id", "doc_type", "subject"],
              "properties": {
                "original_id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                "doc_type": {"type": "string", "enum": ["ticket", "article"]},
                "subject": {"type": "string"}
              },
              "additionalProperties": false
            },
            "WithheldReason": {
              "type": "string",
              "enum": ["deadline", "unavailable", "declined", "budget", "cancelled"],
              "description": "Why no model wrote it."
            },
            "ReplyWish": {
              "type": "object",
              "required": ["ticket_id"],
              "properties": {
                "ticket_id": {"$ref": "#/components/schemas/TicketID"},
                "instructions": {"type": "string", "maxLength": 4000},
                "language": {
                  "type": "string",
                  "pattern": "^[a-z]{2}$",
                  "description": "ISO 639-1; the ticket's own unless given."
                }
              },
              "additionalProperties": false
            },
            "Reply": {
              "type": "object",
              "required": [
                "recommendation_id", "ticket_id", "text", "sentences", "language", "made_by", "placeholders",
                "citations", "builtin", "unverified"
              ],
              "properties": {
                "recommendation_id": {"type": "string"},
                "ticket_id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                "text": {"type": "string"},
                "sentences": {"type": "array", "items": {"$ref": "#/components/schemas/Sentence"}},
                "language": {"type": "string"},
                "made_by": {"type": "string"},
                "placeholders": {
                  "type": "array",
                  "items": {"type": "string"},
                  "description": "For the agent to fill in."
                },
                "citations": {"type": "array", "items": {"$ref": "#/components/schemas/Citation"}},
                "builtin": {"type": "boolean"},
                "reason": {"$ref": "#/components/schemas/WithheldReason"},
                "unverified": {"type": "boolean"}
              },
              "additionalProperties": false
            },
            "QueryEvent": {
              "oneOf": [
                \#(event("results", of: "Answer")),
                \#(event("token", of: "Sentence")),
                \#(event("error", of: "StreamFault")),
                \#(event("done", holding: finish))
              ]
            },
            "ReplyEvent": {
              "oneOf": [
                \#(event("token", of: "Sentence")),
                \#(event("error", of: "StreamFault")),
                \#(event("done", of: "Reply"))
              ]
            },
            "StreamFault": {
              "oneOf": [
                {
                  "type": "object",
                  "required": ["reason", "detail"],
                  "properties": {
                    "reason": {"$ref": "#/components/schemas/WithheldReason"},
                    "detail": {"type": "string"}
                  },
                  "additionalProperties": false
                },
                {"$ref": "#/components/schemas/Problem"}
              ]
            }
            """#)

    /// What a streamed answer to a query ends with.
    private static let finish = #"""
        {
          "type": "object",
          "required": ["recommendation_id"],
          "properties": {
            "recommendation_id": {"type": "string"},
            "answer": {"$ref": "#/components/schemas/GroundedAnswer"}
          },
          "additionalProperties": false
        }
        """#
}
