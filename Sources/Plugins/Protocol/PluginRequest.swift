import Foundation
import Model

/// What a plugin is asked: one JSON object with `protocol`, `operation` and the operation's own members.
package struct PluginRequest: Sendable {
    /// A member's value.
    package enum Member: Sendable {
        /// Secrets in it are filled in for the call.
        case value(Value)
        /// JSON as it is.
        case json(String)
    }

    /// The version of the protocol.
    package static let version = 1

    package var operation: String
    package var members: [String: Member]

    package init(_ operation: String, _ members: [String: Member] = [:]) {
        self.operation = operation
        self.members = members
    }

    /// References of all secrets in it.
    package var secretReferences: Set<String> {
        members.values.reduce(into: []) { references, member in
            if case .value(let value) = member { references.formUnion(value.secretReferences) }
        }
    }

    /// Its bytes, with each secret by its reference.
    /// - Throws: `ValueError` for a secret that is no text or is missing.
    package func bytes(_ secrets: [String: SecretBytes]) throws -> [UInt8] {
        var texts = [
            "protocol": String(Self.version), "operation": JSONText.quote(operation),
        ]
        for (name, member) in members {
            switch member {
            case .value(let value): texts[name] = try value.revealing(secrets).jsonText()
            case .json(let text): texts[name] = text
            }
        }
        let parts = texts.sorted { $0.key < $1.key }.map { JSONText.quote($0.key) + ":" + $0.value }
        return Array("{\(parts.joined(separator: ","))}\n".utf8)
    }
}

extension Value {
    /// References of all secrets in it.
    fileprivate var secretReferences: Set<String> {
        switch self {
        case .secret(let reference): [reference]
        case .list(let items): items.reduce(into: []) { $0.formUnion($1.secretReferences) }
        case .map(let entries): entries.values.reduce(into: []) { $0.formUnion($1.secretReferences) }
        default: []
        }
    }

    /// With the secrets themselves; never to be kept.
    fileprivate func revealing(_ secrets: [String: SecretBytes]) throws(ValueError) -> Value {
        switch self {
        case .secret(let reference):
            guard let bytes = secrets[reference]?.exposed, let text = String(validating: bytes, as: UTF8.self) else {
                throw ValueError("the secret '\(reference)' is no text, so it can't be given to a plugin")
            }
            return .string(text)
        case .list(let items):
            var shown: [Value] = []
            for item in items { shown.append(try item.revealing(secrets)) }
            return .list(shown)
        case .map(let entries):
            var shown: [String: Value] = [:]
            for (key, value) in entries { shown[key] = try value.revealing(secrets) }
            return .map(shown)
        default: return self
        }
    }
}
