/// A `multipart/form-data` body, as Freshdesk takes it for calls with files. Of a file only name, type and size are
/// kept.
struct Multipart {
    private let boundary: [UInt8]

    /// `nil` when the content type is another.
    init?(contentType: String) {
        let parts = contentType.split(separator: ";").map { $0.filter { $0 != " " } }
        guard parts.first?.lowercased() == "multipart/form-data",
            let text = parts.first(where: { $0.lowercased().hasPrefix("boundary=") })?.dropFirst(9)
        else { return nil }
        let bare = text.filter { $0 != "\"" }
        guard !bare.isEmpty, bare.utf8.count <= 200 else { return nil }
        boundary = Array("--\(bare)".utf8)
    }

    /// Numbers and flags come as text and are taken for what they are.
    private static let numbers: Set<String> = [
        "requester_id", "responder_id", "group_id", "product_id", "company_id", "user_id", "status", "priority",
        "source",
    ]
    private static let flags: Set<String> = ["private", "incoming"]

    /// The members that the same call would have as JSON; `nil` for a broken body.
    func members(of body: [UInt8]) -> [String: JSON]? {
        var members: [String: JSON] = [:]
        for part in parts(of: body) {
            guard let part = Part(part) else { return nil }
            add(part, to: &members)
        }
        return members.isEmpty ? nil : members
    }

    private func add(_ part: Part, to members: inout [String: JSON]) {
        if let file = part.fileName {
            let entry: JSON = [
                "name": .string(file), "content_type": .string(part.contentType ?? "application/octet-stream"),
                "size": .integer(Int64(part.content.count)),
            ]
            members["attachments"] = .array((members["attachments"]?.array ?? []) + [entry])
            return
        }
        let text = String(decoding: part.content, as: UTF8.self)
        if part.name.hasSuffix("[]") {
            let name = String(part.name.dropLast(2))
            members[name] = .array((members[name]?.array ?? []) + [.string(text)])
        } else if part.name.hasSuffix("]"), let open = part.name.firstIndex(of: "[") {
            let name = String(part.name[..<open])
            var inner = members[name]?.object ?? [:]
            inner[String(part.name[part.name.index(after: open)...].dropLast())] = .string(text)
            members[name] = .object(inner)
        } else if Self.numbers.contains(part.name), let number = Int64(text) {
            members[part.name] = .integer(number)
        } else if Self.flags.contains(part.name), let flag = Bool(text) {
            members[part.name] = .bool(flag)
        } else {
            members[part.name] = .string(text)
        }
    }

    private func parts(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start: Int?
        var index = body.startIndex
        while index + boundary.count <= body.endIndex {
            guard body[index] == boundary[0], body[index...].starts(with: boundary) else {
                index += 1
                continue
            }
            // The line break before a boundary belongs to it.
            if let start, index - 2 >= start { parts.append(body[start..<(index - 2)]) }
            index += boundary.count
            start = index + 2
        }
        return parts
    }

    private struct Part {
        var name: String
        var fileName: String?
        var contentType: String?
        var content: ArraySlice<UInt8>

        init?(_ bytes: ArraySlice<UInt8>) {
            let gap = Array("\r\n\r\n".utf8)
            guard let end = bytes.indices.first(where: { bytes[$0] == 0x0D && bytes[$0...].starts(with: gap) }) else {
                return nil
            }
            content = bytes[(end + gap.count)...]
            var name: String?
            for line in String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n") {
                let lowered = line.lowercased()
                if lowered.hasPrefix("content-type:") {
                    contentType = line.dropFirst(13).drop { $0 == " " }.description
                } else if lowered.hasPrefix("content-disposition:") {
                    name = Self.quoted("name", in: line)
                    fileName = Self.quoted("filename", in: line)
                }
            }
            guard let name else { return nil }
            self.name = name
        }

        private static func quoted(_ key: String, in line: Substring) -> String? {
            for piece in line.split(separator: ";").dropFirst() {
                let piece = piece.drop { $0 == " " }
                guard piece.hasPrefix(key + "=\""), piece.hasSuffix("\"") else { continue }
                return String(piece.dropFirst(key.count + 2).dropLast())
            }
            return nil
        }
    }
}
