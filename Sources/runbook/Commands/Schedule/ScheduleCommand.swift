import ArgumentParser
import Controller
import Model

/// Jobs that run by themselves.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Look at the jobs that `runbook serve` starts, run one now, pause them.",
        discussion: """
            Examples:
              runbook schedule list
              runbook schedule next nightly-ntp --count 5
              runbook schedule run nightly-ntp
              runbook schedule pause nightly-ntp
              runbook schedule history nightly-ntp
            """,
        subcommands: [
            ScheduleList.self, ScheduleNext.self, ScheduleRun.self, SchedulePause.self, ScheduleResume.self,
            ScheduleHistory.self,
        ])
}

/// All jobs.
struct ScheduleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the jobs: when they come next, and what became of the last time.",
        discussion: """
            Example:
              runbook schedule list
            """)

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Only their names.") var names = false

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let (jobs, suspension) = try await workspace.jobOverviews(journal)
        try await journal.close()
        if let suspension {
            global.terminal.note(
                "Schedules are suspended: \(suspension). Let them go on: runbook schedule resume --all")
        }
        switch global.output {
        case .text where names: for job in jobs { global.terminal.result(job.job) }
        case .text:
            var table = Table(["JOB", "RUNBOOK", "CRON", "NEXT", "UNATTENDED", "LAST", "PAUSED BY"])
            for job in jobs {
                table.add([
                    job.job, job.runbook, job.cron, job.nextText ?? "never", job.unattended,
                    job.last?.state.rawValue ?? "", job.pausedBy ?? "",
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: jobs, of: "job", as: global.output)
        }
    }
}

/// When a job comes.
struct ScheduleNext: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next", abstract: "List the next times at which a job starts, its jitter included.",
        discussion: """
            Example:
              runbook schedule next nightly-ntp --count 5
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The job's name.", completion: .jobs) var job: String
    @Option(help: "At most so many.") var count = 3

    func validate() throws {
        if !(1...1000).contains(count) { throw ValidationError("--count must be from 1 to 1000.") }
    }

    func run() async throws {
        let starts = try Workspace(global.settings).nextStarts(of: job, count: count)
        switch global.output {
        case .text: for start in starts { global.terminal.result(start.text) }
        case .json: global.terminal.result(try JSONOutput(encoding: starts.map(\.moment), pretty: true).text)
        case .jsonl:
            let objects = starts.map { start in
                ResultObject(
                    thing: "job_start",
                    ["job": job, "moment": start.moment, "text": start.text, "time": EventLine.timestamp(start.moment)])
            }
            try global.terminal.result(objects, as: global.output)
        }
    }
}

/// A job by hand.
struct ScheduleRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Do now, by hand, what a job does: its runbook on its nodes with its parameters.",
        discussion: """
            It is a run of your own: you are asked before the first change, and the job's next time is not touched. A job \
            that only detects only diagnoses here too.

            Example:
              runbook schedule run nightly-ntp --yes
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reach: ReachOptions
    @Argument(help: "The job's name.", completion: .jobs) var job: String
    @Flag(name: [.customShort("y"), .long], help: "Do not ask. Never replaces an approval.") var yes = false

    func run() async throws {
        var order = try Workspace(global.settings).order(ofJob: job)
        order.expected = reach.expect
        try await RunCommand(global, reach).run(order, isConfirmed: yes)
    }
}

/// Stops a job from coming.
struct SchedulePause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause a job: its times are skipped, and recorded as such.",
        discussion: """
            Example:
              runbook schedule pause nightly-ntp
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The job's name.", completion: .jobs) var job: String

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.schedule, job: job)
        try await workspace.setPaused(true, job: job, in: journal)
        try await journal.close()
        switch global.output {
        case .text: global.terminal.note("Job \(job) is paused. Let it go on: runbook schedule resume \(job)")
        case .json, .jsonl: try global.terminal.result(ResultObject("job_paused", ["job": job]), as: global.output)
        }
    }
}

/// Lets a job come again.
struct ScheduleResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused job go on, or all of them after they were suspended because of the clock.",
        discussion: """
            Examples:
              runbook schedule resume nightly-ntp
              runbook schedule resume --all
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The job's name.", completion: .jobs) var job: String?
    @Flag(help: "Lift what suspended all schedules.") var all = false

    func validate() throws {
        if (job == nil) != all { throw ValidationError("Name a job, or give --all.") }
    }

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        if let job {
            try await AccessGuard(workspace, journal).require(.schedule, job: job)
            try await workspace.setPaused(false, job: job, in: journal)
        } else {
            try await AccessGuard(workspace, journal).require(.schedule)
            try await journal.suspendSchedules(nil, by: RunService.requester)
        }
        try await journal.close()
        switch global.output {
        case .text: global.terminal.note(job.map { "Job \($0) goes on." } ?? "Schedules go on.")
        case .json, .jsonl:
            let result = job.map { ResultObject("job_resumed", ["job": $0]) } ?? ResultObject("schedules_resumed")
            try global.terminal.result(result, as: global.output)
        }
    }
}

/// What became of a job's times.
struct ScheduleHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "List what became of jobs' times, the newest first.",
        discussion: """
            Examples:
              runbook schedule history
              runbook schedule history nightly-ntp --limit 5
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The job's name. Default: all.", completion: .jobs) var job: String?
    @Option(help: "At most so many.") var limit = 30

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let occurrences = try await journal.occurrences(of: job, state: nil, limit: limit)
        try await journal.close()
        switch global.output {
        case .text:
            var table = Table(["TIME (UTC)", "JOB", "STATE", "RUN", "MISSED BEFORE", "WHY"], rightAligned: [4])
            for occurrence in occurrences {
                table.add([
                    String(EventLine.timestamp(occurrence.occurrence).prefix(19)), occurrence.job,
                    occurrence.state.rawValue, occurrence.run?.short ?? "",
                    occurrence.missed == 0 ? "" : String(occurrence.missed), SafeText(occurrence.text).singleLine,
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl:
            try global.terminal.result(things: occurrences, of: "occurrence", as: global.output)
        }
    }
}
