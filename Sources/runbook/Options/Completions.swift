import ArgumentParser

/// What a shell offers, asked of the program itself.
extension CompletionKind {
    static var runbookNames: CompletionKind { names("list") }
    static var runs: CompletionKind { .shellCommand("echo last; \(command("runs"))") }
    static var nodeSets: CompletionKind { names("nodes groups") }
    static var calendars: CompletionKind { names("window list") }
    static var jobs: CompletionKind { names("schedule list") }

    private static func names(_ list: String) -> CompletionKind { .shellCommand(command(list)) }

    private static func command(_ list: String) -> String { "runbook \(list) -q --names 2>/dev/null" }
}
