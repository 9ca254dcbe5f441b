import Foundation
import FreshetCore
import FreshetServer
import FreshetTestKit
import Testing

@Suite struct `POST query` {
    private func hit(_ id: Int64, company: String = "acme", subject: String = "Printer") throws -> Hit {
        let company = try #require(CompanyID(company))
        let metadata = Metadata(
            stage: .resolved, status: Label(id: 4, name: "Resolved"), priority: Label(id: 2, name: "Medium"), type: nil,
            source: Label(id: 1), tags: ["a", "b"], createdAt: Timestamp(seconds: 1), updatedAt: Timestamp(seconds: 2))
        return Hit(
            item: Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id), score: 0.25,
            subject: subject,
            summary: Summary(problem: "p", cause: "c", solution: "s", result: "r", tags: ["t"], language: "en"),
            metadata: metadata, indexedAt: Timestamp(milliseconds: 3500))
    }

    @Test func `answers with what was found, in the contract's shape`() async throws {
        try await Stand.with { stand in
            stand.recommender.find([try hit(4711)])
            let answer = try await stand.postQuery(#"{"query":"printer jams"}"#)
            #expect(answer.status == 200)
            #expect(answer.value("content-type") == "application/json")
            #expect(
                answer.bodyText
                    == #"{"recommendation_id":"rec-1","results":[{"original_id":"4711","doc_type":"ticket","score":0.25,"#
                    + #""subject":"Printer","summary":{"problem":"p","cause":"c","solution":"s","result":"r","tags":["t"],"#
                    + #""language":"en"},"status":"Resolved","priority":"Medium","tags":["a","b"],"#
                    + #""updated_at":"1970-01-01T00:00:02Z","created_at":"1970-01-01T00:00:01Z","#
                    + #""indexed_at":"1970-01-01T00:00:03.500Z","stale":false,"match":{"terms":[],"field":null}}]}"#)
            let (query, company) = try #require(stand.recommender.asked.first)
            #expect(company.text == "acme")
            #expect(query == SearchQuery(text: "printer jams"))
        }
    }

    @Test func `hands every filter on`() async throws {
        try await Stand.with { stand in
            let json = """
                {"query":"q","types":["tickets","articles","attachments"],"limit":100,"exclude":"4711",
                "filters":{"status":"open","priority":["High","Urgent"],"type":"Question","tags":["x"],"group":"Support",
                "product":"Box","created_after":"2026-01-01T00:00:00Z","created_before":"2026-02-01T00:00:00+01:00",
                "updated_after":"2026-01-02","updated_before":"2026-01-03T00:00:00.5Z",
                "custom_fields":{"cf_a":["x",5],"cf_b":true},"content_type":"image"},"offset":20,"highlight":true}
                """
            #expect(try await stand.postQuery(json).status == 200)
            let (query, company) = try #require(stand.recommender.asked.first)
            #expect(query.kinds == [.ticket, .article])
            #expect(query.findsAttachments && query.highlights && query.offset == 20)
            #expect(query.filters.customFields == ["cf_a": ["x", "5"], "cf_b": ["true"]])
            #expect(query.filters.contentType == ["image"])
            #expect(query.limit == 100)
            #expect(
                query.excluding == Item(company: company, platform: .freshdesk, kind: .ticket, originalID: 4711))
            #expect(query.filters.status == ["open"])
            #expect(query.filters.priority == ["High", "Urgent"])
            #expect(query.filters.group == ["Support"])
            #expect(query.filters.createdBefore == Timestamp(iso8601: "2026-01-31T23:00:00Z"))
            #expect(query.filters.updatedBefore == Timestamp(iso8601: "2026-01-03T00:00:00.500Z"))
        }
    }

    @Test(
        arguments: [
            ("", 400, nil), ("{", 400, nil), ("[]", 400, nil), ("\"q\"", 400, nil), ("null", 400, nil),
            (#"{"query":"a","query":"b"}"#, 400, nil), (#"{"query":"a",}"#, 400, nil),
            (#"{"query":"\ud800"}"#, 400, nil),
            (#"{"query":"a","Limit":1}"#, 400, "/Limit"), (#"{"query":"a","company":"other"}"#, 400, "/company"),
            (#"{"query":"a","filters":{"state":"open"}}"#, 400, "/filters/state"),
            (#"{"query":"a","<script>":1}"#, 400, "/"), (#"{"query":"a","filters":{"a b":1}}"#, 400, "/filters"),
            ("{}", 422, "/query"), (#"{"query":""}"#, 422, "/query"), (#"{"query":"  \n"}"#, 422, "/query"),
            (#"{"query":null}"#, 422, "/query"), (#"{"query":["a"]}"#, 422, "/query"), (#"{"query":5}"#, 422, "/query"),
            (#"{"query":"a","limit":0}"#, 422, "/limit"), (#"{"query":"a","limit":101}"#, 422, "/limit"),
            (#"{"query":"a","limit":"10"}"#, 422, "/limit"), (#"{"query":"a","limit":1.5}"#, 422, "/limit"),
            (#"{"query":"a","limit":true}"#, 422, "/limit"), (#"{"query":"a","types":"tickets"}"#, 422, "/types"),
            (#"{"query":"a","types":[]}"#, 422, "/types"), (#"{"query":"a","types":["ticket"]}"#, 422, "/types/0"),
            (#"{"query":"a","types":["tickets",1]}"#, 422, "/types/1"),
            (#"{"query":"a","filters":[]}"#, 422, "/filters"),
            (#"{"query":"a","filters":{"status":5}}"#, 422, "/filters/status"),
            (#"{"query":"a","filters":{"tags":[""]}}"#, 422, "/filters/tags/0"),
            (#"{"query":"a","filters":{"tags":[]}}"#, 422, "/filters/tags"),
            (#"{"query":"a","filters":{"created_after":"yesterday"}}"#, 422, "/filters/created_after"),
            (#"{"query":"a","filters":{"created_after":1}}"#, 422, "/filters/created_after"),
            (#"{"query":"a","filters":{"visibility":"public"}}"#, 422, "/filters/visibility"),
            (#"{"query":"a","filters":{"visibility":["agents",""]}}"#, 422, "/filters/visibility/1"),
            (#"{"query":"a","offset":-1}"#, 422, "/offset"), (#"{"query":"a","offset":901}"#, 422, "/offset"),
            (#"{"query":"a","highlight":1}"#, 422, "/highlight"),
            (#"{"query":"a","filters":{"custom_fields":[]}}"#, 422, "/filters/custom_fields"),
            (#"{"query":"a","filters":{"custom_fields":{}}}"#, 422, "/filters/custom_fields"),
            (#"{"query":"a","filters":{"custom_fields":{"a":null}}}"#, 422, "/filters/custom_fields"),
            (#"{"query":"a","filters":{"custom_fields":{"a":[[]]}}}"#, 422, "/filters/custom_fields"),
            (#"{"query":"a","exclude":4711}"#, 422, "/exclude"), (#"{"query":"a","exclude":"-1"}"#, 422, "/exclude"),
            (#"{"query":"a","exclude":"1 OR 1=1"}"#, 422, "/exclude"),
        ] as [(String, Int, String?)])
    func `names the member that is wrong`(json: String, status: Int, pointer: String?) async throws {
        try await Stand.with { stand in
            let answer = try await stand.postQuery(json)
            #expect(answer.status == status, "\(answer.bodyText)")
            #expect(answer.value("content-type") == "application/problem+json")
            let problem = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
            guard case .object(let members) = problem else { return #expect(Bool(false), "not an object") }
            #expect(members["pointer"] == pointer.map { .string($0) })
            #expect(stand.recommender.asked.isEmpty)
        }
    }

    @Test(arguments: [
        (#""\#(String(repeating: "ä", count: 256))""#, 200), (#""\#(String(repeating: "a", count: 257))""#, 422),
        ("true", 200), ("[1.5, false, \"a\"]", 200), ("[[1]]", 422),
    ])
    func `reads values of custom fields as the document describes them`(value: String, status: Int) async throws {
        let json = #"{"query":"a","filters":{"custom_fields":{"a":\#(value)}}}"#
        let body = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
        let faults = try OpenAPIValidator(OpenAPIDocument.text).faults(ofBody: body, to: "POST", "/query")
        #expect(faults.isEmpty == (status == 200), "\(faults)")
        try await Stand.with { stand in
            let answer = try await stand.postQuery(json)
            #expect(answer.status == status, "\(answer.bodyText)")
        }
    }

    @Test(arguments: [
        "", "Authorization: \n", "Authorization: Bearer\n", "Authorization: Bearer \n",
        "Authorization: Basic YTpi\n", "Authorization: Bearer unknown\n", "Authorization: Bearer agent-token-31x\n",
        "Authorization: Bearer agent-token-31\nAuthorization: Bearer agent-token-31\n",
        "Authorization: agent-token-31\n", "Authorization: Bearer agent token\n",
        "Authorization: Bearer \"agent-token-31\"\n",
        "X-Api-Key: agent-token-31\n", "Authorization: Bearer agent-token-31, Basic YTpi\n",
    ])
    func `asks for a token that is known`(_ fields: String) async throws {
        try await Stand.with { stand in
            let answer = try await stand.postQuery(#"{"query":"q"}"#, token: nil, fields: fields)
            #expect(answer.status == 401)
            #expect(answer.value("www-authenticate") == "Bearer")
            #expect(!answer.bodyText.contains("agent"))
            #expect(stand.recommender.asked.isEmpty)
        }
    }

    @Test func `refuses other types and bodies that are too large before it asks who it is`() async throws {
        try await Stand.with { stand in
            let text = try await stand.send(
                "POST /query HTTP/1.1\nHost: a\nContent-Type: text/plain\nContent-Length: 2\n\n", body: [0x7B, 0x7D])
            #expect(text.answers.first?.status == 415)
            let large = try await stand.send(
                "POST /query HTTP/1.1\nHost: a\nContent-Type: application/json\nContent-Length: 262145\n\n",
                until: .closed)
            #expect(large.answers.first?.status == 413)
            let get = try await stand.send("GET /query HTTP/1.1\nHost: a\n\n")
            #expect(get.answers.first?.status == 405)
            #expect(get.answers.first?.value("allow") == "POST")
        }
    }

    @Test func `takes the longest query and not one letter more`() async throws {
        try await Stand.with { stand in
            let longest = String(repeating: "ä", count: 32_768)
            let taken = try await stand.postQuery("{\"query\":\"\(longest)\"}")
            let refused = try await stand.postQuery("{\"query\":\"\(longest)x\"}")
            #expect(taken.status == 200)
            #expect(refused.status == 422)
        }
    }

    @Test func `writes text so that it harms neither JSON nor a page`() async throws {
        try await Stand.with { stand in
            let text = "\"\\\u{0}\u{1F}\n\t\r</script><!--&\u{2028}\u{2029}\u{7F}é😀"
            stand.recommender.find([try hit(1, subject: text)])
            let answer = try await stand.postQuery(#"{"query":"q"}"#)
            for unsafe in ["<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}", "\n"] {
                #expect(!answer.bodyText.contains(unsafe))
            }
            let json = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
            guard case .object(let root) = json, case .array(let results)? = root["results"],
                case .object(let first)? = results.first
            else { return #expect(Bool(false), "not the shape") }
            #expect(first["subject"] == .string(text))
        }
    }

    @Test func `drops what belongs to another company or was not asked for`() async throws {
        try await Stand.with { stand in
            stand.recommender.find([try hit(1, company: "other"), try hit(2)])
            let both = try await stand.postQuery(#"{"query":"q"}"#)
            #expect(both.bodyText.contains(#""original_id":"2""#))
            #expect(!both.bodyText.contains(#""original_id":"1""#))
            let none = try await stand.postQuery(#"{"query":"q","types":["attachments"]}"#)
            #expect(none.status == 200 && none.bodyText.contains(#""results":[]"#))
            var file = try hit(3)
            file.attachment = Attachment(attachmentID: 88, fileName: "<a>.png", contentType: "image/png", size: 5)
            file.match = Match(terms: ["png"], field: .fileName)
            file.highlights = [Highlight(field: .fileName, ranges: [4..<7])]
            stand.recommender.find([file])
            let files = try await stand.postQuery(#"{"query":"q","types":["attachments"],"highlight":true}"#)
            for part in [
                #""original_id":"88","doc_type":"attachment""#,
                #""file_name":"\u003ca\u003e.png","content_type":"image/png","size":5,"ticket_id":"3","#
                    + #""url":"/attachments/3/88""#, #""match":{"terms":["png"],"field":"file_name"}"#,
                #""highlight":{"file_name":[[4,7]]}"#,
            ] { #expect(files.bodyText.contains(part), "\(part) in \(files.bodyText)") }
            #expect(!(try await stand.postQuery(#"{"query":"q"}"#)).bodyText.contains("88"))
        }
    }

    @Test func `says of an article where it stands and whether it may be quoted`() async throws {
        try await Stand.with { stand in
            var found = try hit(7)
            found.item.kind = .article
            found.metadata.article = ArticleLabels(
                place: ArticlePlace(
                    category: Label(id: 1, name: "Panels"), folder: Label(id: 2), visibility: .agents, isDraft: false),
                language: "en", translations: ["ko"])
            stand.recommender.find([found, try hit(8)])
            let answer = try await stand.postQuery(
                #"{"query":"q","types":["tickets","articles"],"filters":{"category":"panels","folder":["2"],"language":"ko","visibility":["agents","everyone"]}}"#
            )
            #expect(
                answer.bodyText.contains(
                    #""category":"Panels","folder":null,"visibility":"agents","internal":true,"languages":["en","ko"]"#)
            )
            #expect(answer.bodyText.ranges(of: "visibility").count == 1, "a ticket has none")
            let (asked, _) = try #require(stand.recommender.asked.first)
            #expect(asked.kinds == [.ticket, .article])
            #expect(
                asked.filters
                    == SearchFilters(
                        category: ["panels"], folder: ["2"], language: ["ko"], visibility: [.agents, .everyone]))
        }
    }

    @Test func `says 503 when the index or the store cannot answer`() async throws {
        try await Stand.with { stand in
            stand.recommender.fail(UpstreamError.unreachable(detail: "the index is on fire"))
            let answer = try await stand.postQuery(#"{"query":"q"}"#)
            #expect(answer.status == 503 && answer.value("retry-after") == "5")
            #expect(!answer.bodyText.contains("fire"))
        }
        try await Stand.with(bearers: BearersFake(failure: StoreError.unavailable(detail: "locked"))) { stand in
            let answer = try await stand.postQuery(#"{"query":"q"}"#)
            #expect(answer.status == 503)
        }
    }
}
