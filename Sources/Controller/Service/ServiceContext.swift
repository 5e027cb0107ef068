import Model
import Synchronization

/// What the service's parts share.
final class ServiceContext: Sendable {
    let settings: Settings
    let journal: any JournalStore
    let keeper: RunKeeper
    let hooks: ServiceHooks
    let requester: Requester
    /// Told in a sentence.
    let report: @Sendable (String) -> Void
    private let catalogue: Mutex<(held: HeldCatalogue, generation: Int)>

    init(
        _ settings: Settings, journal: any JournalStore, keeper: RunKeeper, held: HeldCatalogue, hooks: ServiceHooks,
        requester: Requester, report: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.journal = journal
        self.keeper = keeper
        self.hooks = hooks
        self.requester = requester
        self.report = report
        catalogue = Mutex((held, 1))
    }

    var held: HeldCatalogue { catalogue.withLock { $0.held } }
    /// Grows with every reading of the files.
    var generation: Int { catalogue.withLock { $0.generation } }
    /// Runs by what the service holds, over its own journal.
    var runs: RunService { RunService(Workspace(settings, held: held), journal: journal) }

    /// Goes by `held` from now on.
    func take(_ held: HeldCatalogue) {
        catalogue.withLock { $0 = (held, $0.generation + 1) }
    }

    func job(_ name: String) -> ScheduledJob? { held.jobs.first { $0.name == name } }
}
