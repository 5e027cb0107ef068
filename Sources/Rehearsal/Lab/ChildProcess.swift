import Foundation
import Subprocess

/// A program that is run to its end, its output kept in files: what it leaves running in the background could keep a
/// pipe open.
struct ChildProcess: Sendable {
    var words: [String]
    var environment: [String: String] = [:]
    /// Ended after so long; no answer takes that long unless something hangs.
    var limit: Duration = .seconds(600)

    struct Result: Sendable {
        /// 128 + n after signal n; 124 after the limit.
        var status: Int32
        var output: String
        var error: String

        /// The last lines of both, for a message.
        var tail: [String] {
            let lines = (output + "\n" + error).split(separator: "\n").map(String.init)
            return Array(lines.suffix(12))
        }
    }

    init(_ words: [String], environment: [String: String] = [:], limit: Duration = .seconds(600)) {
        self.words = words
        self.environment = environment
        self.limit = limit
    }

    /// Runs it. With `killWhen` it is killed (SIGKILL) as soon as a line of its standard output says so.
    /// - Throws: `RehearsalError` when it can't be started.
    func callAsFunction(killWhen: (@Sendable (String) -> Bool)? = nil) async throws -> Result {
        let stem = NSTemporaryDirectory() + "/runbook-rehearsal-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let output = stem + ".out"
        let error = stem + ".err"
        defer { for path in [output, error] { try? FileManager.default.removeItem(atPath: path) } }
        let status = try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await execute(output, error, killWhen) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        try Task.checkCancellation()
        func text(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        return Result(status: status ?? 124, output: text(output), error: text(error))
    }

    private func execute(
        _ output: String, _ error: String, _ killWhen: (@Sendable (String) -> Bool)?
    ) async throws -> Int32 {
        // Every program on the way replaces itself by the next one: a signal meets the last.
        let script = "out=$1 err=$2; shift 2; exec \"$@\" >\"$out\" 2>\"$err\" </dev/null"
        let keys = environment.reduce(into: [Environment.Key: String?]()) {
            $0[Environment.Key(stringLiteral: $1.key)] = $1.value
        }
        do {
            let result = try await run(
                .path("/bin/sh"), arguments: Arguments(["-c", script, "sh", output, error] + words),
                environment: .inherit.updating(keys), input: .none, output: .discarded, error: .discarded
            ) { execution in
                guard let killWhen else { return }
                var lines = GrowingLines(path: output)
                while !Task.isCancelled {
                    if lines.next().contains(where: killWhen) { return try execution.send(signal: .kill) }
                    if kill(execution.processIdentifier.value, 0) != 0
                        || Self.isZombie(execution.processIdentifier.value)
                    {
                        return
                    }
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            return switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        } catch let failure as SubprocessError {
            throw RehearsalError("\(words.first ?? "") can't be started: \(failure.description)")
        }
    }

    private static func isZombie(_ process: pid_t) -> Bool {
        guard
            let text = FileManager.default.contents(atPath: "/proc/\(process)/stat").map({
                String(decoding: $0, as: UTF8.self)
            }),
            let bracket = text.lastIndex(of: ")")
        else { return true }
        return text[bracket...].dropFirst(2).first == "Z"
    }
}

/// The lines of a file that another process appends to, as they become whole.
private struct GrowingLines {
    let path: String
    private var offset: UInt64 = 0
    private var rest: [UInt8] = []

    init(path: String) { self.path = path }

    mutating func next() -> [String] {
        guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.readToEnd(), !data.isEmpty else {
            return []
        }
        offset += UInt64(data.count)
        rest += data
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let whole = rest[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        rest = Array(rest[(end + 1)...])
        return whole
    }
}
