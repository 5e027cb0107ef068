import Model

/// Shell functions that scripts share: a script is given those that it names, before its own text, and no others.
struct ShellFunctions {
    private var bodies: [String: String] = [:]

    /// Whether it was added: there may be one of a name only.
    mutating func add(_ name: String, _ body: String) -> Bool {
        guard bodies[name] == nil else { return false }
        var body = body
        while body.last == "\n" { body.removeLast() }
        bodies[name] = body
        return true
    }

    /// The script behind the functions that it names, and those that these name.
    func before(_ script: String) -> String {
        var needed: Set<String> = []
        var open = [script]
        while let text = open.popLast() {
            for (name, body) in bodies where !needed.contains(name) && text.containsWord(name) {
                needed.insert(name)
                open.append(body)
            }
        }
        return needed.sorted().map { "\($0)() {\n\(bodies[$0] ?? "")\n}\n" }.joined() + script
    }

    /// Why `name` can't be a function's; nil where it can.
    static func problem(with name: String) -> (message: String, hint: String)? {
        guard WordForm.functionName.fits(name) else {
            return (
                "'\(SafeText(name).singleLine)' can't be a function's name",
                "use lower-case letters, digits and _, no digit first"
            )
        }
        return nil
    }
}

extension RunbookReader {
    /// Takes in the functions of this file.
    func readFunctions() {
        for entry in root["functions"]?.entries ?? [] {
            guard let body = entry.value.scalar?.text else { continue }
            if let fault = ShellFunctions.problem(with: entry.key) {
                report(entry.keyMark, fault.message, hint: fault.hint)
            } else if !functions.add(entry.key, body) {
                report(entry.keyMark, "there are two functions of the name '\(entry.key)'")
            }
        }
    }

    /// The script of a key, as it is run.
    func script(_ node: YAMLNode, _ key: String, _ shell: Invocation.Shell = .sh) -> String? {
        guard let place = node[key], let text = place.scalar?.text else { return nil }
        guard shell != .python3 else { return text }
        for warning in source.deadConditions(place, errexit: false) { bag.add(warning) }
        return functions.before(text)
    }
}
