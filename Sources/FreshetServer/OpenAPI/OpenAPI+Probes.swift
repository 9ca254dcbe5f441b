extension OpenAPIPart {
    /// What machines ask: is it alive, is it ready, how is it doing, what does it speak.
    static let probes = OpenAPIPart(
        paths: #"""
            "/health": {
              "get": {
                "operationId": "alive",
                "summary": "Whether the process answers",
                "tags": ["Probes"],
                "x-access": "open",
                "security": [],
                "responses": {
                  "200": {
                    "description": "It does.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Alive"},
                        "example": {"status": "alive"}
                      }
                    }
                  },
                  "default": {"$ref": "#/components/responses/Refused"}
                }
              }
            },
            "/health/ready": {
              "get": {
                "operationId": "ready",
                "summary": "Whether the service can do its work, and where the river stalls if not",
                "tags": ["Probes"],
                "x-access": "open",
                "security": [],
                "responses": {
                  "200": {
                    "description": "It can.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Readiness"},
                        "example": {
                          "status": "ready",
                          "parts": {
                            "fetch": "ok",
                            "index": "ok",
                            "intake": "ok",
                            "ledger": "ok",
                            "models": "ok",
                            "store": "ok"
                          }
                        }
                      }
                    }
                  },
                  "503": {
                    "description": "It cannot; the parts say why.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "application/json": {
                        "schema": {"$ref": "#/components/schemas/Readiness"},
                        "example": {
                          "status": "not ready",
                          "parts": {
                            "fetch": "help desks do not answer",
                            "index": "ok",
                            "intake": "ok",
                            "ledger": "ok",
                            "models": "ok",
                            "store": "ok"
                          }
                        }
                      }
                    }
                  },
                  "default": {"$ref": "#/components/responses/Refused"}
                }
              }
            },
            "/metrics": {
              "get": {
                "operationId": "metrics",
                "summary": "Counters and gauges as Prometheus reads them",
                "tags": ["Probes"],
                "x-access": "open",
                "security": [],
                "responses": {
                  "200": {
                    "description": "Prometheus' text format.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {
                      "text/plain": {
                        "schema": {"type": "string"},
                        "example": "# TYPE freshet_backlog gauge\nfreshet_backlog 0\n"
                      }
                    }
                  },
                  "default": {"$ref": "#/components/responses/Refused"}
                }
              }
            },
            "/openapi.json": {
              "get": {
                "operationId": "openapi",
                "summary": "This document",
                "tags": ["Probes"],
                "x-access": "open",
                "security": [],
                "responses": {
                  "200": {
                    "description": "OpenAPI 3.1.",
                    "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                    "content": {"application/json": {"schema": {"type": "object"}}}
                  },
                  "default": {"$ref": "#/components/responses/Refused"}
                }
              }
            }
            """#,
        schemas: #"""
            "Alive": {
              "type": "object",
              "required": ["status"],
              "properties": {"status": {"const": "alive"}},
              "additionalProperties": false
            },
            "Readiness": {
              "type": "object",
              "required": ["status", "parts"],
              "properties": {
                "status": {"type": "string", "enum": ["ready", "not ready"]},
                "parts": {
                  "type": "object",
                  "additionalProperties": {"type": "string"},
                  "description": "By name; ok, or what is wrong."
                },
                "notes": {
                  "type": "object",
                  "additionalProperties": {"type": "string"},
                  "description": "Worth knowing of parts that are well enough."
                }
              },
              "additionalProperties": false
            }
            """#)
}
