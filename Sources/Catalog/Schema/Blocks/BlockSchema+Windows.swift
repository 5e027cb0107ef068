extension BlockSchema {
    static let calendar = BlockSchema(
        noun: "calendar", doc: "When changes may be made.",
        keys: [
            Key("description", .line, "What it is for."),
            Key("timezone", .line, required: true, "The zone of its wall clock, as `Europe/Berlin`."),
            Key("open", .list(.block(.span)), "The windows in which it is open."),
            Key("blackouts", .list(.block(.span)), "When it is closed whatever window there is."),
            Key("ics", .list(.block(.feed)), "ICS files whose events are windows or blackouts."),
        ], atLeastOne: [["open", "ics"]])

    static let span = BlockSchema(
        noun: "window or blackout", doc: "A stretch of time, once or again and again.",
        keys: [
            Key("name", .line, "What it is called. Default: its start."),
            Key("start", .line, required: true, "The date and time at which it begins first: `2026-01-03T22:00`."),
            Key("end", .line, "The date and time at which it ends, where it comes once."),
            Key("duration", .duration, "How long it is by the wall clock."),
            Key("rrule", .line, "A recurrence rule of RFC 5545: `FREQ=WEEKLY;BYDAY=SA`. Without it, it comes once."),
        ], exactlyOne: [["end", "duration"]], atMostOne: [["end", "rrule"]])

    static let feed = BlockSchema(
        noun: "ICS file", doc: "A file of RFC 5545 whose events count.",
        keys: [
            Key("file", .line, required: true, "Its path, from the folder of the inventory's file."),
            Key("as", .choice(["windows", "blackouts"]), required: true, "What its events are."),
            Key(
                "stale_after", .duration,
                "Where nobody has written it for this long the calendar is closed. Default: never."),
        ])

    static let job = BlockSchema(
        noun: "schedule of a job", doc: "A runbook that `runbook serve` starts by itself.",
        keys: [Key("runbook", .word(.runbookName), required: true, "The runbook's name.")] + BlockSchema.schedule.keys)
}
