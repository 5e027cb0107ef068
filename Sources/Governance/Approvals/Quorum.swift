import Model

/// Whether enough people have approved: as many distinct persons as keys, none of them who asked.
package struct Quorum: Sendable {
    private let requirement: Approval
    private let people: People
    /// Who asked for the run.
    private let requester: People.Subject

    package init(_ requirement: Approval, people: People, requester: People.Subject) {
        self.requirement = requirement
        self.people = people
        self.requester = requester
    }

    /// How it stands.
    package struct Count: Sendable, Hashable {
        /// Those that count together: as many persons as keys.
        package var counted: [ProvenApproval]
        package var needed: Int
        /// Why others do not count, for a person.
        package var passedOver: [String]

        package var isMet: Bool { counted.count >= needed }
    }

    /// Why an approval of `person` can't count; nil where it can.
    package func misfit(person: String, isTouched: Bool) -> String? {
        if !requirement.allowSelf, requester.person == person { return "\(person) asked for the run" }
        var needsTouch = false
        for entry in requirement.approvers {
            if entry.hasPrefix("role:") {
                guard let role = people.role(String(entry.dropFirst(5))), role.persons.contains(person) else {
                    continue
                }
                if !role.requiresTouch || isTouched { return nil }
                needsTouch = true
            } else if people.person(named: entry) == person {
                return nil
            }
        }
        return needsTouch
            ? "\(person)'s role takes a key on a token that was touched" : "\(person) is none of the approvers"
    }

    /// Those who can approve, sorted; a role's own members only.
    package var candidates: [String] {
        var names: Set<String> = []
        for entry in requirement.approvers {
            if entry.hasPrefix("role:") {
                names.formUnion(people.role(String(entry.dropFirst(5)))?.persons ?? [])
            } else if let person = people.person(named: entry) {
                names.insert(person)
            }
        }
        if !requirement.allowSelf, let person = requester.person { names.remove(person) }
        return names.sorted()
    }

    /// Why no quorum can ever be met; nil where one can.
    package var impossibility: (reason: String, hint: String)? {
        for entry in requirement.approvers where entry.hasPrefix("role:") {
            if people.role(String(entry.dropFirst(5))) == nil {
                return (
                    "No role '\(entry.dropFirst(5))' is in the access file.",
                    "Add it to 'roles' in Inventory/access.yaml."
                )
            }
        }
        if !requirement.allowSelf, case .account(let user) = requester, !people.isService(user) {
            return (
                "Nobody can tell which person asks for this as \(user), so it can't be told that another one approves.",
                user == "root"
                    ? "Log in as yourself and use sudo."
                    : "Name the user among 'persons' or 'services' of the access file."
            )
        }
        if candidates.count < requirement.minimum {
            return (
                "\(requirement.minimum) approvals are needed, and \(candidates.count) can be given: "
                    + (candidates.isEmpty ? "nobody may approve this." : "\(candidates.joined(separator: ", ")) may."),
                "Whoever asks does not count. See 'roles' and 'persons' in the access file."
            )
        }
        return nil
    }

    /// Counts what was given.
    package func count(_ given: [ProvenApproval]) -> Count {
        var fit: [ProvenApproval] = []
        var passedOver: [String] = []
        for approval in given {
            if let reason = misfit(person: approval.person, isTouched: approval.isTouched) {
                passedOver.append(reason)
            } else {
                fit.append(approval)
            }
        }
        return Count(
            counted: Self.matching(fit), needed: max(1, requirement.minimum),
            passedOver: passedOver.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }

    /// The most approvals of which no two share a person or a key: a greatest matching of persons and keys.
    static func matching(_ given: [ProvenApproval]) -> [ProvenApproval] {
        var byKey: [String: ProvenApproval] = [:]
        func place(_ person: String, _ seen: inout Set<String>) -> Bool {
            for approval in given where approval.person == person && seen.insert(approval.key).inserted {
                guard let holder = byKey[approval.key] else {
                    byKey[approval.key] = approval
                    return true
                }
                if place(holder.person, &seen) {
                    byKey[approval.key] = approval
                    return true
                }
            }
            return false
        }
        var persons: [String] = []
        for approval in given where !persons.contains(approval.person) { persons.append(approval.person) }
        for person in persons {
            var seen: Set<String> = []
            _ = place(person, &seen)
        }
        return byKey.values.sorted { ($0.person, $0.key) < ($1.person, $1.key) }
    }
}
