import Foundation
import Journal
import Model

/// Opens the journal that the settings name, as the current user.
struct JournalOpening {
    let settings: Settings

    func open() async throws -> any JournalStore {
        let requester = Requester.current(environment: ProcessInfo.processInfo.environment)
        return try Journal.open(
            JournalSettings(path: settings.database, actor: requester, program: ProgramVersion.text))
    }
}
