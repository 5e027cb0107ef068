import Model

extension StepLowering {
    /// A finding for a person.
    func advise(_ verb: AdviseVerb) throws(Stop) -> StepAction {
        .advise(
            title: try text(verb.title, key: "advise.title", .line), severity: verb.severity,
            text: try text(verb.text, key: "advise.text", .bytes),
            patch: try textIfGiven(verb.patch, key: "advise.patch", .bytes),
            command: try verb.command.map { command throws(Stop) in try self.command(command) },
            evidence: verb.evidence)
    }

    /// A command that a person may paste into a shell: what came from a node is quoted, so that it stays one word.
    private func command(_ template: Template) throws(Stop) -> String {
        guard case .text(let pieces) = template else {
            let (value, isTainted) = try value(template, key: "advise.command")
            if isTainted { throw tainted("advise.command") }
            return try text(of: value, key: "advise.command", .bytes)
        }
        var command = ""
        for piece in pieces {
            switch piece {
            case .text(let text): command += text
            case .expression(let expression):
                let (value, isTainted) = try value(.expression(expression), key: "advise.command")
                let text = try text(of: value, key: "advise.command", isTainted ? .line : .bytes)
                command += isTainted ? Self.quoted(text) : text
            }
        }
        return command
    }

    /// One word for a POSIX shell.
    static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { isAlphanumeric($0) || "@%+=:,./_-".unicodeScalars.contains($0) }
        if isPlain, !text.isEmpty, !text.hasPrefix("-") { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
