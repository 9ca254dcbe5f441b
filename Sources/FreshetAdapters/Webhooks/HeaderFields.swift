import FreshetCore

/// The header fields of a request as a signature scheme asks for them: each stands there once or does not count.
struct HeaderFields {
    /// A field's value, or what is wrong with it; the value is then empty, so that work can go on without it.
    struct Single {
        var value: [UInt8]
        var fault: AuthenticationFault?
    }

    private let fields: [(name: String, value: [UInt8])]

    init(_ fields: [(name: String, value: [UInt8])]) { self.fields = fields }

    /// A field of which there must be one line. Several are a fault even when they say the same: two readers of the
    /// request could go by different ones.
    func single(_ name: String) -> Single {
        var found: [UInt8]?
        for field in fields where field.name == name {
            if found != nil { return Single(value: [], fault: .headerRepeated) }
            found = field.value
        }
        return found.map { Single(value: $0, fault: nil) } ?? Single(value: [], fault: .headerMissing)
    }

    /// Which scheme the sender seems to speak. Decides nothing but how a request for nobody is refused.
    var apparentScheme: WebhookScheme {
        func has(_ name: String) -> Bool { fields.contains { $0.name == name } }
        if has(StandardSignature.signatureField) { return .standard }
        if has(HubSignature.field) { return .hub }
        return has(TokenCredential.field) || has(TokenCredential.basicField) ? .token : .standard
    }
}
