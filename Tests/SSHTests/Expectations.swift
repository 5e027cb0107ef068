import SSH
import TestSupport
import Testing

/// Runs the body and returns the `SSHError` that it must throw.
func failure(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> SSHError {
    do {
        try await body()
    } catch let error as SSHError {
        return error
    }
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    throw SSHDFixture.Failure("nothing was thrown")
}

extension SSHDFixture {
    /// The error of a connection that must fail.
    func connectionFailure(
        _ target: SSHTarget? = nil, _ context: SSHContext? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> SSHError {
        try await withPool(context) { pool in
            try await failure(sourceLocation: sourceLocation) {
                _ = try await pool.connection(to: target ?? self.target())
            }
        }
    }
}

/// All output of a channel until its end.
func drain(_ channel: SSHExecChannel) async throws -> (output: [UInt8], error: [UInt8], end: SSHChannelEnd?) {
    var result: (output: [UInt8], error: [UInt8], end: SSHChannelEnd?) = ([], [], nil)
    for try await event in channel.events {
        switch event {
        case .standardOutput(let bytes): result.output += bytes
        case .standardError(let bytes): result.error += bytes
        case .closed(let end): result.end = end
        }
    }
    return result
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
