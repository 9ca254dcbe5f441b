/// What an HTML element means for the text around it.
enum Element: Equatable {
    case lineBreak, block, preserved, cell, image
    /// Nothing in it is ever shown; its own name, to find the end.
    case hidden([UInt8])
    /// Leaves no mark; its content counts. Unknown elements are treated the same, but for tags that never end.
    case inline

    /// `nil` for names that are none of HTML's. Case does not matter.
    init?(_ name: ArraySlice<UInt8>) {
        guard name.count <= Self.longest else { return nil }
        let lowered = name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        guard let element = Self.byName[lowered] else { return nil }
        self = element
    }

    private static let longest = 10

    private static let byName: [[UInt8]: Element] = {
        var table: [[UInt8]: Element] = [:]
        func enter(_ names: String, _ element: (String) -> Element) {
            for name in names.split(separator: " ") { table[Array(name.utf8)] = element(String(name)) }
        }
        enter("br") { _ in .lineBreak }
        enter("img") { _ in .image }
        enter("td th") { _ in .cell }
        enter("pre listing xmp") { _ in .preserved }
        enter("script style title iframe noembed noframes template") { .hidden(Array($0.utf8)) }
        enter(
            """
            address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption \
            figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option \
            p section summary table tbody textarea tfoot thead tr ul
            """
        ) { _ in .block }
        enter(
            """
            a abbr acronym audio b base bdi bdo big button canvas cite code col colgroup data datalist del dfn em embed \
            font i input ins kbd label link map mark math meta meter nobr noscript object output param picture progress \
            q rp rt ruby s samp select small source span strike strong sub sup svg time track tt u var video wbr
            """
        ) { _ in .inline }
        return table
    }()
}
