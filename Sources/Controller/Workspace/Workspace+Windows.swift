import Catalog
import Governance
import Model

extension Workspace {
    /// What the inventory's files declare, without asking its sources.
    func declared() throws -> LoadedInventory {
        if let read { return read }
        try checkPlaces()
        return try InventoryLoader().load(paths: settings.inventory)
    }

    /// The calendars of change windows, with their ICS files read anew.
    /// - Throws: `DiagnosticsError`.
    package func calendars() throws -> [ChangeCalendar] {
        try CalendarBuilder(now: WallClock().wallTime()).calendars(try declared().calendars)
    }

    /// The calendar of that name.
    /// - Throws: `RequestError` where there is none.
    package func calendar(_ name: String) throws -> ChangeCalendar {
        let calendars = try calendars()
        if let calendar = calendars.first(where: { $0.name == name }) { return calendar }
        let near = Spelling.nearest(to: name, among: calendars.map(\.name))
        throw RequestError(
            .usage, "There is no calendar '\(name)'.",
            hint: near.map { "Did you mean '\($0)'?" } ?? "runbook window list shows those there are.")
    }

    /// The jobs that the service runs, by name.
    /// - Throws: `DiagnosticsError`.
    package func jobs() throws -> [ScheduledJob] {
        try held?.jobs ?? HeldCatalogue(settings).jobs
    }

    /// The job of that name.
    /// - Throws: `RequestError` where there is none.
    package func job(_ name: String) throws -> ScheduledJob {
        let jobs = try jobs()
        if let job = jobs.first(where: { $0.name == name }) { return job }
        let near = Spelling.nearest(to: name, among: jobs.map(\.name))
        throw RequestError(
            .usage, "There is no job '\(name)'.",
            hint: near.map { "Did you mean '\($0)'?" } ?? "runbook schedule list shows those there are.")
    }
}
