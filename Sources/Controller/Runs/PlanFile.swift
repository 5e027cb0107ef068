import Foundation
import Model

/// A plan as a file: what was shown, with its digest and the runbook's bytes.
package struct PlanFile: Sendable, Codable {
    /// Of the file's form.
    package var version = 1
    package var digest: String
    package var plan: Plan
    /// As the operator typed them; a secret by its reference.
    package var parameters: [String: String]
    /// The runbook and all that it includes.
    package var sources: [SourceFile]

    package init(digest: String, plan: Plan, parameters: [String: String], sources: [SourceFile]) {
        self.digest = digest
        self.plan = plan
        self.parameters = parameters
        self.sources = sources
    }

    /// Reads the file at `path`.
    /// - Throws: `RequestError` when it is none.
    package init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RequestError(
                .usage, "The plan file \(path) can't be read.",
                hint: "Make one: runbook plan NAME --nodes SET -o FILE")
        }
        do {
            self = try JSONDecoder().decode(PlanFile.self, from: data)
        } catch {
            throw RequestError(
                .runbook, "\(path) is not a plan file of this program.",
                hint: "Make one with: runbook plan NAME -o FILE")
        }
    }

    /// The file's bytes.
    package func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
