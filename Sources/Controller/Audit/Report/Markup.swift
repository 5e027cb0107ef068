import Model

/// A piece of HTML. Whatever is a value gets into it as escaped text and in no other way.
struct Markup: Sendable, CustomStringConvertible {
    let description: String

    private init(safe: String) { description = safe }

    /// Nothing.
    static let none = Markup(safe: "")

    /// Escaped text, in which control characters and invisible ones can be seen.
    static func text(_ text: String) -> Markup {
        var safe = ""
        for scalar in SafeText(text).description.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return Markup(safe: safe)
    }

    /// An element. Its name and class are the program's own.
    static func element(_ name: StaticString, style: StaticString = "", id: String = "", _ parts: Markup...) -> Markup {
        element(name, style: style, id: id, parts)
    }

    /// The same.
    static func element(_ name: StaticString, style: StaticString = "", id: String = "", _ parts: [Markup]) -> Markup {
        let classes = style.utf8CodeUnitCount == 0 ? "" : " class=\"\(style)\""
        let anchor = id.isEmpty ? "" : " id=\"\(text(id))\""
        return Markup(safe: "<\(name)\(classes)\(anchor)>" + parts.map(\.description).joined() + "</\(name)>")
    }

    /// A link inside the page.
    static func link(to id: String, _ text: String) -> Markup {
        Markup(safe: "<a href=\"#\(Markup.text(id))\">\(Markup.text(text))</a>")
    }

    /// One after the other.
    static func all(_ parts: [Markup]) -> Markup { Markup(safe: parts.map(\.description).joined()) }

    /// A table with `header` above `rows` of cells; nothing where there are no rows.
    static func table(style: StaticString = "", _ header: [String], _ rows: [[Markup]]) -> Markup {
        guard !rows.isEmpty else { return .none }
        let head = element("thead", element("tr", header.map { element("th", text($0)) }))
        let body = element("tbody", rows.map { row in element("tr", row.map { element("td", $0) }) })
        return element("table", style: style, head, body)
    }

    /// A name and what belongs to it, one below the other.
    static func facts(_ facts: [(String, Markup)]) -> Markup {
        element("dl", facts.flatMap { [element("dt", text($0.0)), element("dd", $0.1)] })
    }

    /// A whole page with `style` inside, in which nothing can run and nothing is fetched.
    static func page(title: String, style: String, styleDigest: String, _ body: [Markup]) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-\(styleDigest)'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(text(title))</title>
        <style>\(style)</style>
        </head>
        <body>
        \(body.map(\.description).joined(separator: "\n"))
        </body>
        </html>

        """
    }
}
