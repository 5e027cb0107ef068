import Model
import Mustache

/// A mustache template rendered on the controller, for one node.
///
/// It sees `params`, `node` (name, groups, labels, vars, facts), `causes`, `item` and `run`. What it inserts is text as
/// it is, and never read as a template again.
struct TemplateRendering {
    let path: String
    let text: String
    let context: EvaluationContext

    struct Problem: Error {
        var code: LoweringError.Code
        var message: String
        var hint: String?
    }

    func render() -> Result<String, Problem> {
        let template: MustacheTemplate
        do {
            // The first line is the renderer's own, and leaves none behind: without it text would be escaped as HTML.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + text)
        } catch {
            return .failure(Problem(code: .template, message: "\(path) is not a mustache template: \(error)"))
        }
        let scope = self.scope
        let tags = TemplateTags(text)
        for name in tags.variables.sorted() where !tags.sections.contains(name) {
            if let problem = problem(of: name, in: scope) { return .failure(problem) }
        }
        return .success(template.render(scope))
    }

    /// Whether a name yields nothing, which a template would pass over in silence.
    private func problem(of name: String, in scope: [String: Any]) -> Problem? {
        let parts = name.split(separator: ".").map(String.init)
        guard let first = parts.first, ["params", "node", "run", "item"].contains(first) else { return nil }
        if parts.count == 2, first == "params", case .secret = context.parameters[parts[1]] {
            return Problem(
                code: .secret, message: "\(path) asks for '\(name)', a secret: its bytes would be kept and shown",
                hint: "use a `run` step, whose script reads the file that $NAME_file names")
        }
        var value: Any? = scope
        for part in parts { value = (value as? [String: Any])?[part] }
        guard value == nil else { return nil }
        return Problem(
            code: .template, message: "\(path) asks for '\(name)', which has no value on \(context.node.name)",
            hint: "put it inside {{#\(name)}} … {{/\(name)}} where it may be missing")
    }

    private var scope: [String: Any] {
        var scope: [String: Any] = [
            "params": Self.any(context.parameters), "causes": context.causes, "run": Self.any(context.run),
            "node": [
                "name": context.node.name, "groups": context.node.groups,
                "labels": context.node.labels as [String: Any],
                "vars": Self.any(context.node.variables), "facts": context.facts as [String: Any],
            ] as [String: Any],
        ]
        if let item = context.item, let value = Self.any(item) { scope["item"] = value }
        return scope
    }

    private static func any(_ values: [String: Value]) -> [String: Any] { values.compactMapValues { any($0) } }

    /// A value as mustache takes it: lists to repeat over, bools to choose by, all else as text.
    private static func any(_ value: Value) -> Any? {
        switch value {
        case .null, .secret: nil
        case .bool(let value): value
        case .list(let items): items.compactMap { any($0) }
        case .map(let entries): any(entries)
        default: (try? value.environmentText) ?? nil
        }
    }
}

/// The names that a template's tags hold.
struct TemplateTags {
    /// Of tags that insert something.
    var variables: Set<String> = []
    /// Of sections, whose absence is meant.
    var sections: Set<String> = []
    /// All words in tags, those that a function is called with too.
    var words: Set<String> = []
    /// Whether a tag sets other brackets; what stands in those is not looked at.
    var setsBrackets = false

    init(_ text: String) {
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { return }
            let tag = rest[..<close.lowerBound].drop { $0 == "{" }
            rest = rest[close.upperBound...]
            let name = tag.drop { "#^/&$<>!=% ".contains($0) }.prefix { !" |()".contains($0) }
            switch tag.first {
            case "#", "^": sections.insert(String(name))
            case "=": setsBrackets = true
            case "/", "!", "%", "$", "<", ">", nil: break
            default: variables.insert(String(name))
            }
            if tag.first == "!" { continue }
            words.formUnion(tag.split { $0.isWhitespace || "#^/&$<>=%{|(),".contains($0) }.map(String.init))
        }
    }
}
