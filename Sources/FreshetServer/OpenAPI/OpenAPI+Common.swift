extension OpenAPIPart {
    /// What every operation refers to.
    static let common = OpenAPIPart(
        paths: "",
        schemas: #"""
            "Problem": {
              "type": "object",
              "required": ["type", "title", "status", "detail"],
              "properties": {
                "type": {"const": "about:blank"},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
                "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901) to the member that is wrong."}
              },
              "additionalProperties": false,
              "description": "RFC 9457."
            },
            "CompanyID": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
            "PlatformName": {"type": "string", "enum": ["freshdesk"]}
            """#)
}

extension OpenAPIDocument {
    /// The document's own members, and its components but the schemas.
    static let head = #"""
        "openapi": "3.1.0",
        "info": {
          "title": "Freshet",
          "version": "1",
          "summary": "A search index of a help desk's tickets, kept fresh, and the answers from it.",
          "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
          "description": "Who may ask is x-access of each operation: open, signed (by the help desk), agent, admin (of the token's company), operator, own-admin (an admin, about the own company only). Errors are application/problem+json. A thing of another company is not there: 404."
        },
        "servers": [{"url": "/"}],
        "tags": [
          {"name": "Answers"},
          {"name": "Reconciles"},
          {"name": "Items"},
          {"name": "Reports"},
          {"name": "Webhooks"},
          {"name": "Probes"}
        ]
        """#
    static let components = #"""
        "securitySchemes": {
          "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `freshet company token create`, a JSON Web Token of the configured issuer, or the operator's token."
          }
        },
        "headers": {
          "RequestId": {
            "description": "What the request is called in the log: the sender's own X-Request-Id where that is 1 to 64 letters, digits, dashes, underscores and dots.",
            "required": true,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
          },
          "RetryAfter": {
            "description": "Seconds.",
            "schema": {"type": "string", "pattern": "^([1-9]|[1-5][0-9])$"}
          }
        },
        "parameters": {
          "Company": {
            "name": "company",
            "in": "path",
            "required": true,
            "schema": {"$ref": "#/components/schemas/CompanyID"},
            "example": "acme"
          },
          "Platform": {
            "name": "platform",
            "in": "path",
            "required": true,
            "schema": {"$ref": "#/components/schemas/PlatformName"},
            "example": "freshdesk"
          },
          "Run": {
            "name": "run",
            "in": "path",
            "required": true,
            "description": "As the order's answer named it.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            "example": "rec_0123456789abcdef"
          },
          "Kind": {
            "name": "kind",
            "in": "path",
            "required": true,
            "schema": {"type": "string", "enum": ["ticket", "article"]},
            "example": "ticket"
          },
          "ItemID": {
            "name": "id",
            "in": "path",
            "required": true,
            "schema": {"type": "integer", "minimum": 1, "maximum": 9223372036854775807},
            "example": 4711
          }
        },
        "responses": {
          "BadRequest": {
            "description": "Not strict JSON, or a member or parameter that nobody knows.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Bad Request",
                  "status": 400,
                  "detail": "The body is not strict JSON."
                }
              }
            }
          },
          "Unauthorized": {
            "description": "Nothing proves who asks: one text for every cause.",
            "headers": {
              "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
              "WWW-Authenticate": {"description": "How to prove it.", "schema": {"type": "string"}}
            },
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Unauthorized",
                  "status": 401,
                  "detail": "A bearer token that is known and not expired is needed."
                }
              }
            }
          },
          "Forbidden": {
            "description": "Known, and the role does not allow it, whichever company it is about.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Forbidden",
                  "status": 403,
                  "detail": "The token's role does not allow this."
                }
              }
            }
          },
          "NotFound": {
            "description": "Not there, or another company's: both look the same.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Not Found",
                  "status": 404,
                  "detail": "There is no such company."
                }
              }
            }
          },
          "TooLarge": {
            "description": "The body is larger than this path accepts.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Content Too Large",
                  "status": 413,
                  "detail": "The body is larger than this path accepts."
                }
              }
            }
          },
          "UnsupportedType": {
            "description": "The body is not declared as application/json.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Unsupported Media Type",
                  "status": 415,
                  "detail": "The body must be application/json in UTF-8."
                }
              }
            }
          },
          "Unprocessable": {
            "description": "Understood, and a value is out of range.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Unprocessable Content",
                  "status": 422,
                  "detail": "The member /limit must be a whole number, 1 to 100.",
                  "pointer": "/limit"
                }
              }
            }
          },
          "TooMany": {
            "description": "More than the limit; Retry-After says in how many seconds to come again.",
            "headers": {
              "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Too Many Requests",
                  "status": 429,
                  "detail": "This token asks more than its limit; try again later."
                }
              }
            }
          },
          "Unavailable": {
            "description": "The store or a service behind this one cannot answer now.",
            "headers": {
              "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Service Unavailable",
                  "status": 503,
                  "detail": "The store cannot answer now; try again later."
                }
              }
            }
          },
          "Refused": {
            "description": "Refused before anybody looked at what it means: framing, time, method, size.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {
              "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                  "type": "about:blank",
                  "title": "Method Not Allowed",
                  "status": 405,
                  "detail": "This path does not answer this method; see the Allow header."
                }
              }
            }
          }
        }
        """#
}
