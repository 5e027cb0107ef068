import Glibc
import Subprocess

extension PluginCall {
    /// Starts it with an input that does not come, sends SIGTERM to its group, and says whether it ended in time.
    func endsOnTerminate(within patience: Duration) async throws -> Bool {
        let command = try await sandbox.command(path, arguments)
        let result = try await run(
            .path(.init(command.path)), arguments: Arguments(command.arguments), environment: .custom(variables),
            workingDirectory: folder.map { .init($0) }, platformOptions: Self.options, input: .inputWriter,
            output: .discarded, error: .discarded
        ) { execution in
            let leader = execution.processIdentifier.value
            // Time to begin waiting; one that has not come so far yet is ended all the easier.
            try await Task.sleep(for: .milliseconds(300))
            let (stops, stop) = AsyncStream.makeStream(of: Never.self)
            stop.finish()
            let start = ContinuousClock.now
            _ = await PluginEnd(leader: leader, grace: patience).reached(.seconds(600), stops)
            return ContinuousClock.now - start < patience
        }
        return result.closureResult
    }
}
