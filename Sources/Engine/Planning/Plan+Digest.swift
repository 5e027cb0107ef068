import Model

extension Plan {
    /// SHA-256 in hexadecimal of the plan's canonical JSON: all that decides what will be done, and no wording.
    package var digest: String { Digest.hex(of: canonical.bytes) }

    var canonical: CanonicalJSON {
        .object([
            "v": .int(1), "runbook": .string(runbook), "version": .int(runbookVersion), "sources": .strings(sources),
            "program": .string(program), "supervisor": .string(supervisor), "created": .int(created),
            "expires": .int(expires), "approve": approve?.canonical ?? .null, "window": window?.canonical ?? .null,
            "gate": .string(gate.rawValue), "steps": .array(steps.map(\.canonical)),
            "targets": .array(targets.map(\.canonical)), "waves": .array(waves.map { .strings($0) }),
            "strategy": strategy.canonical,
        ])
    }
}

extension Approval {
    var canonical: CanonicalJSON {
        .object([
            "approvers": .strings(approvers.sorted()), "minimum": .int(minimum),
            "expires": .int(expires.wholeMilliseconds), "allow_self": .bool(allowSelf),
            // In thousandths of a percent, since the canonical form has no fractions.
            "coverage": coverage.map { .int(Int(($0 * 1000).rounded())) } ?? .null,
        ])
    }
}

extension WindowRequirement {
    var canonical: CanonicalJSON {
        .object(["calendar": .string(calendar), "on_close": .string(onClose.rawValue)])
    }
}

extension PlannedStep {
    var canonical: CanonicalJSON {
        .object([
            "index": .int(index), "name": .string(name), "verb": .string(verb), "gate": .string(gate.rawValue),
            "causes": .strings(causes),
        ])
    }
}

extension PlannedTarget {
    var canonical: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "name": .string(name), "address": .string(address), "user": .string(user), "jump": .strings(jump),
            "host_keys": .strings(hostKeys), "become": .optional(becomeUser),
            "verdict": .string(survey.verdict.rawValue), "causes": .strings(survey.causes.sorted()),
            "parameters": .strings(parameters), "steps": .array(predictions.map(\.canonical)),
        ]
        if let items {
            members["items"] = .object(
                Dictionary(uniqueKeysWithValues: items.map { (String($0.key), $0.value.canonical) }))
        }
        if let named { members["named"] = named.canonical }
        return .object(members)
    }
}

extension NamedValues {
    fileprivate var canonical: CanonicalJSON {
        .object([
            "labels": .strings(labels), "groups": groups.map { .strings($0) } ?? .null,
            "variables": .object(variables.mapValues(\.canonical)),
        ])
    }
}

extension Value {
    /// With its type, so that no two values have one text.
    fileprivate var canonical: CanonicalJSON {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .string(let text): .string(text)
        case .list(let items): .array(items.map(\.canonical))
        case .map(let entries): .object(["map": .object(entries.mapValues(\.canonical))])
        case .secret(let reference): .object(["secret": .string(reference)])
        case .float, .duration, .size, .percent: .object([typeName: .string(displayText)])
        }
    }
}

extension Prediction {
    var canonical: CanonicalJSON {
        .object([
            "prediction": .string(kind.rawValue), "undo": .string(grade.rawValue), "before": .optional(beforeDigest),
            "after": .optional(afterDigest), "program": .optional(programDigest),
        ])
    }
}

extension PlannedStrategy {
    var canonical: CanonicalJSON {
        .object([
            "order": .string(order.rawValue), "concurrency": .int(concurrency), "stops_at": .int(stopsAtFailure),
            "canaries": .int(canaryWaves), "soak": .int(soak),
            "limits": .object(limits.mapValues { .object($0.mapValues { .int($0) }) }),
        ])
    }
}
