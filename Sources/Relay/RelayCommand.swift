import CLinux
import Glibc

/// A command that the service runs for somebody: the program itself once more, with their streams and their name.
struct RelayCommand: Sendable {
    /// What of the asker's environment is taken over: how results look, nothing that decides what is done.
    static let shownWith: Set<String> = ["TERM", "COLUMNS", "LINES", "NO_COLOR", "LANG", "LC_ALL", "TZ"]

    /// The program's path.
    let program: String
    let arguments: [String]
    /// All of it.
    let environment: [String: String]

    /// Starts it in a session of its own.
    /// - Returns: its process id.
    func start(streams: [CInt]) throws(RelayError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, CInt(target))
        }
        // Whatever a library forgot to close: nothing of the service is open in a command.
        clinux_spawn_closing(&actions, CInt(streams.count))
        clinux_spawn_in(&actions, "/")
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        clinux_spawn_in_own_session(&attributes)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var process = pid_t()
        let status = posix_spawn(&process, program, &actions, &attributes, words, variables)
        guard status == 0 else {
            throw RelayError(
                "The service can't start the command: \(String(cString: strerror(status))).", exitStatus: 70)
        }
        return process
    }

    /// Waits for the end of a process that was started.
    /// - Returns: its exit status; 128 and the signal for one that a signal ended, as shells have it.
    static func wait(for process: pid_t) -> Int32 {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return 70 }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
