import Model

extension SchemaValidator {
    func checkScalar(_ node: YAMLNode, _ shape: Shape, what: String) {
        guard let scalar = node.scalar else {
            return report(node, "\(what) must be \(shape.expectation), not \(node.kindName)")
        }
        if case .null = scalar.resolved {
            return report(
                node, "\(what) is empty", hint: "expected \(shape.expectation); leave the key out if it has none")
        }
        let wrong = { (hint: String?) in
            report(node, "\(what) must be \(shape.expectation), not \(quoted(scalar))", hint: hint)
        }
        switch shape {
        case .line, .word, .script, .condition, .pattern, .text: checkText(node, scalar, shape, what: what)
        case .lineTemplate: checkLine(node, scalar, what: what)
        case .integer(let range):
            guard case .int(let number) = scalar.resolved else { return wrong(nil) }
            if !range.contains(number) {
                let wanted =
                    range.count == 1 ? "\(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
                report(node, "\(what) must be \(wanted), not \(number)")
            }
        case .boolean:
            if case .bool = scalar.resolved { return }
            wrong(
                ["yes", "on"].contains(scalar.text)
                    ? "write true" : ["no", "off"].contains(scalar.text) ? "write false" : nil)
        case .duration:
            if Duration(parsing: scalar.text) == nil { wrong(unitHint(scalar, units: "s, m, h")) }
        case .durationTemplate:
            if !scalar.text.contains("${{"), Duration(parsing: scalar.text) == nil {
                wrong(unitHint(scalar, units: "s, m, h"))
            }
        case .sizeTemplate:
            if !scalar.text.contains("${{"), ByteCount.parse(scalar.text) == nil, scalar.text != "0" {
                wrong(unitHint(scalar, units: "MiB, GiB"))
            }
        case .percent:
            if Percentage.parse(scalar.text) == nil { wrong(nil) }
        case .share:
            if ShareText.parse(scalar) == nil { wrong(nil) }
        case .choice(let words):
            guard !words.contains(scalar.text) else { return }
            let near = Spelling.nearest(to: scalar.text, among: words).map { "did you mean '\($0)'?" }
            report(
                node, "\(what) must be one of \(words.joined(separator: ", ")), not \(quoted(scalar))", hint: near)
        case .textTemplate, .list, .oneOrMore, .map, .block, .either, .anything: return
        }
    }

    private func checkText(_ node: YAMLNode, _ scalar: YAMLScalar, _ shape: Shape, what: String) {
        if case .word(let form) = shape {
            guard !form.fits(scalar.text) else { return }
            return report(
                node, "\(what) must be \(form.name), not \(quoted(scalar))", hint: "for example \(form.example)")
        }
        guard case .string = scalar.resolved else {
            if case .condition = shape { return }
            return report(
                node, "\(what) must be \(shape.expectation), not \(scalar.kindName)",
                hint: "put it in quotes: \"\(scalar.text)\"")
        }
        if case .line = shape { checkLine(node, scalar, what: what) }
        if case .script = shape { checkScript(node, scalar, what: what) }
        if scalar.text.allSatisfy(\.isWhitespace) {
            switch shape {
            case .script, .condition, .line: report(node, "\(what) is empty", hint: "expected \(shape.expectation)")
            default: return
            }
        }
    }

    /// A line break or an escape inside a value of one line would add lines to files, keys and screens.
    private func checkLine(_ node: YAMLNode, _ scalar: YAMLScalar, what: String) {
        guard
            let control = scalar.text.unicodeScalars.first(where: {
                $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
            })
        else { return }
        let isBreak = control == "\n" || control == "\r"
        report(
            node, "\(what) must be one line\(isBreak ? "" : " without control characters")",
            hint: isBreak && (scalar.style == .literal || scalar.style == .folded)
                ? "write it behind the key, or use >-" : nil)
    }

    /// A value inside a script's text could become code.
    private func checkScript(_ node: YAMLNode, _ scalar: YAMLScalar, what: String) {
        guard let start = scalar.text.firstRange(of: "${{") else { return }
        let offset = scalar.text.distance(from: scalar.text.startIndex, to: start.lowerBound)
        let rest = scalar.text[start.upperBound...]
        let inside = rest.firstRange(of: "}}").map { rest[..<$0.lowerBound] } ?? rest.prefix(40)
        let expression = String(inside).trimmingWhitespace
        let parameter = expression.hasPrefix("params.") ? String(expression.dropFirst("params.".count)) : nil
        let isPlain = parameter.map { $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } } ?? false
        let hint =
            isPlain
            ? "use the environment variable: \"$\(parameter ?? "")\""
            : "add env: {VALUE: \"${{ \(expression) }}\"} and use \"$VALUE\""
        bag.add(
            diagnostic(
                source.mark(of: offset, in: node), "\(what) is a script, and an expression in it would become code",
                hint: hint))
    }

    private func unitHint(_ scalar: YAMLScalar, units: String) -> String? {
        guard case .int = scalar.resolved else { return nil }
        return "add a unit: \(units)"
    }

    private func quoted(_ scalar: YAMLScalar) -> String {
        let text = SafeText(scalar.text).singleLine
        return "'\(text.count > 60 ? text.prefix(60) + "…" : text[...])'"
    }
}

/// Shares of nodes as text.
enum ShareText {
    static func parse(_ scalar: YAMLScalar) -> Share? {
        if let percent = Percentage.parse(scalar.text) { return .percent(percent) }
        guard case .int(let count) = scalar.resolved, count >= 0 else { return nil }
        return .count(count)
    }
}
