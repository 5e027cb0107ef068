/// Names one attempt of one step on one target, for ever: `run.target.step.attempt`.
///
/// The run is 128 random bits, so that ids of another or a restored database can never be mistaken for this one's.
/// Step names never travel to a node; the index does.
package struct InvocationID: Sendable, Hashable, Codable, CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    package var run: RunID
    /// The target's position in the run's target list, from 0.
    package var target: Int
    /// The step's position in the plan, from 0; probes and other read-only work count on after the steps.
    package var step: Int
    /// From 1.
    package var attempt: Int

    /// Creates an id from its parts.
    package init(run: RunID, target: Int, step: Int, attempt: Int) {
        self.run = run
        self.target = target
        self.step = step
        self.attempt = attempt
    }

    /// The form that travels: only hexadecimal digits and full stops.
    package var description: String { "\(run).\(target).\(step).\(attempt)" }
}

/// A run's identity: 32 lower-case hexadecimal digits, made at random by the controller.
package struct RunID: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    /// The digits.
    package let description: String

    /// Nil unless `text` is 32 lower-case hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32,
            text.utf8.allSatisfy({
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            })
        else { return nil }
        description = text
    }

    /// An id from two random words.
    package init(random high: UInt64, _ low: UInt64) {
        func hex(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        description = hex(high) + hex(low)
    }

    /// The first eight digits, which people use to name a run.
    package var short: String { String(description.prefix(8)) }

    package static func < (left: RunID, right: RunID) -> Bool { left.description < right.description }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RunID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a run id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
