import Model
import Synchronization

/// A read-only script to be run somewhere for a target.
struct Ask: Sendable {
    var script: String
    var shell = Invocation.Shell.sh
    var values: ScriptValues
    var input: [UInt8]?
    var become: Bool
    var location = Location.target
    var timeout = Duration.seconds(60)
    /// How much of each stream is kept in memory.
    var memory = Answer.keptBytes
    var outputLimit = 1 << 30
    /// The step whose state folder it works in.
    var stateOwner: InvocationID?
    /// The probe, evidence or step that it is, by its name in the plan: it is not started beside an earlier asking.
    var name: String?
}

/// What a script writes: kept in the journal, and its beginning in memory.
///
/// `Sendable` because its buffers are behind one mutex.
final class OutputSink: Sendable {
    /// Thrown into the session when the journal takes no more of a script's output.
    struct LimitReached: Error {
        var reason: String
    }

    private let recorder: RunRecorder
    private let id: InvocationID
    private let node: String
    private let memory: Int
    private struct Buffers {
        var out: [UInt8] = []
        var err: [UInt8] = []
        var limit: String?
        /// Where a session that takes the script up goes on.
        var offsets = OutputOffsets.start
    }

    private let buffers = Mutex(Buffers())

    init(recorder: RunRecorder, id: InvocationID, node: String, memory: Int) {
        self.recorder = recorder
        self.id = id
        self.node = node
        self.memory = memory
    }

    func take(_ chunk: OutputChunk) async throws {
        buffers.withLock { buffers in
            switch chunk.stream {
            case .standardOutput: buffers.out += chunk.bytes.prefix(max(0, memory - buffers.out.count))
            case .standardError: buffers.err += chunk.bytes.prefix(max(0, memory - buffers.err.count))
            }
        }

        if case .limitReached(let reason) = try await recorder.output(chunk, of: id, node: node) {
            buffers.withLock { $0.limit = reason }
            throw LimitReached(reason: reason)
        }
        let end = chunk.offset + chunk.bytes.count
        buffers.withLock { buffers in
            switch chunk.stream {
            case .standardOutput: buffers.offsets.standardOutput = max(buffers.offsets.standardOutput, end)
            case .standardError: buffers.offsets.standardError = max(buffers.offsets.standardError, end)
            }
        }
    }

    /// What is stored so far.
    var offsets: OutputOffsets { buffers.withLock { $0.offsets } }

    /// Whether the journal took no more.
    var isFull: Bool { buffers.withLock { $0.limit != nil } }

    func answer(_ outcome: InvocationOutcome, result: InvocationResult? = nil) -> Answer {
        buffers.withLock { buffers in
            Answer(
                outcome: outcome, standardOutput: buffers.out, standardError: buffers.err, id: id,
                standardOutputBytes: result?.standardOutputBytes ?? buffers.out.count,
                standardErrorBytes: result?.standardErrorBytes ?? buffers.err.count)
        }
    }
}

extension NodeRun {
    /// Runs a read-only script. A session that broke is an answer too: `lost`.
    /// - Throws: `EngineError` where the journal failed.
    func ask(_ ask: Ask) async throws(EngineError) -> Answer {
        try await tellState()
        let id = readOnlyID()
        let sink = OutputSink(recorder: shared.recorder, id: id, node: node.name, memory: ask.memory)
        var host: String?
        do {
            let secrets = try await secretBytes(ask.values.secrets)
            let place = try await session(at: ask.location)
            host = place.host
            var invocation = Invocation(
                id: id, mode: .plain, script: ask.script, shell: ask.shell, environment: ask.values.environment,
                secrets: secrets, input: ask.input, become: ask.become, timeout: ask.timeout)
            invocation.outputLimit = ask.outputLimit
            invocation.readOnlySandbox = true
            invocation.stateOwner = ask.stateOwner
            if let name = ask.name {
                invocation.probe = probe(name)
                invocation.after = unheard[name] ?? []
                unheard[name, default: []].append(id)
            }
            let result = try await place.session.run(
                invocation, from: .start, started: {}, output: { chunk in try await sink.take(chunk) })
            if result.isSandboxed == false, place.host == nil { couldHaveWritten = true }
            if let name = ask.name { heard(name, id, result.outcome) }
            return sink.answer(result.outcome, result: result)
        } catch let error as SessionError {
            if let failure = await shared.recorder.failure { throw failure }
            await dropSession(host: host)
            return sink.answer(error.kind == .overdue ? .timedOut : .lost(reason: error.message))
        } catch let error as EngineError {
            throw error
        } catch {
            if let failure = await shared.recorder.failure { throw failure }
            if sink.isFull {
                await dropSession(host: host)
                return sink.answer(.outputLimitExceeded)
            }
            return sink.answer(.notStarted(reason: "\(error)"))
        }
    }

    /// Which probe of this target that is, in whatever run: what the node hears of its name.
    private func probe(_ name: String) -> String {
        String(Digest.hex(of: "\(runbook.name)\n\(name)\n\(node.name)").prefix(32))
    }

    /// The node has told how a probe's asking ended, and with it that no earlier one is alive.
    private func heard(_ name: String, _ id: InvocationID, _ outcome: InvocationOutcome) {
        switch outcome {
        case .lost: return
        case .notStarted: unheard[name]?.removeAll { $0 == id }
        case .exited, .timedOut, .cancelled, .outputLimitExceeded: unheard[name] = nil
        }
    }

    /// The bytes of secrets, by variable name.
    func secretBytes(_ references: [String: String]) async throws -> [String: SecretBytes] {
        var secrets: [String: SecretBytes] = [:]
        for (name, reference) in references { secrets[name] = try await shared.environment.secrets(reference) }
        return secrets
    }
}
