import Model

/// Holds those who may approve against the persons and roles that the inventory declares.
struct ApproverChecks {
    struct Fault {
        enum Place {
            /// By its place in the list.
            case approver(Int)
            case minimum
        }

        var place: Place
        var isError: Bool
        var message: String
        var hint: String
    }

    let access: AccessFile?

    func faults(of approval: Approval) -> [Fault] {
        guard let access else {
            if approval.approvers.isEmpty { return [] }
            return [
                Fault(
                    place: .approver(0), isError: false, message: "nobody can approve: the inventory has no 'access'",
                    hint: "docs/approvals.md says how to declare persons and roles")
            ]
        }
        var faults: [Fault] = []
        var persons: Set<String> = []
        for (index, text) in approval.approvers.enumerated() {
            if let name = text.after("role:") {
                let role = access.roles.first { $0.name == name }
                if role == nil { faults.append(stranger(index, name, noun: "role", known: access.roles.map(\.name))) }
                persons.formUnion(role?.persons ?? [])
            } else {
                let known = access.persons.map(\.name)
                if !known.contains(text) { faults.append(stranger(index, text, noun: "person", known: known)) }
                persons.insert(text)
            }
        }
        if faults.isEmpty, persons.count < approval.minimum {
            faults.append(
                Fault(
                    place: .minimum, isError: true,
                    message: "\(approval.minimum) approvals are needed, but only \(persons.count) may give one",
                    hint: persons.isEmpty
                        ? "the roles have no members" : "that is \(persons.sorted().joined(separator: ", "))"))
        }
        return faults
    }

    private func stranger(_ index: Int, _ name: String, noun: String, known: [String]) -> Fault {
        let near = Spelling.nearest(to: name, among: known)
        return Fault(
            place: .approver(index), isError: true,
            message: "the inventory's 'access' has no \(noun) '\(SafeText(name).singleLine)'",
            hint: near.map { "did you mean '\($0)'?" }
                ?? (known.isEmpty
                    ? "declare it under '\(noun)s'" : "there are \(known.sorted().joined(separator: ", "))"))
    }
}
