package import FreshetCore
import HTTPTypes
import Hummingbird

/// `GET /attachments/{ticket_id}/{attachment_id}`: sends an agent's browser to the file at the help desk, by a link that
/// was signed for them just now. The bytes do not come through here.
package enum AttachmentRoute {
    package static func route(_ links: any AttachmentLinks) -> Route {
        Route(.get, "/attachments/{ticket}/{attachment}", access: .bearer(Set(Role.allCases))) { _, context in
            guard let bearer = context.bearer else { throw RouteFault(401, "A bearer token is needed.") }
            guard let ticket = PathID.read("ticket", context), let attachment = PathID.read("attachment", context),
                let link = try await links.link(
                    to: attachment, of: ticket, for: bearer.company, within: bearer.scope)
            else { throw RouteFault(404, "There is no such attachment.") }
            // The link is as good as the file: nobody keeps it, and where it leads learns nothing of where it came from.
            var headers: HTTPFields = [.location: link, .cacheControl: "no-store", .contentLength: "0"]
            if let policy = HTTPField.Name("referrer-policy") { headers[policy] = "no-referrer" }
            return Response(status: .found, headers: headers)
        }
    }
}
