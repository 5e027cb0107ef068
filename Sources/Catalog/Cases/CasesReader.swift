import Model

/// Turns a file of support cases into values, reporting everything that is wrong with it.
struct CasesReader {
    let root: YAMLNode
    let source: SourceText
    let bag: DiagnosticBag

    func read() -> [SupportCase] {
        SchemaValidator(source: source, bag: bag).check(root, .block(.cases), what: "the file of support cases")
        let places = root.list("cases")
        var seen: [String: Int] = [:]
        return places.map { node in
            let id = node.text("id") ?? ""
            if let first = seen.updateValue(node.mark.line + 1, forKey: id), let place = node["id"] {
                bag.error(
                    at: source.position(place.mark), "there are two cases '\(SafeText(id).singleLine)'",
                    hint: "the first is on line \(first)")
            }
            return SupportCase(
                id: id, heading: node.text("heading") ?? "", problem: node.text("problem") ?? "",
                causes: node.texts("causes"), steps: node.texts("steps"))
        }
    }
}
