import Model

/// Who is who: persons by Unix user, by name in `allowed_signers` and by role.
///
/// Without an access file every Unix user but root is the person of the same name, and so is every name in
/// `allowed_signers`; there are no roles.
package struct People: Sendable, Hashable {
    /// Who asks for something.
    package enum Subject: Sendable, Hashable {
        case person(String, user: String)
        /// A Unix user that no person is behind, or that the access file does not name.
        case account(String)
    }

    private let file: AccessFile?

    package init(_ file: AccessFile?) { self.file = file }

    /// Whose work `requester` is. Root and services are the user behind sudo, or nobody.
    package func subject(_ requester: Requester) -> Subject {
        if requester.userID == 0 || isService(requester.user) || isService(String(requester.userID)) {
            guard let user = requester.sudoUser, user != requester.user, user != "root" else {
                return .account(requester.user)
            }
            return person(ofUser: user, id: nil).map { .person($0, user: user) } ?? .account(user)
        }
        return person(ofUser: requester.user, id: requester.userID).map { .person($0, user: requester.user) }
            ?? .account(requester.user)
    }

    /// Whether no person is behind a user: a schedule's job, or what the access file says it of.
    package func isService(_ user: String) -> Bool {
        user.hasPrefix("schedule:") || file?.services.contains(user) ?? false
    }

    private func person(ofUser user: String, id: Int?) -> String? {
        guard let file else { return user }
        if isService(user) { return nil }
        return file.persons.first { person in
            person.users.contains(user) || id.map { person.users.contains(String($0)) } ?? false
        }?.name
    }

    /// The person whom `allowed_signers` means.
    package func person(ofPrincipal principal: String) -> String? {
        guard let file else { return principal }
        return file.persons.first { $0.principals.contains(principal) }?.name
    }

    /// The names that a person has in `allowed_signers`.
    package func principals(of person: String) -> [String] {
        guard let file else { return [person] }
        return file.persons.first { $0.name == person }?.principals ?? []
    }

    /// The person that a runbook's `approvers` means by `name`: a person, or a Unix user of one.
    package func person(named name: String) -> String? {
        guard let file else { return name }
        return file.persons.first { $0.name == name }?.name ?? file.persons.first { $0.users.contains(name) }?.name
    }

    /// All persons of the access file.
    package var names: [String] { file?.persons.map(\.name) ?? [] }

    /// The role of that name; nil where there is none.
    package func role(_ name: String) -> AccessFile.Role? { file?.roles.first { $0.name == name } }

    /// Whether a rule's `to` holds for `subject`.
    func holds(_ text: String, for subject: Subject) -> Bool {
        switch subject {
        case .person(let person, _):
            if text == "everyone" || text == person { return true }
            guard text.hasPrefix("role:") else { return false }
            return role(String(text.dropFirst(5)))?.persons.contains(person) ?? false
        case .account(let user): return text.hasPrefix("user:") && PatternList(String(text.dropFirst(5))).matches(user)
        }
    }
}

extension People.Subject: CustomStringConvertible {
    package var description: String {
        switch self {
        case .person(let person, let user): person == user ? person : "\(person) (user \(user))"
        case .account(let user): "user \(user), who is no person of the access file"
        }
    }

    /// The person, where it is one.
    package var person: String? {
        if case .person(let person, _) = self { person } else { nil }
    }
}
