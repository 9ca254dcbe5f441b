extension OpenAPIPart {
    /// What a company cost, how fresh its index is, and who did what.
    static let reports = OpenAPIPart(
        paths: #"""
            "/admin/companies/{company}/usage": {
              "get": {
                "operationId": "usage",
                "summary": "What a company's models used and cost",
                "tags": ["Reports"],
                "x-access": "operator own-admin",
                "security": [{"bearer": []}],
                "parameters": [
                  {"$ref": "#/components/parameters/Company"},
                  {
                    "name": "since",
                    "in": "query",
                    "schema": {"$ref": "#/components/schemas/Day"},
                    "example": "2026-03-01"
                  },
                  {
                    "name": "until",
                    "in": "query",
                    "schema": {"$ref": "#/components/schemas/Day"},
                    "description": "Not before since."
                  },
                  {"name": "by", "in": "query", "schema": {"type": "string", "enum": ["day", "model", "purpose"]}}
                ],
                "responses": {
                  "200": {
                    "description": "By day, model or purpose; the present month unless days are named.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Usage"},
                        "example": {
                          "company_id": "acme",
                          "since": "2026-03-01",
                          "until": "2026-03-03",
                          "by": "model",
                          "lines": [
                            {
                              "calls": 120,
                              "input_tokens": 90000,
                              "cached_tokens": 1000,
                              "output_tokens": 12000,
                              "unpriced_calls": 0,
                              "money": {"USD": 0.031},
                              "model": "openai/gpt-4o-mini"
                            }
                          ],
                          "total": {
                            "calls": 120,
                            "input_tokens": 90000,
                            "cached_tokens": 1000,
                            "output_tokens": 12000,
                            "unpriced_calls": 0,
                            "money": {"USD": 0.031}
                          },
                          "saved": [{"purpose": "summary", "reason": "cache", "calls": 7}],
                          "budget": {"daily_tokens": {"cap": 200000, "spent": 102000}},
                          "currency": "USD"
                        }
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 404, 422, 429, 503))
                }
              }
            },
            "/admin/companies/{company}/freshness": {
              "get": {
                "operationId": "freshness",
                "summary": "How long changes took to become searchable lately",
                "tags": ["Reports"],
                "x-access": "operator own-admin",
                "security": [{"bearer": []}],
                "parameters": [{"$ref": "#/components/parameters/Company"}],
                "responses": {
                  "200": {
                    "description": "Lags in seconds over the last hour; null without samples.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Freshness"},
                        "example": {
                          "company_id": "acme",
                          "measured_at": "2026-03-03T09:15:00Z",
                          "receipt_to_searchable": {"samples": 120, "p50": 3.1, "p95": 7.9, "p99": 12.4},
                          "source_to_searchable": {"samples": 120, "p50": 3.1, "p95": 7.9, "p99": 12.4},
                          "waiting": 2,
                          "oldest_mark": "2026-03-03T09:14:58Z",
                          "oldest_mark_seconds": 2.1
                        }
                      }
                    }
                  },
                  \#(refusals(401, 403, 404, 429, 503))
                }
              }
            },
            "/admin/audit": {
              "get": {
                "operationId": "audit",
                "summary": "What people with power did, newest first",
                "tags": ["Reports"],
                "x-access": "operator own-admin",
                "security": [{"bearer": []}],
                "parameters": [
                  {"name": "company", "in": "query", "schema": {"$ref": "#/components/schemas/CompanyID"}},
                  {
                    "name": "limit",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}
                  },
                  {
                    "name": "before",
                    "in": "query",
                    "schema": {
                      "type": "string",
                      "pattern": "^(0|[1-9][0-9]{0,14})\\.[1-9][0-9]{0,14}(\\.[a-z0-9][a-z0-9-]{0,62})?$"
                    },
                    "description": "The next of an answer: older acts only."
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Acts of all companies, or of one; an admin sees the own company's.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Acts"},
                        "example": {
                          "acts": [
                            {
                              "company_id": "acme",
                              "at": "2026-03-03T09:15:00Z",
                              "actor": "operator",
                              "act": "reconcile.start",
                              "target": "/admin/companies/acme/reconciles",
                              "request_id": "5f1c0a9e33b7d210",
                              "outcome": "done /admin/companies/acme/reconciles/rec_0123456789abcdef"
                            }
                          ],
                          "next": "1772529300000.12.acme"
                        }
                      }
                    }
                  },
                  \#(refusals(400, 401, 403, 404, 422, 429, 503))
                }
              }
            }
            """#,
        schemas: #"""
            "Usage": {
              "type": "object",
              "required": ["company_id", "since", "until", "by", "lines", "total", "saved", "budget", "currency"],
              "properties": {
                "company_id": {"$ref": "#/components/schemas/CompanyID"},
                "since": {"$ref": "#/components/schemas/Day"},
                "until": {"$ref": "#/components/schemas/Day"},
                "by": {"type": "string", "enum": ["day", "model", "purpose"]},
                "lines": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["calls", "input_tokens", "cached_tokens", "output_tokens", "unpriced_calls", "money"],
                    "properties": {
                      "calls": {"type": "integer", "minimum": 0},
                      "input_tokens": {"type": "integer", "minimum": 0},
                      "cached_tokens": {"type": "integer", "minimum": 0},
                      "output_tokens": {"type": "integer", "minimum": 0},
                      "unpriced_calls": {"type": "integer", "minimum": 0},
                      "money": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
                      "day": {"$ref": "#/components/schemas/Day"},
                      "model": {"type": "string"},
                      "purpose": {"type": "string"}
                    },
                    "additionalProperties": false
                  }
                },
                "total": {
                  "type": "object",
                  "required": ["calls", "input_tokens", "cached_tokens", "output_tokens", "unpriced_calls", "money"],
                  "properties": {
                    "calls": {"type": "integer", "minimum": 0},
                    "input_tokens": {"type": "integer", "minimum": 0},
                    "cached_tokens": {"type": "integer", "minimum": 0},
                    "output_tokens": {"type": "integer", "minimum": 0},
                    "unpriced_calls": {"type": "integer", "minimum": 0},
                    "money": {"type": ["object", "null"], "additionalProperties": {"type": "number"}}
                  },
                  "additionalProperties": false
                },
                "saved": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["purpose", "reason", "calls"],
                    "properties": {
                      "purpose": {"type": "string"},
                      "reason": {"type": "string"},
                      "calls": {"type": "integer", "minimum": 0}
                    },
                    "additionalProperties": false
                  }
                },
                "budget": {
                  "type": "object",
                  "additionalProperties": {
                    "type": "object",
                    "required": ["cap", "spent"],
                    "properties": {"cap": {"type": "number"}, "spent": {"type": "number"}},
                    "additionalProperties": false
                  },
                  "description": "By cap: daily_tokens, monthly_tokens, daily_money, monthly_money."
                },
                "currency": {"type": "string"}
              },
              "additionalProperties": false
            },
            "Day": {"type": "string", "format": "date", "description": "Of UTC."},
            "Freshness": {
              "type": "object",
              "required": [
                "company_id", "measured_at", "receipt_to_searchable", "source_to_searchable", "waiting", "oldest_mark",
                "oldest_mark_seconds"
              ],
              "properties": {
                "company_id": {"$ref": "#/components/schemas/CompanyID"},
                "measured_at": {"type": ["string", "null"], "format": "date-time"},
                "receipt_to_searchable": {"oneOf": [{"$ref": "#/components/schemas/Lags"}, {"type": "null"}]},
                "source_to_searchable": {"oneOf": [{"$ref": "#/components/schemas/Lags"}, {"type": "null"}]},
                "waiting": {"type": "integer", "minimum": 0},
                "oldest_mark": {"type": ["string", "null"], "format": "date-time"},
                "oldest_mark_seconds": {"type": ["number", "null"], "minimum": 0}
              },
              "additionalProperties": false
            },
            "Lags": {
              "type": "object",
              "required": ["samples", "p50", "p95", "p99"],
              "properties": {
                "samples": {"type": "integer", "minimum": 0},
                "p50": {"type": "number"},
                "p95": {"type": "number"},
                "p99": {"type": "number"}
              },
              "additionalProperties": false
            },
            "Acts": {
              "type": "object",
              "required": ["acts", "next"],
              "properties": {
                "acts": {"type": "array", "items": {"$ref": "#/components/schemas/Act"}},
                "next": {"type": ["string", "null"], "description": "For before, where there may be more."}
              },
              "additionalProperties": false
            },
            "Act": {
              "type": "object",
              "required": ["company_id", "at", "actor", "act", "target", "request_id", "outcome"],
              "properties": {
                "company_id": {"oneOf": [{"$ref": "#/components/schemas/CompanyID"}, {"type": "null"}]},
                "at": {"type": "string", "format": "date-time"},
                "actor": {"type": "string"},
                "act": {"type": "string"},
                "target": {"type": "string"},
                "request_id": {"type": ["string", "null"]},
                "outcome": {"type": ["string", "null"], "description": "null: under way, or its process died with it."}
              },
              "additionalProperties": false
            }
            """#)
}
