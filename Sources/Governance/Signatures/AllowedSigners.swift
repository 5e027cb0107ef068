import Foundation

/// OpenSSH's `allowed_signers` (ALLOWED SIGNERS in ssh-keygen(1)): whose key is whose, for what, and when.
package struct AllowedSigners: Sendable, Hashable {
    /// One line.
    struct Line: Sendable, Hashable {
        var number: Int
        var principals: PatternList
        var isAuthority = false
        /// Nil: every namespace.
        var namespaces: PatternList?
        /// Seconds since 1970, inclusive.
        var validAfter: Int?
        var validBefore: Int?
        var key: SSHKey
    }

    let lines: [Line]
    /// What is passed over, for a person.
    package let warnings: [String]

    /// Nobody.
    package static let none = AllowedSigners(lines: [], warnings: [])

    private init(lines: [Line], warnings: [String]) {
        self.lines = lines
        self.warnings = warnings
    }

    /// Reads the file's text. Times without a `Z` are those of `timeZone`.
    /// - Throws: `GovernanceError` that names the line.
    package init(_ text: String, timeZone: TimeZone) throws(GovernanceError) {
        var lines: [Line] = []
        var warnings: [String] = []
        for (index, content) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = content.trimmingCharacters(in: .whitespaces)
            if content.isEmpty || content.hasPrefix("#") { continue }
            do throws(GovernanceError) {
                lines.append(try SignerLineReader(content, timeZone: timeZone).line(number: index + 1))
            } catch {
                guard error.code == .unproven else {
                    throw GovernanceError(
                        .malformed, "allowed_signers:\(index + 1): \(error.message)", hint: error.hint)
                }
                warnings.append("allowed_signers:\(index + 1): \(error.message)")
            }
        }
        self.init(lines: lines, warnings: warnings)
    }

    /// Whom the file says a signature in `namespace` is of, at `time` (seconds since 1970). Only names written out
    /// count: a wildcard in a line names nobody, unless the line is an authority's, whose certificates name people.
    package func principals(of signer: SSHSignature.Proven, namespace: String, at time: Int) -> [String] {
        var found: [String] = []
        for line in lines {
            if let namespaces = line.namespaces, !namespaces.matches(namespace) { continue }
            if let after = line.validAfter, time < after { continue }
            if let before = line.validBefore, time > before { continue }
            if line.isAuthority {
                guard let certificate = signer.certificate, certificate.authority == line.key,
                    certificate.isValid(at: time)
                else { continue }
                found += certificate.principals.filter { !Self.isPattern($0) && line.principals.matches($0) }
            } else if line.key == signer.key, signer.certificate == nil {
                found += line.principals.names.filter(line.principals.matches)
            }
        }
        return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Fingerprints of the keys that the file gives a principal.
    package func fingerprints(of principal: String) -> [String] {
        lines.filter { !$0.isAuthority && $0.principals.names.contains(principal) }.map(\.key.fingerprint)
    }

    private static func isPattern(_ name: String) -> Bool {
        name.isEmpty || name.contains { $0 == "*" || $0 == "?" || $0 == "!" || $0 == "," }
    }
}

/// Reads one line: principals, options, key.
private struct SignerLineReader {
    private var rest: Substring
    private let timeZone: TimeZone

    init(_ text: String, timeZone: TimeZone) {
        rest = Substring(text)
        self.timeZone = timeZone
    }

    /// - Throws: `malformed` for a wrong line, `unproven` for a key of a kind that is passed over.
    func line(number: Int) throws(GovernanceError) -> AllowedSigners.Line {
        var copy = self
        let principals = PatternList(try copy.word())
        guard !principals.patterns.isEmpty else { throw Self.wrong("there are no principals") }
        var options: [(name: String, value: String?)] = []
        var type = try copy.word(keepsQuotes: true)
        if !Self.isKeyType(type) {
            options = try Self.options(type)
            type = try copy.word()
        }
        let base64 = try copy.word()
        guard let data = Data(base64Encoded: base64) else {
            throw Self.wrong("there is no key", hint: "principals, options, key type, key")
        }
        let blob = Array(data)
        var reader = SSHWireReader(blob)
        guard (try? reader.text()) == type else { throw Self.wrong("the key is not of type '\(type.prefix(60))'") }
        guard SSHKeyKind(rawValue: type) != nil else {
            throw GovernanceError(.unproven, "keys of type '\(type.prefix(60))' are passed over")
        }
        var line = AllowedSigners.Line(number: number, principals: principals, key: try SSHKey(blob: blob))
        for (name, value) in options { try copy.take(name, value, into: &line) }
        if let after = line.validAfter, let before = line.validBefore, after > before {
            throw Self.wrong("valid-before is earlier than valid-after")
        }
        return line
    }

