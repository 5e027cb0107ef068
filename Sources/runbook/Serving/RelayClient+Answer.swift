import ArgumentParser
import Controller
import Foundation
import Relay

extension RelayClient {
    /// What the service answers to `words`, which are given `input` as JSON.
    /// - Throws: `ExitCode` of the service's command, which has said why on standard error.
    func answer<Answer: Decodable>(
        _ words: [String], _ type: Answer.Type, input: (any Encodable)? = nil
    ) throws -> Answer {
        let (status, output) = try ask(words, input: try input.map { Array(try JSONEncoder().encode($0)) } ?? [])
        guard status == 0 else { throw ExitCode(status) }
        guard let answer = try? JSONDecoder().decode(type, from: Data(output)) else {
            throw RelayError(
                "The service's answer can't be read.", hint: "Install the same version of runbook on both sides.")
        }
        return answer
    }
}

/// The service's side of that.
enum Exchange {
    private static let limit = 1 << 20

    /// The JSON value of standard input.
    static func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        var data = Data()
        while data.count <= limit, let piece = try FileHandle.standardInput.read(upToCount: 1 << 16), !piece.isEmpty {
            data += piece
        }
        guard data.count <= limit, let value = try? JSONDecoder().decode(type, from: data) else {
            throw RequestError(.usage, "Standard input is not what is taken here.")
        }
        return value
    }

    static func write(_ value: some Encodable) throws {
        try FileHandle.standardOutput.write(contentsOf: try JSONEncoder().encode(value))
    }
}
