extension OpenAPIPart {
    /// Comparing the index with the help desk.
    static let reconciles = OpenAPIPart(
        paths: #"""
            "/ingest": {
              "post": {
                "operationId": "ingest",
                "summary": "Starts a backfill or reconcile of the token's company",
                "tags": ["Reconciles"],
                "x-access": "admin",
                "security": [{"bearer": []}],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/IngestOrder"},
                      "examples": {
                        "changes": {"value": {"mode": "incremental", "since": "2026-03-01T00:00:00Z"}},
                        "everything": {"value": {"mode": "sweep", "kinds": ["tickets"]}}
                      }
                    }
                  }
                },
                "responses": {
                  "202": {
                    "description": "It is ordered.",
                    "headers": {
                      "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
                      "Location": {"description": "Where its progress is shown.", "schema": {"type": "string"}}
                    },
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Report"},
                        "example": \#(report("waiting"))
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 404, 413, 415, 422, 429, 503))
                }
              }
            },
            "/ingest/{run}": {
              "get": {
                "operationId": "ingestReport",
                "summary": "How far it is",
                "tags": ["Reconciles"],
                "x-access": "admin",
                "security": [{"bearer": []}],
                "parameters": [{"$ref": "#/components/parameters/Run"}],
                "responses": {
                  "200": {
                    "description": "Counts, certificate, and what became of what was marked.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Report"},
                        "example": \#(report("complete"))
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/ingest/{run}/events": {
              "get": {
                "operationId": "ingestEvents",
                "summary": "Follows it to its end",
                "tags": ["Reconciles"],
                "x-access": "admin",
                "security": [{"bearer": []}],
                "parameters": [{"$ref": "#/components/parameters/Run"}],
                "responses": {
                  "200": {
                    "description": "Server-sent events: progress at every change, done at the end. The schema is of one event.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "text/event-stream": {
                        "schema": {"$ref": "#/components/schemas/ReportEvent"},
                        "example": \#(doneEvent)
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/admin/companies/{company}/reconciles": {
              "parameters": [{"$ref": "#/components/parameters/Company"}],
              "post": {
                "operationId": "reconcile",
                "summary": "Starts a reconcile, marks tickets, or tells what a reconcile would do",
                "tags": ["Reconciles"],
                "x-access": "operator",
                "security": [{"bearer": []}],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"$ref": "#/components/schemas/ReconcileOrder"},
                      "examples": {
                        "sweep": {"value": {"mode": "sweep"}},
                        "look": {"value": {"mode": "incremental", "dry_run": true}},
                        "tickets": {"value": {"mode": "incremental", "ticket_ids": [4711, "4712"]}},
                        "rebuild": {"value": {"rebuild": true}},
                        "rollback": {"value": {"rollback": true}}
                      }
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "A dry run: the plan, or of an audit its verdicts.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {
                          "oneOf": [{"$ref": "#/components/schemas/Plan"}, {"$ref": "#/components/schemas/Verdicts"}]
                        },
                        "example": {
                          "version": 1,
                          "company_id": "acme",
                          "platform": "freshdesk",
                          "mode": "sweep",
                          "made_at": "2026-03-03T09:15:00Z",
                          "listed_to": "2026-03-03T09:14:22Z",
                          "seen": 1200,
                          "unchanged": 1159,
                          "counts": {"create": 1, "update": 40, "remove": 0, "check": 0},
                          "withholds_removals": false,
                          "api_calls": {"listing": 12, "reading": 41, "total": 53},
                          "calls_per_minute": 200,
                          "minutes": 0.265,
                          "tokens": 21000,
                          "money": 0.0042,
                          "currency": "USD",
                          "gated": 3,
                          "steps": [
                            {
                              "item": "ticket/4711",
                              "action": "update",
                              "listed_at": "2026-03-03T09:14:22Z",
                              "known_at": "2026-03-01T08:00:00Z",
                              "api_calls": 1
                            }
                          ]
                        }
                      }
                    }
                  },
                  "202": {
                    "description": "It is ordered, or the tickets are marked.",
                    "headers": {
                      "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
                      "Location": {"description": "Where its progress is shown.", "schema": {"type": "string"}}
                    },
                    "content": {
                      "application/json": {
                        "schema": {
                          "oneOf": [{"$ref": "#/components/schemas/Report"}, {"$ref": "#/components/schemas/Marked"}]
                        },
                        "example": {"marked": 2}
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 404, 413, 415, 422, 429, 503))
                }
              }
            },
            "/admin/companies/{company}/reconciles/{run}": {
              "parameters": [{"$ref": "#/components/parameters/Company"}, {"$ref": "#/components/parameters/Run"}],
              "get": {
                "operationId": "reconcileReport",
                "summary": "How far it is",
                "tags": ["Reconciles"],
                "x-access": "operator",
                "security": [{"bearer": []}],
                "responses": {
                  "200": {
                    "description": "Counts, certificate, and what became of what was marked.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Report"},
                        "example": \#(report("complete"))
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              },
              "delete": {
                "operationId": "cancelReconcile",
                "summary": "Ends it where it is",
                "tags": ["Reconciles"],
                "x-access": "operator",
                "security": [{"bearer": []}],
                "responses": {
                  "200": {
                    "description": "As it stands now.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Report"},
                        "example": \#(report("cancelled", because: #""cancelled by a person""#))
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/admin/companies/{company}/reconciles/{run}/events": {
              "parameters": [{"$ref": "#/components/parameters/Company"}, {"$ref": "#/components/parameters/Run"}],
              "get": {
                "operationId": "reconcileEvents",
                "summary": "Follows it to its end",
                "tags": ["Reconciles"],
                "x-access": "operator",
                "security": [{"bearer": []}],
                "responses": {
                  "200": {
                    "description": "Server-sent events: progress at every change, done at the end. The schema is of one event.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "text/event-stream": {
                        "schema": {"$ref": "#/components/schemas/ReportEvent"},
                        "example": \#(doneEvent)
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/admin/companies/{company}/reconciles/{run}/release": {
              "parameters": [{"$ref": "#/components/parameters/Company"}, {"$ref": "#/components/parameters/Run"}],
              "post": {
                "operationId": "release",
                "summary": "Lets the removals go on that it withheld",
                "tags": ["Reconciles"],
                "x-access": "operator",
                "security": [{"bearer": []}],
                "responses": {
                  "202": {
                    "description": "So many are marked.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Released"},
                        "example": {"released": 40}
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "IngestOrder": {
              "oneOf": [
                {
                  "type": "object",
                  "required": ["mode"],
                  "properties": {
                    "mode": {"const": "incremental"},
                    "since": {"$ref": "#/components/schemas/Moment"},
                    "kinds": {"type": "array", "items": {"const": "tickets"}, "minItems": 1}
                  },
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "required": ["mode"],
                  "properties": {
                    "mode": {"const": "sweep"},
                    "kinds": {"type": "array", "items": {"const": "tickets"}, "minItems": 1}
                  },
                  "additionalProperties": false
                }
              ]
            },
            "ReconcileOrder": {
              "anyOf": [
                {
                  "type": "object",
                  "required": ["mode"],
                  "properties": {
                    "mode": {"const": "incremental"},
                    "since": {"$ref": "#/components/schemas/Moment"},
                    "dry_run": {"type": "boolean"},
                    "rebuild": {"const": false},
                    "rollback": {"const": false}
                  },
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "required": ["mode"],
                  "properties": {
                    "mode": {"const": "sweep"},
                    "dry_run": {"type": "boolean"},
                    "rebuild": {"const": false},
                    "rollback": {"const": false}
                  },
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "required": ["mode"],
                  "properties": {
                    "mode": {"const": "audit"},
                    "dry_run": {"type": "boolean"},
                    "rebuild": {"const": false},
                    "rollback": {"const": false}
                  },
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "required": ["rebuild"],
                  "properties": {
                    "mode": {"const": "audit"},
                    "dry_run": {"type": "boolean"},
                    "rebuild": {"const": true},
                    "rollback": {"const": false}
                  },
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "required": ["rollback"],
                  "properties": {
                    "mode": {"const": "audit"},
                    "dry_run": {"const": false},
                    "rebuild": {"const": false},
                    "rollback": {"const": true}
                  },
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "required": ["mode", "ticket_ids"],
                  "properties": {
                    "mode": {"type": "string", "enum": ["incremental", "sweep"]},
                    "ticket_ids": {
                      "type": "array",
                      "items": {"$ref": "#/components/schemas/TicketID"},
                      "minItems": 1,
                      "maxItems": 1000
                    },
                    "dry_run": {"const": false},
                    "rebuild": {"const": false},
                    "rollback": {"const": false}
                  },
                  "additionalProperties": false
                }
              ]
            },
            "Report": {
              "type": "object",
              "required": [
                "run_id", "company_id", "mode", "state", "phase", "since", "seen", "marked", "unchanged", "removed",
                "withheld", "withheld_now", "failed", "api_calls", "changes", "missed", "missed_webhooks_ratio",
                "alarm", "reason", "requested_at", "started_at", "ended_at", "expected", "eta_seconds", "certificate"
              ],
              "properties": {
                "run_id": {"type": "string"},
                "company_id": {"$ref": "#/components/schemas/CompanyID"},
                "mode": {"type": "string", "enum": ["incremental", "sweep", "audit", "rebuild", "rollback"]},
                "state": {"type": "string", "enum": ["waiting", "running", "complete", "failed", "cancelled"]},
                "phase": {
                  "type": "string",
                  "enum": [
                    "changed", "deleted", "spam", "articles", "absent", "judgement", "documents", "points",
                    "document_repairs", "point_repairs", "filling", "catching_up", "comparison", "switching",
                    "adoption", "done"
                  ]
                },
                "since": {"type": ["string", "null"], "format": "date-time"},
                "seen": {"type": "integer", "minimum": 0},
                "marked": {"type": "integer", "minimum": 0},
                "unchanged": {"type": "integer", "minimum": 0},
                "removed": {"type": "integer", "minimum": 0},
                "withheld": {"type": "integer", "minimum": 0},
                "withheld_now": {"type": "integer", "minimum": 0},
                "failed": {"type": "integer", "minimum": 0},
                "api_calls": {"type": "integer", "minimum": 0},
                "changes": {"type": "integer", "minimum": 0},
                "missed": {"type": "integer", "minimum": 0},
                "missed_webhooks_ratio": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "alarm": {"type": ["string", "null"]},
                "reason": {"type": ["string", "null"]},
                "requested_at": {"type": "string", "format": "date-time"},
                "started_at": {"type": ["string", "null"], "format": "date-time"},
                "ended_at": {"type": ["string", "null"], "format": "date-time"},
                "expected": {"type": ["integer", "null"], "minimum": 0},
                "eta_seconds": {"type": ["integer", "null"], "minimum": 0},
                "certificate": {"$ref": "#/components/schemas/Certificate"}
              },
              "additionalProperties": false
            },
            "ReportEvent": {
              "oneOf": [
                {
                  "type": "object",
                  "required": ["event", "data"],
                  "properties": {
                    "event": {"type": "string", "enum": ["progress", "done"]},
                    "data": {
                      "type": "string",
                      "contentMediaType": "application/json",
                      "contentSchema": {"$ref": "#/components/schemas/Report"}
                    }
                  },
                  "additionalProperties": false
                },
                \#(event("error", of: "Problem"))
              ]
            },
            "Certificate": {
              "type": "object",
              "required": [
                "complete", "hidden", "absent", "archived", "omitted_seconds", "settled", "windows", "removals",
                "replanned"
              ],
              "properties": {
                "complete": {"type": "boolean"},
                "hidden": {"type": "integer", "minimum": 0},
                "absent": {"type": "integer", "minimum": 0},
                "archived": {"type": "integer", "minimum": 0},
                "omitted_seconds": {"type": "array", "items": {"type": "string", "format": "date-time"}},
                "settled": {"$ref": "#/components/schemas/Settled"},
                "windows": {"type": "array", "items": {"$ref": "#/components/schemas/Window"}},
                "removals": {"oneOf": [{"$ref": "#/components/schemas/Settled"}, {"type": "null"}]},
                "replanned": {"type": "array", "items": {"type": "string"}},
                "audit": {"$ref": "#/components/schemas/Verdicts"},
                "audit_findings": {"type": "array", "items": {"$ref": "#/components/schemas/AuditFinding"}},
                "rebuild": {"$ref": "#/components/schemas/Rebuild"}
              },
              "additionalProperties": false
            },
            "AuditFinding": {
              "type": "object",
              "required": ["verdict", "item", "point_id"],
              "properties": {
                "verdict": {"type": "string", "enum": ["missing", "orphan", "stale", "duplicate", "foreign"]},
                "item": {"type": "string"},
                "point_id": {"type": ["string", "null"]}
              },
              "additionalProperties": false
            },
            "Rebuild": {
              "type": "object",
              "required": [
                "slot", "replaces", "makers", "replaced", "filled", "caught_up", "overlap_at_10", "queries"
              ],
              "properties": {
                "slot": {"type": "integer", "minimum": 1},
                "replaces": {"type": "integer", "minimum": 1},
                "makers": {"$ref": "#/components/schemas/SlotMakers"},
                "replaced": {"$ref": "#/components/schemas/SlotMakers"},
                "filled": {"type": "integer", "minimum": 0},
                "caught_up": {"type": "integer", "minimum": 0},
                "overlap_at_10": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "queries": {"type": ["integer", "null"], "minimum": 1}
              },
              "additionalProperties": false
            },
            "SlotMakers": {
              "type": "object",
              "required": ["embedder", "summariser"],
              "properties": {"embedder": {"type": "string"}, "summariser": {"type": "string"}},
              "additionalProperties": false
            },
            "Window": {
              "type": "object",
              "required": ["window", "from", "to", "seen", "unchanged", "marked", "hidden", "settled"],
              "properties": {
                "window": {"type": "integer", "minimum": 1},
                "from": {"type": "string", "format": "date-time"},
                "to": {"type": "string", "format": "date-time"},
                "seen": {"type": "integer", "minimum": 0},
                "unchanged": {"type": "integer", "minimum": 0},
                "marked": {"type": "integer", "minimum": 0},
                "hidden": {"type": "integer", "minimum": 0},
                "settled": {"$ref": "#/components/schemas/Settled"}
              },
              "additionalProperties": false
            },
            "Settled": {
              "type": "object",
              "required": ["indexed", "excluded", "removed", "failed", "pending", "taken_by_later"],
              "properties": {
                "indexed": {"type": "integer", "minimum": 0},
                "excluded": {"type": "integer", "minimum": 0},
                "removed": {"type": "integer", "minimum": 0},
                "failed": {"type": "integer", "minimum": 0},
                "pending": {"type": "integer", "minimum": 0},
                "taken_by_later": {"type": "integer", "minimum": 0}
              },
              "additionalProperties": false
            },
            "Verdicts": {
              "type": "object",
              "required": ["missing", "orphan", "stale", "duplicate", "foreign", "unknown", "repaired"],
              "properties": {
                "missing": {"type": "integer", "minimum": 0},
                "orphan": {"type": "integer", "minimum": 0},
                "stale": {"type": "integer", "minimum": 0},
                "duplicate": {"type": "integer", "minimum": 0},
                "foreign": {"type": "integer", "minimum": 0},
                "unknown": {"type": "integer", "minimum": 0},
                "repaired": {"type": "integer", "minimum": 0}
              },
              "additionalProperties": false
            },
            "Plan": {
              "type": "object",
              "required": [
                "version", "company_id", "platform", "mode", "made_at", "listed_to", "seen", "unchanged", "counts",
                "withholds_removals", "api_calls", "tokens", "steps"
              ],
              "properties": {
                "version": {"const": 1},
                "company_id": {"$ref": "#/components/schemas/CompanyID"},
                "platform": {"$ref": "#/components/schemas/PlatformName"},
                "mode": {"type": "string", "enum": ["incremental", "sweep", "rebuild"]},
                "since": {"type": "string", "format": "date-time"},
                "made_at": {"type": "string", "format": "date-time"},
                "listed_to": {"type": "string", "format": "date-time"},
                "seen": {"type": "integer", "minimum": 0},
                "unchanged": {"type": "integer", "minimum": 0},
                "counts": {
                  "type": "object",
                  "required": ["create", "update", "remove", "check"],
                  "properties": {
                    "create": {"type": "integer", "minimum": 0},
                    "update": {"type": "integer", "minimum": 0},
                    "remove": {"type": "integer", "minimum": 0},
                    "check": {"type": "integer", "minimum": 0}
                  },
                  "additionalProperties": false
                },
                "withholds_removals": {"type": "boolean"},
                "api_calls": {
                  "type": "object",
                  "required": ["listing", "reading", "total"],
                  "properties": {
                    "listing": {"type": "integer", "minimum": 0},
                    "reading": {"type": "integer", "minimum": 0},
                    "total": {"type": "integer", "minimum": 0}
                  },
                  "additionalProperties": false
                },
                "calls_per_minute": {"type": "integer", "minimum": 0},
                "minutes": {"type": "number"},
                "tokens": {"type": "integer", "minimum": 0},
                "money": {"type": "number"},
                "currency": {"type": "string"},
                "gated": {"type": "integer", "minimum": 0},
                "steps": {"type": "array", "items": {"$ref": "#/components/schemas/Step"}}
              },
              "additionalProperties": false
            },
            "Step": {
              "type": "object",
              "required": ["item", "action", "api_calls"],
              "properties": {
                "item": {"type": "string"},
                "action": {"type": "string", "enum": ["create", "update", "remove", "check"]},
                "listed_at": {"type": "string", "format": "date-time"},
                "known_at": {"type": "string", "format": "date-time"},
                "proof": {"type": "string"},
                "api_calls": {"type": "integer", "minimum": 0}
              },
              "additionalProperties": false
            },
            "Marked": {
              "type": "object",
              "required": ["marked"],
              "properties": {"marked": {"type": "integer", "minimum": 0}},
              "additionalProperties": false
            },
            "Released": {
              "type": "object",
              "required": ["released"],
              "properties": {"released": {"type": "integer", "minimum": 0}},
              "additionalProperties": false
            }
            """#)

    /// A report as an example; `reason` is JSON.
    private static func report(_ state: String, because reason: String = "null") -> String {
        #"""
        {
          "run_id": "rec_0123456789abcdef",
          "company_id": "acme",
          "mode": "incremental",
          "state": "\#(state)",
          "phase": "done",
          "since": null,
          "seen": 1200,
          "marked": 41,
          "unchanged": 1159,
          "removed": 0,
          "withheld": 0,
          "withheld_now": 0,
          "failed": 0,
          "api_calls": 13,
          "changes": 41,
          "missed": 2,
          "missed_webhooks_ratio": 0.05,
          "alarm": null,
          "reason": \#(reason),
          "requested_at": "2026-03-03T09:15:00Z",
          "started_at": "2026-03-03T09:15:01Z",
          "ended_at": "2026-03-03T09:15:09Z",
          "expected": 1200,
          "eta_seconds": 0,
          "certificate": {
            "complete": true,
            "hidden": 0,
            "absent": 0,
            "archived": 0,
            "omitted_seconds": [],
            "settled": \#(settled(indexed: 40, excluded: 1)),
            "windows": [
              {
                "window": 1,
                "from": "2026-03-01T00:00:00Z",
                "to": "2026-03-03T09:14:22Z",
                "seen": 1200,
                "unchanged": 1159,
                "marked": 41,
                "hidden": 0,
                "settled": \#(settled(indexed: 40, excluded: 1))
              }
            ],
            "removals": \#(settled(indexed: 0, excluded: 0)),
            "replanned": []
          }
        }
        """#
    }

    /// How marked items ended, as an example.
    private static func settled(indexed: Int, excluded: Int) -> String {
        #"""
        {
          "indexed": \#(indexed), "excluded": \#(excluded), "removed": 0, "failed": 0, "pending": 0, "taken_by_later": 0
        }
        """#
    }

    private static let doneEvent = #"""
        {
          "event": "done",
          "data": "{\"run_id\":\"rec_0123456789abcdef\",\"company_id\":\"acme\",\"mode\":\"incremental\",\"state\":\"complete\",\"phase\":\"done\",\"since\":null,\"seen\":1200,\"marked\":41,\"unchanged\":1159,\"removed\":0,\"withheld\":0,\"withheld_now\":0,\"failed\":0,\"api_calls\":13,\"changes\":41,\"missed\":2,\"missed_webhooks_ratio\":0.05,\"alarm\":null,\"reason\":null,\"requested_at\":\"2026-03-03T09:15:00Z\",\"started_at\":\"2026-03-03T09:15:01Z\",\"ended_at\":\"2026-03-03T09:15:09Z\",\"expected\":1200,\"eta_seconds\":0,\"certificate\":{\"complete\":true,\"hidden\":0,\"absent\":0,\"archived\":0,\"omitted_seconds\":[],\"settled\":{\"indexed\":40,\"excluded\":1,\"removed\":0,\"failed\":0,\"pending\":0,\"taken_by_later\":0},\"windows\":[{\"window\":1,\"from\":\"2026-03-01T00:00:00Z\",\"to\":\"2026-03-03T09:14:22Z\",\"seen\":1200,\"unchanged\":1159,\"marked\":41,\"hidden\":0,\"settled\":{\"indexed\":40,\"excluded\":1,\"removed\":0,\"failed\":0,\"pending\":0,\"taken_by_later\":0}}],\"removals\":{\"indexed\":0,\"excluded\":0,\"removed\":0,\"failed\":0,\"pending\":0,\"taken_by_later\":0},\"replanned\":[]}}"
        }
        """#
}