    private func take(
        _ name: String, _ value: String?, into line: inout AllowedSigners.Line
    ) throws(GovernanceError) {
        switch (name.lowercased(), value) {
        case ("cert-authority", nil): line.isAuthority = true
        case ("namespaces", .some(let value)): line.namespaces = PatternList(value)
        case ("valid-after", .some(let value)): line.validAfter = try seconds(value)
        case ("valid-before", .some(let value)): line.validBefore = try seconds(value)
        default:
            throw Self.wrong(
                "option '\(name.prefix(40))' is not known",
                hint: "there are cert-authority, namespaces=\"…\", valid-after=\"…\" and valid-before=\"…\"")
        }
    }

    /// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with a `Z` for UTC.
    private func seconds(_ text: String) throws(GovernanceError) -> Int {
        let isUTC = text.hasSuffix("Z")
        let digits = isUTC ? text.dropLast() : text[...]
        guard [8, 12, 14].contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw Self.wrong("'\(text.prefix(40))' is no time", hint: "for example 20270131 or 202701311200Z")
        }
        func number(_ from: Int, _ count: Int) -> Int { Int(digits.dropFirst(from).prefix(count)) ?? 0 }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = isUTC ? .gmt : timeZone
        let parts = DateComponents(
            year: number(0, 4), month: number(4, 2), day: number(6, 2), hour: number(8, 2), minute: number(10, 2),
            second: number(12, 2))
        guard parts.isValidDate(in: calendar), let date = calendar.date(from: parts) else {
            throw Self.wrong("'\(text.prefix(40))' is no time", hint: "for example 20270131 or 202701311200Z")
        }
        return Int(date.timeIntervalSince1970)
    }

    private static func isKeyType(_ word: String) -> Bool {
        word.hasPrefix("ssh-") || word.hasPrefix("ecdsa-") || word.hasPrefix("sk-")
    }

    /// `a,b="x,y"` taken apart.
    private static func options(_ text: String) throws(GovernanceError) -> [(name: String, value: String?)] {
        var options: [(String, String?)] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            let name = rest.prefix { $0 != "=" && $0 != "," }
            rest = rest.dropFirst(name.count)
            var value: String?
            if rest.first == "=" {
                rest = rest.dropFirst()
                guard rest.first == "\"" else { throw wrong("the value of '\(name)' must stand in quotes") }
                let inner = rest.dropFirst().prefix { $0 != "\"" }
                guard rest.dropFirst(inner.count + 1).first == "\"" else { throw wrong("a quote is not closed") }
                rest = rest.dropFirst(inner.count + 2)
                value = String(inner)
            }
            options.append((String(name), value))
            if rest.isEmpty { break }
            guard rest.first == "," else { throw wrong("options are apart by commas") }
            rest = rest.dropFirst()
        }
        return options
    }

    /// Up to the next blank outside of quotes.
    private mutating func word(keepsQuotes: Bool = false) throws(GovernanceError) -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        var word = ""
        var isQuoted = false
        while let next = rest.first {
            if !isQuoted, next == " " || next == "\t" { break }
            if next == "\"" {
                isQuoted.toggle()
                if keepsQuotes { word.append(next) }
            } else {
                word.append(next)
            }
            rest = rest.dropFirst()
        }
        guard !isQuoted else { throw Self.wrong("a quote is not closed") }
        guard !word.isEmpty else { throw Self.wrong("the line is cut off", hint: "principals, options, key type, key") }
        return word
    }

    private static func wrong(_ message: String, hint: String? = nil) -> GovernanceError {
        GovernanceError(.malformed, message, hint: hint)
    }
}
