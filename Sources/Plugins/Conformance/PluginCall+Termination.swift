import Glibc
import Subprocess

extension PluginCall {
    /// Starts it with an input that does not come, sends SIGTERM to its group, and says whether it ended in time.
    func endsOnTerminate(within patience: Duration) async throws -> Bool {
        let result = try await run(
            .path(.init(path)), arguments: Arguments(arguments), environment: .custom(variables),
            workingDirectory: folder.map { .init($0) }, platformOptions: Self.options, input: .inputWriter,
            output: .discarded, error: .discarded
        ) { execution in
            let leader = execution.processIdentifier.value
            // Time to begin waiting; one that has not come so far yet is ended all the easier.
            try await Task.sleep(for: .milliseconds(300))
            kill(-leader, SIGTERM)
            let isOver = await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await Self.killGroup(of: leader)
                    return true
                }
                group.addTask {
                    do { try await Task.sleep(for: patience) } catch { return true }
                    kill(-leader, SIGKILL)
                    return false
                }
                let isOver = await group.next() ?? false
                group.cancelAll()
                return isOver
            }
            return isOver
        }
        return result.closureResult
    }
}
