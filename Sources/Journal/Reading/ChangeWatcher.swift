import GRDB
import Synchronization

/// Tells whether any connection of any process has committed something, by asking a connection of its own for
/// `PRAGMA data_version`, which costs no reading of pages.
final class ChangeWatcher: Sendable {
    private let path: String
    private let queue = Mutex<DatabaseQueue?>(nil)

    init(path: String) { self.path = path }

    /// A number that changes with every commit.
    func version() throws -> Int {
        let connection = try queue.withLock { queue in
            if let queue { return queue }
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            let opened = try DatabaseQueue(path: path, configuration: configuration)
            queue = opened
            return opened
        }
        return try connection.read { try Int.fetchOne($0, sql: "PRAGMA data_version") } ?? 0
    }

    func close() {
        queue.withLock { queue in
            try? queue?.close()
            queue = nil
        }
    }
}
