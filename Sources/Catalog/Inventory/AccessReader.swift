import Crypto
import Foundation
import Model

/// Reads the inventory's `access` block and checks that its names fit together. Confined to one loading.
struct AccessReader {
    let source: SourceText
    let bag: DiagnosticBag
    /// SHA-256 in hexadecimal of the file.
    let digest: String

    /// What `node`, which has the schema's shape, says.
    func read(_ node: YAMLNode, keyMark: YAMLMark) -> AccessFile {
        let position = source.position(node.mark)
        let folder = (position.file as NSString).deletingLastPathComponent
        let signers = node.text("signers") ?? "allowed_signers"
        let services = node.texts("services")
        let persons = (node["persons"]?.entries ?? []).map(person)
        let names = persons.map(\.name)
        let roles = (node["roles"]?.entries ?? []).map { role($0, names) }
        checkUsers(node["persons"]?.entries ?? [], persons, services)
        let rules = node.list("rules").map { rule($0, names, roles.map(\.name)) }
        if let list = node["rules"], list.items?.isEmpty == true {
            report(list.mark, "nobody could do anything", hint: "add a rule: {allow: [all], to: [alice]}")
        }
        return AccessFile(
            signers: signers.hasPrefix("/") || folder.isEmpty ? signers : folder + "/" + signers, services: services,
            persons: persons, roles: roles, rules: rules, digest: digest, position: position)
    }

    private func person(_ entry: YAMLEntry) -> AccessFile.Person {
        if entry.key.isEmpty || entry.key.contains(where: { !$0.isASCII || !Self.isNameCharacter($0) }) {
            report(
                entry.keyMark, "'\(SafeText(entry.key).singleLine)' can't be a person's name",
                hint: "letters, digits and . _ - @, as in alice")
        } else if ["everyone", "root"].contains(entry.key) {
            report(entry.keyMark, "'\(entry.key)' is nobody's name here", hint: "root is no person")
        }
        let users = entry.value.texts("users")
        let principals = entry.value.texts("principals")
        for item in entry.value.list("principals")
        where item.scalar?.text.contains(where: { "*?!,".contains($0) }) == true {
            report(item.mark, "a principal with wildcards names nobody", hint: "write the name out")
        }
        return AccessFile.Person(
            name: entry.key, users: entry.value["users"] == nil ? [entry.key] : users,
            principals: entry.value["principals"] == nil ? [entry.key] : principals,
            position: source.position(entry.keyMark))
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "._-@".contains(character)
    }

    /// A Unix user or a principal of two persons would make two of one.
    private func checkUsers(_ entries: [YAMLEntry], _ persons: [AccessFile.Person], _ services: [String]) {
        var users: [String: AccessFile.Person] = [:]
        var principals: [String: AccessFile.Person] = [:]
        for (entry, person) in zip(entries, persons) {
            for user in person.users {
                if user == "root" || user == "0" {
                    report(entry.value["users"]?.mark ?? entry.keyMark, "root is no person", hint: "name who uses sudo")
                } else if services.contains(user) {
                    report(
                        entry.value["users"]?.mark ?? entry.keyMark,
                        "'\(user)' is one of the services, and so no person",
                        hint: "take it out of one of the two")
                }
                claim(user, "user", person, entry, &users)
            }
            for principal in person.principals { claim(principal, "principal", person, entry, &principals) }
        }
    }

    private func claim(
        _ name: String, _ noun: String, _ person: AccessFile.Person, _ entry: YAMLEntry,
        _ owners: inout [String: AccessFile.Person]
    ) {
        if let owner = owners[name] {
            report(
                entry.keyMark, "\(noun) '\(name)' belongs to '\(owner.name)' already",
                hint: "one \(noun) is one person's; see \(owner.position)")
        }
        owners[name] = person
    }

    private func role(_ entry: YAMLEntry, _ persons: [String]) -> AccessFile.Role {
        let members = entry.value.items ?? entry.value.list("persons")
        for member in members { check(member, persons, noun: "person") }
        return AccessFile.Role(
            name: entry.key, persons: members.compactMap(\.scalar?.text),
            requiresTouch: entry.value.bool("require_touch") ?? false, position: source.position(entry.keyMark))
    }

    private func rule(_ node: YAMLNode, _ persons: [String], _ roles: [String]) -> AccessFile.Rule {
        let allows = node["allow"] != nil
        let words = node.texts("allow") + node.texts("deny")
        let subjects = node["to"]?.items ?? [node["to"]].compactMap(\.self)
        for subject in subjects { checkSubject(subject, persons, roles) }
        if let set = node["nodes"], let text = set.scalar?.text, let fault = SelectorSyntax.fault(in: text) {
            report(source.mark(of: fault.offset, in: set), fault.message, hint: fault.hint)
        }
        return AccessFile.Rule(
            allows: allows,
            actions: words.contains("all") ? Set(AccessAction.allCases) : Set(words.compactMap(AccessAction.init)),
            subjects: subjects.compactMap(\.scalar?.text), runbooks: node.texts("runbooks"), nodes: node.text("nodes"),
            position: source.position(node.mark))
    }

    private func checkSubject(_ node: YAMLNode, _ persons: [String], _ roles: [String]) {
        guard let text = node.scalar?.text else { return }
        if text == "everyone" || text.hasPrefix("user:") { return }
        if text.hasPrefix("role:") {
            check(node, roles, noun: "role", name: String(text.dropFirst(5)))
        } else {
            check(node, persons + ["everyone"], noun: "person")
        }
    }

    private func check(_ node: YAMLNode, _ known: [String], noun: String, name: String? = nil) {
        guard let text = name ?? node.scalar?.text, !known.contains(text) else { return }
        let near = Spelling.nearest(to: text, among: known)
        report(
            node.mark, "there is no \(noun) '\(SafeText(text).singleLine)'",
            hint: near.map { "did you mean '\($0)'?" } ?? "add it to '\(noun)s'")
    }

    private func report(_ mark: YAMLMark, _ message: String, hint: String? = nil) {
        bag.add(
            Diagnostic(
                .error, at: source.position(mark), message, hint: hint, sourceLine: source.line(mark)))
    }
}
