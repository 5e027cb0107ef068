import Model

extension StepLowering {
    /// What a text may hold.
    enum TextRule {
        /// Any text; it is a file's content, or shown to a person.
        case bytes
        /// One line.
        case line
        /// One line that steers something: never from a node.
        case steering
    }

    /// A template's value and whether it came from a node.
    func value(_ template: Template, key: String) throws(Stop) -> (value: Value, isTainted: Bool) {
        do {
            guard case .known(let value, let isTainted) = try template.evaluate(in: context.evaluation) else {
                throw Stop.notYet
            }
            return (value, isTainted)
        } catch let error as ExpressionError {
            throw stop(error.code == .secret ? .secret : .expression, key, error.message, hint: error.hint)
        } catch let error as Stop {
            throw error
        } catch {
            throw stop(.expression, key, "\(error)")
        }
    }

    /// A template's value as text, held to `rule`.
    func text(_ template: Template, key: String, _ rule: TextRule) throws(Stop) -> String {
        let (value, isTainted) = try value(template, key: key)
        if isTainted, rule == .steering || location != .target { throw tainted(key) }
        return try text(of: value, key: key, rule)
    }

    /// The same, or nothing where the step doesn't say.
    func textIfGiven(_ template: Template?, key: String, _ rule: TextRule) throws(Stop) -> String? {
        guard let template else { return nil }
        return try text(template, key: key, rule)
    }

    /// A value as text, held to `rule`.
    func text(of value: Value, key: String, _ rule: TextRule) throws(Stop) -> String {
        if case .secret = value {
            throw stop(
                .secret, key, "a secret can't stand here: its bytes would be kept and shown",
                hint: "use a `run` step, whose script reads the file that $NAME_file names")
        }
        let text: String
        do {
            guard let known = try value.environmentText else {
                throw Stop.error(
                    error(
                        .value, key, "there is no value on \(context.evaluation.node.name)", "give one with default()"))
            }
            text = known
        } catch let error as ExpressionError {
            throw stop(.value, key, error.message, hint: error.hint)
        } catch let error as Stop {
            throw error
        } catch {
            throw stop(.value, key, "\(error)")
        }
        if rule != .bytes, text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f }) {
            throw stop(.value, key, "a newline or another control character can't stand here")
        }
        return text
    }

    func tainted(_ key: String) -> Stop {
        stop(
            .tainted, key, "this value came from a node, so it can't decide what is touched",
            hint: "pass it as a parameter with a `pattern`")
    }

    /// An absolute path without `.`, `..` or an empty part.
    func path(_ template: Template, key: String) throws(Stop) -> String {
        let path = try text(template, key: key, .steering)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), !parts.isEmpty, !parts.contains(where: { $0 == "" || $0 == "." || $0 == ".." })
        else {
            throw stop(
                .value, key, "'\(path)' is not a whole path",
                hint: "begin it with /, without `..` and without a / at the end")
        }
        return path
    }

    /// A user's or group's name or number.
    func account(_ template: Template?, key: String) throws(Stop) -> String {
        guard let template else { return "" }
        return try name(try text(template, key: key, .steering), key: key, extra: "_.@-$")
    }

    /// A name of ASCII letters, digits and `extra` characters, the first of which is a letter, a digit or `_`.
    func name(_ name: String, key: String, extra: String) throws(Stop) -> String {
        let first = name.unicodeScalars.first
        let fits = name.unicodeScalars.allSatisfy { Self.isAlphanumeric($0) || extra.unicodeScalars.contains($0) }
        guard let first, Self.isAlphanumeric(first) || first == "_", fits, name.utf8.count < 256 else {
            throw stop(.value, key, "'\(name)' is not a name")
        }
        return name
    }

    static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    /// The name that fits the node's distribution: its id with its version, its id, then its family.
    func name(_ name: FamilyName, key: String) throws(Stop) -> String {
        switch name {
        case .same(let template): return try text(template, key: key, .steering)
        case .byFamily(let names):
            let wanted = context.familyNames
            for family in wanted {
                if let template = names[family] { return try text(template, key: key, .steering) }
            }
            throw stop(
                .family, key, "it has no name for \(wanted.first ?? "this distribution")",
                hint: "there are \(names.keys.sorted().joined(separator: ", ")); add \(wanted.last ?? "one")")
        }
    }

    private func error(_ code: LoweringError.Code, _ key: String, _ message: String, _ hint: String?) -> LoweringError {
        LoweringError(code: code, step: step.name, key: key, message: message, hint: hint, position: step.position)
    }
}
