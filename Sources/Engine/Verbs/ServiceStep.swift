import Model

extension StepLowering {
    /// A systemd unit.
    func service(_ verb: ServiceVerb) throws(Stop) -> StepProgram {
        guard context.hasSystemd || location != .target else {
            throw stop(.unsupported, "service", "\(context.evaluation.node.name) is not run by systemd")
        }
        let unit = try name(try name(verb.name, key: "service.name"), key: "service.name", extra: ":_.@-\\")
        if verb.masked == true, verb.state != nil && verb.state != .stopped || verb.enabled == true {
            throw stop(.value, "service.masked", "what is masked can't be started or enabled")
        }
        var parts: [String] = []
        if let masked = verb.masked { parts.append(masked ? "mask" : "unmask") }
        if let enabled = verb.enabled { parts.append(enabled ? "enable" : "disable") }
        switch verb.state {
        case .started: parts.append("start")
        case .stopped: parts.append("stop")
        case .restarted: parts.append("restart")
        case .reloaded: parts.append("reload")
        case nil: break
        }
        guard !parts.isEmpty else {
            throw stop(.value, "service", "it asks for nothing", hint: "give it state, enabled or masked")
        }
        return try program(
            TypedProgram(
                script: .service,
                values: [
                    "SERVICE_NAME": unit, "SERVICE_STATE": verb.state?.rawValue ?? "",
                    "SERVICE_ENABLED": Self.yesOrNo(verb.enabled), "SERVICE_MASKED": Self.yesOrNo(verb.masked),
                ],
                summary: "\(parts.joined(separator: ", ")) \(unit)",
                undoSummary: "bring \(unit) to its former state"))
    }

    /// As the scripts take a choice: empty where there is none.
    static func yesOrNo(_ choice: Bool?) -> String { choice.map { $0 ? "yes" : "no" } ?? "" }
}
