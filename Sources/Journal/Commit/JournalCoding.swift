import Foundation
import Model

/// How values become the JSON that rows hold, and come back.
enum JournalCoding {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw JournalError(
                .damaged, "A row of the journal is not what this program writes (\(type)).",
                hint: "runbook db check says more.")
        }
    }
}
