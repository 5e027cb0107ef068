import Foundation
import Model

/// Fetches secrets by reference: `env:NAME`, `file:PATH`, `pass:ENTRY`, `vault:PATH#FIELD`, `aws:ID`, `aws:ID#KEY`, or
/// `plugin:NAME/ENTRY` from a plugin of kind `secret`.
package struct SecretResolver: Sendable {
    private let environment: [String: String]
    private let plugin: @Sendable (String) throws -> Plugin?

    /// Looks `env:` references up in `environment`; `plugin` finds plugins by name.
    package init(
        environment: [String: String], plugin: @escaping @Sendable (String) throws -> Plugin? = { _ in nil }
    ) {
        self.environment = environment
        self.plugin = plugin
    }

    /// The bytes behind `reference`, without one trailing newline.
    /// - Throws: `SecretError`, which names the reference and never the secret.
    package func resolve(_ reference: String) async throws -> SecretBytes {
        guard let colon = reference.firstIndex(of: ":") else { throw SecretError(reference, .malformed) }
        let rest = String(reference[reference.index(after: colon)...])
        switch reference[..<colon] {
        case "env":
            guard let value = environment[rest] else { throw SecretError(reference, .missing) }
            return SecretBytes(Array(value.utf8))
        case "file":
            return try file(rest, reference)
        case "pass":
            return try await SecretTool("pass", ["show", "--", rest]).output(for: reference)
        case "vault":
            let (path, field) = split(rest)
            guard let field else { throw SecretError(reference, .malformed) }
            return try await SecretTool("vault", ["kv", "get", "-field=\(field)", path])
                .output(for: reference)
        case "aws":
            return try await awsSecret(rest, reference)
        case "plugin":
            return try await pluginSecret(rest, reference)
        default:
            throw SecretError(reference, .malformed)
        }
    }

    private func split(_ text: String) -> (String, String?) {
        guard let hash = text.lastIndex(of: "#") else { return (text, nil) }
        return (String(text[..<hash]), String(text[text.index(after: hash)...]))
    }

    private func file(_ path: String, _ reference: String) throws -> SecretBytes {
        let expanded = NSString(string: path).expandingTildeInPath
        var status = stat()
        guard stat(expanded, &status) == 0 else { throw SecretError(reference, .missing) }
        guard status.st_mode & 0o077 == 0 else { throw SecretError(reference, .readableByOthers) }
        guard let data = FileManager.default.contents(atPath: expanded) else { throw SecretError(reference, .missing) }
        return SecretBytes(SecretTool.trimmed(Array(data)))
    }

    private func pluginSecret(_ text: String, _ reference: String) async throws -> SecretBytes {
        guard let slash = text.firstIndex(of: "/") else { throw SecretError(reference, .malformed) }
        let name = String(text[..<slash])
        guard let plugin = try plugin(name) else { throw SecretError(reference, .pluginMissing(name)) }
        let entry = String(text[text.index(after: slash)...])
        let request = PluginRequest("get", ["reference": .value(.string(entry))])
        do {
            let answer = try await plugin.ask(request) { _ in throw SecretError(reference, .malformed) }
            guard let secret = answer.text("secret") else { throw SecretError(reference, .missing) }
            return SecretBytes(Array(secret.utf8))
        } catch let error as PluginError {
            // What it says may hold the secret, which nobody knows yet.
            if case .refused = error.kind { throw SecretError(reference, .toolFailed(name, status: "it refused")) }
            if case .failed = error.kind { throw SecretError(reference, .toolFailed(name, status: "it failed")) }
            throw SecretError(reference, .toolFailed(name, status: error.description))
        }
    }

    private func awsSecret(_ text: String, _ reference: String) async throws -> SecretBytes {
        let (id, key) = split(text)
        let bytes = try await SecretTool(
            "aws",
            ["secretsmanager", "get-secret-value", "--secret-id", id, "--query", "SecretString", "--output", "text"]
        ).output(for: reference)
        // What the tool prints for a secret of bytes, which has no text.
        guard bytes.exposed != Array("None".utf8) else { throw SecretError(reference, .missing) }
        guard let key else { return bytes }
        // Other members, such as a port, may be no texts.
        let object = try? JSONSerialization.jsonObject(with: Data(bytes.exposed)) as? [String: Any]
        guard let value = object?[key] as? String else { throw SecretError(reference, .missing) }
        return SecretBytes(Array(value.utf8))
    }
}

/// Why a secret could not be fetched.
package struct SecretError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case malformed, missing, readableByOthers
        case toolMissing(String)
        case pluginMissing(String)
        case toolFailed(String, status: String)
    }

    package var reference: String
    package var kind: Kind

    package init(_ reference: String, _ kind: Kind) {
        self.reference = reference
        self.kind = kind
    }

    package var description: String {
        switch kind {
        case .malformed:
            "'\(reference)' is not a secret reference. Write env:NAME, file:PATH, pass:ENTRY, vault:PATH#FIELD, aws:ID#KEY or plugin:NAME/ENTRY."
        case .missing: "The secret '\(reference)' does not exist or can't be read."
        case .readableByOthers:
            "The file of secret '\(reference)' can be read by other users. Mend: chmod 600 on it."
        case .pluginMissing(let name):
            "The secret '\(reference)' needs the plugin '\(name)' of kind secret, which is not there."
        case .toolMissing(let tool): "The secret '\(reference)' needs the program '\(tool)', which is not installed."
        case .toolFailed(let tool, let status):
            "'\(tool)' did not give the secret '\(reference)' (\(status)). Try the same by hand; its messages are not shown here, since they may hold secrets."
        }
    }
}
