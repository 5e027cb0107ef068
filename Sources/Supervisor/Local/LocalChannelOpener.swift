import Model

/// Shells on this machine, with nothing of the program's environment but `PATH`, `HOME` and `LANG`.
package struct LocalChannelOpener: SupervisorChannelOpener {
    private let shell: [String]
    private let environment: [String: String]

    /// Runs commands by `shell`, an absolute path and arguments, to which the command is added as the last one.
    package init(shell: [String] = ["/bin/sh", "-c"], environment: [String: String]) {
        self.shell = shell
        self.environment = environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) }
    }

    package func openChannel(command: String) async throws -> any SupervisorChannel {
        try LocalChannel(arguments: shell + [command], environment: environment)
    }

    package func close() async {}
}
