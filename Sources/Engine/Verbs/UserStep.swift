import Model

extension StepLowering {
    /// An authorized key, or the state of a user's password.
    func user(_ verb: UserVerb) throws(Stop) -> StepProgram {
        let user = try name(try text(verb.name, key: "user.name", .steering), key: "user.name", extra: "_.@-$")
        let touchesPassword = verb.locked != nil || verb.expire != nil
        if let template = verb.key {
            guard !touchesPassword else {
                throw stop(
                    .value, "user.key", "a key and a password can't change in one step", hint: "make two steps of it")
            }
            let line = try text(template, key: "user.key", .steering)
            guard let key = AuthorizedKeyLine(line) else {
                throw stop(
                    .value, "user.key", "this is not a line of authorized_keys",
                    hint: "it needs a key type such as ssh-ed25519 and the key's bytes")
            }
            let known = key.comment.isEmpty ? key.type : "\(key.type) (\(key.comment))"
            return try program(
                TypedProgram(
                    script: .authorizedKey,
                    values: [
                        "USER_NAME": user, "USER_KEY": line, "USER_BLOB": key.blob,
                        "USER_ABSENT": verb.isAbsent ? "yes" : "no",
                    ],
                    summary: "\(verb.isAbsent ? "remove" : "authorize") the key \(known) of \(user)",
                    undoSummary: "put the former authorized_keys of \(user) back"))
        }
        guard touchesPassword else {
            throw stop(.value, "user", "it asks for nothing", hint: "give it key, locked or expire")
        }
        var parts: [String] = []
        if let locked = verb.locked { parts.append(locked ? "lock" : "unlock") }
        if let expire = verb.expire { parts.append(expire ? "expire" : "renew") }
        return try program(
            TypedProgram(
                script: .account,
                values: [
                    "USER_NAME": user, "USER_LOCKED": Self.yesOrNo(verb.locked),
                    "USER_EXPIRE": Self.yesOrNo(verb.expire),
                ],
                summary: "\(parts.joined(separator: " and ")) the password of \(user)",
                undoSummary: "bring the password of \(user) to its former state"))
    }
}

/// A line of `authorized_keys`, as sshd(8) describes it: options, a key type, the key in base64, a comment.
struct AuthorizedKeyLine {
    let type: String
    /// The type and the key: what tells one key from another.
    let blob: String
    let comment: String

    init?(_ line: String) {
        let words = Self.words(line)
        guard let place = words.firstIndex(where: Self.isType), place + 1 < words.count, place <= 1 else { return nil }
        let bytes = words[place + 1]
        let isBase64 = bytes.unicodeScalars.allSatisfy {
            StepLowering.isAlphanumeric($0) || $0 == "+" || $0 == "/" || $0 == "="
        }
        guard isBase64, bytes.utf8.count >= 16, !line.hasPrefix("#") else { return nil }
        type = words[place]
        blob = "\(words[place]) \(bytes)"
        comment = words[(place + 2)...].joined(separator: " ")
    }

    private static func isType(_ word: String) -> Bool {
        ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"].contains { word.hasPrefix($0) }
    }

    /// Words apart by blanks; blanks inside quotes are part of an option.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in line {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, character == " " || character == "\t" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
