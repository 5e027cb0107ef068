import Model

extension StepAction {
    /// SHA-256 of the scripts and values that would be sent, the same for every run; nil where nothing is sent.
    ///
    /// `secretDigests` gives for each secret's reference the HMAC of its bytes.
    func digest(run: RunID, secretDigests: [String: String]) -> String? {
        let normalise = Normaliser(run: run, secretDigests: secretDigests)
        let value: CanonicalJSON
        switch self {
        case .program(let program): value = normalise.json(program)
        case .reboot(let program, let timeout):
            value = .array([normalise.json(program), .int(timeout.wholeMilliseconds)])
        case .wait(let script, _), .collect(let script): value = normalise.json(script)
        case .advise(let title, let severity, let text, let patch, let command, let evidence):
            value = .array([
                .string(title), .string(severity.rawValue), .string(normalise.text(text)), .optional(patch),
                .optional(command), .strings(evidence),
            ])
        case .approve, .undrain, .escalate, .skipped: return nil
        }
        return Digest.hex(of: value.bytes)
    }

    /// Every secret reference that it needs.
    var secretReferences: Set<String> {
        switch self {
        case .program(let program), .reboot(let program, _):
            Set(
                [program.predict, program.capture, program.apply, program.undo].compactMap { $0 }.flatMap(
                    \.secrets.values))
        case .wait(let script, _), .collect(let script): Set(script.secrets.values)
        case .advise, .approve, .undrain, .escalate, .skipped: []
        }
    }
}

/// Writes programs without what names the run, which is another one when the plan is carried out.
private struct Normaliser {
    let run: RunID
    let secretDigests: [String: String]

    func text(_ text: String) -> String {
        text.replacing(run.description, with: "$RUN").replacing(run.short, with: "$RUN")
    }

    func json(_ program: StepProgram) -> CanonicalJSON {
        .object([
            "predict": program.predict.map(json) ?? .null, "capture": program.capture.map(json) ?? .null,
            "apply": json(program.apply), "undo": program.undo.map(json) ?? .null,
            "location": .string(program.location.text),
        ])
    }

    func json(_ script: StepProgram.Script) -> CanonicalJSON {
        var environment = script.environment
        environment["RUNBOOK_RUN"] = nil
        return .object([
            "text": .string(text(script.text)), "shell": .string(script.shell.rawValue),
            "environment": .strings(environment.mapValues(text)),
            "secrets": .strings(script.secrets.mapValues { secretDigests[$0] ?? $0 }),
            "input": script.input.map { .string(Digest.hex(of: $0)) } ?? .null,
        ])
    }
}

extension Location {
    /// As a runbook has it.
    package var text: String {
        switch self {
        case .target: "target"
        case .controller: "controller"
        case .role(let role): "role:\(role)"
        case .group(let group): "group:\(group)"
        }
    }
}
