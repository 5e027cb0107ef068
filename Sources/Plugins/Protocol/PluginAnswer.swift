import Foundation
import Model

/// What a plugin answered: exactly one JSON object.
package struct PluginAnswer: Sendable, Hashable {
    /// Its members; texts hold no secret of the request.
    package let members: [String: Value]

    /// Reads `bytes`, in which `secrets` are struck out.
    /// - Throws: `PluginError` for anything but one JSON object, and for an object with `error`: a refusal.
    init(_ bytes: [UInt8], of path: String, hiding secrets: [SecretBytes]) throws(PluginError) {
        var members: [String: Value]
        do {
            members = try Self.object(bytes)
        } catch is DecodingError {
            throw PluginError(
                path, .badAnswer(bytes.isEmpty ? "nothing at all" : "it is not exactly one JSON value"))
        } catch {
            throw PluginError(path, .badAnswer("no JSON object"))
        }
        if let redactor = Redactor(secrets) { members = Self.redacted(members, redactor) }
        if let error = members["error"] {
            let text = PluginText(secrets).clean(error.displayText)
            throw PluginError(path, .refused(text, mayRetry: members["retry"] == .bool(true)))
        }
        self.members = members
    }

    /// All but `state`, which is of use only if it is exact. The journal keeps no state that holds a secret.
    private static func redacted(_ members: [String: Value], _ redactor: Redactor) -> [String: Value] {
        var clean = members.mapValues { $0.redacted(by: redactor) }
        clean["state"] = members["state"]
        return clean
    }

    /// The members of exactly one JSON object.
    /// - Throws: `DecodingError` for what is no JSON, `ValueError` for other JSON.
    package static func object(_ bytes: [UInt8]) throws -> [String: Value] {
        guard case .map(let members) = try JSONDecoder().decode(JSONValue.self, from: Data(bytes)).value else {
            throw ValueError("it is no JSON object")
        }
        return members
    }

    /// A member's text; nil where there is none.
    package func text(_ name: String) -> String? {
        if case .string(let text)? = members[name] { text } else { nil }
    }

    /// A member that is true or false; nil where there is none.
    package func bool(_ name: String) -> Bool? {
        if case .bool(let value)? = members[name] { value } else { nil }
    }
}

/// Any JSON.
private struct JSONValue: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let bool = try? container.decode(Bool.self) {
            value = .bool(bool)
        } else if let int = try? container.decode(Int.self) {
            value = .int(int)
        } else if let float = try? container.decode(Double.self) {
            value = .float(float)
        } else if let text = try? container.decode(String.self) {
            value = .string(text)
        } else if let items = try? container.decode([JSONValue].self) {
            value = .list(items.map(\.value))
        } else {
            value = .map(try container.decode([String: JSONValue].self).mapValues(\.value))
        }
    }
}

extension Value {
    fileprivate func redacted(by redactor: Redactor) -> Value {
        switch self {
        case .string(let text): .string(redactor.redact(text))
        case .list(let items): .list(items.map { $0.redacted(by: redactor) })
        case .map(let entries): .map(entries.mapValues { $0.redacted(by: redactor) })
        default: self
        }
    }
}
