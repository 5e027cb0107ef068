import ArgumentParser
import Controller
import Model

/// Change windows.
struct WindowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "window",
        abstract: "Look at the calendars of change windows.",
        discussion: """
            Examples:
              runbook window list
              runbook window next maintenance --count 5
              runbook window check maintenance --at 2026-12-05T23:00
            """,
        subcommands: [WindowList.self, WindowNext.self, WindowCheck.self])
}

/// All calendars.
struct WindowList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the calendars, and whether they are open now.",
        discussion: """
            Example:
              runbook window list
            """)

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Only their names.") var names = false

    func run() async throws {
        let calendars = try Workspace(global.settings).calendarOverviews()
        switch global.output {
        case .text where names: for calendar in calendars { global.terminal.result(calendar.calendar) }
        case .text:
            var table = Table(["CALENDAR", "NOW", "CLOSES", "OPENS NEXT", "FOR"])
            for calendar in calendars {
                table.add([
                    calendar.calendar, calendar.isOpen ? "open" : "closed", calendar.closesText ?? "",
                    calendar.opensText ?? "", SafeText(calendar.description).singleLine,
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: calendars, of: "calendar", as: global.output)
        }
    }
}

/// What comes.
struct WindowNext: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next", abstract: "List the next windows of a calendar, blackouts taken out.",
        discussion: """
            Example:
              runbook window next maintenance --count 5
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The calendar's name.", completion: .calendars) var calendar: String
    @Option(help: "At most so many.") var count = 3

    func validate() throws {
        if !(1...1000).contains(count) { throw ValidationError("--count must be from 1 to 1000.") }
    }

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let windows = try workspace.nextWindows(calendar, count: count)
        switch global.output {
        case .text:
            var table = Table(["OPENS", "CLOSES", "WINDOW"])
            for window in windows {
                table.add([
                    try workspace.text(window.start, of: calendar), try workspace.text(window.end, of: calendar),
                    SafeText(window.label).singleLine,
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: windows, of: "window", as: global.output)
        }
    }
}

/// Whether and why.
struct WindowCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether a calendar is open, and why. Exit status 0: open, 2: closed.",
        discussion: """
            The time of --at is the calendar's own wall clock; with a Z at its end it is UTC.

            Examples:
              runbook window check maintenance
              runbook window check maintenance --at 2026-12-05T23:00
              runbook window check maintenance --at 2026-12-05T22:00Z
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The calendar's name.", completion: .calendars) var calendar: String
    @Option(help: ArgumentHelp("The time. Default: now.", valueName: "time")) var at: String?

    func run() async throws {
        let found = try Workspace(global.settings).calendarOverview(calendar, at: at)
        switch global.output {
        case .text:
            global.terminal.result("\(found.calendar) is \(found.isOpen ? "open" : "closed").")
            for reason in found.reasons { global.terminal.result("  " + SafeText(reason).singleLine) }
        case .json, .jsonl:
            try global.terminal.result(ResultObject(thing: "calendar", of: found), as: global.output)
        }
        if !found.isOpen { throw ExitCode(2) }
    }
}
