import Catalog
import Governance
import Model

/// Makes calendars of what inventory files declare.
struct CalendarBuilder {
    /// The time of day, in milliseconds since 1970, by which files are stale.
    let now: Int

    /// - Throws: `DiagnosticsError` with every rule, time and zone that can't be used. An ICS file that can't be believed
    ///   is no error: it closes its calendar.
    func calendars(_ declarations: [CalendarDeclaration]) throws(DiagnosticsError) -> [ChangeCalendar] {
        var calendars: [ChangeCalendar] = []
        var problems: [Diagnostic] = []
        for declaration in declarations {
            do throws(GovernanceError) {
                let zone = try Zone(declaration.timezone)
                let windows = spans(declaration.windows, zone, &problems)
                let blackouts = spans(declaration.blackouts, zone, &problems)
                calendars.append(calendar(declaration, zone, windows, blackouts))
            } catch {
                problems.append(Self.diagnostic(error, at: declaration.position))
            }
        }
        guard problems.isEmpty else { throw DiagnosticsError(problems) }
        return calendars
    }

    private func spans(
        _ declared: [CalendarDeclaration.Span], _ zone: Zone, _ problems: inout [Diagnostic]
    ) -> [Span] {
        declared.compactMap { span in
            do throws(GovernanceError) {
                return try Span(label: span.label, zone: zone, timing: try timing(span))
            } catch {
                problems.append(Self.diagnostic(error, at: span.position))
                return nil
            }
        }
    }

    private func timing(_ span: CalendarDeclaration.Span) throws(GovernanceError) -> Span.Timing {
        let start = try time(span.start)
        if let end = span.end { return .once(start, try time(end)) }
        let length = Int((span.duration ?? .zero).components.seconds)
        guard let rule = span.rule else { return .once(start, LocalTime(seconds: start.seconds + length)) }
        return .recurring(Span.Recurrence(start: start, length: length, rule: try RecurrenceRule(rule)))
    }

    private func time(_ text: String) throws(GovernanceError) -> LocalTime {
        guard let time = LocalTime(written: text) else {
            throw GovernanceError(
                .malformed, "'\(SafeText(text).singleLine)' is no date and time.",
                hint: "Write it as 2026-03-29T22:00.")
        }
        return time
    }

    private func calendar(
        _ declaration: CalendarDeclaration, _ zone: Zone, _ windows: [Span], _ blackouts: [Span]
    ) -> ChangeCalendar {
        var (windows, blackouts) = (windows, blackouts)
        var faults: [String] = []
        for feed in declaration.feeds {
            do throws(GovernanceError) {
                let spans = try spans(of: feed, zone)
                if feed.isBlackout { blackouts += spans } else { windows += spans }
            } catch {
                faults.append("\(feed.path) can't be believed, so the calendar is closed. \(error.message)")
            }
        }
        return ChangeCalendar(
            name: declaration.name, description: declaration.description, zone: zone, windows: windows,
            blackouts: blackouts, faults: faults)
    }

    private func spans(of feed: CalendarDeclaration.Feed, _ zone: Zone) throws(GovernanceError) -> [Span] {
        let file: TrustedFile
        do throws(TrustedFile.Refusal) { file = try TrustedFile(feed.path) } catch {
            throw GovernanceError(.refused, "\(error.message).")
        }
        if let limit = feed.staleAfter, now - file.modified > limit.wholeMilliseconds {
            throw GovernanceError(
                .refused,
                "It was written last at \(zone.text(file.modified)), and counts as stale after \(limit.text).")
        }
        return try CalendarFile(file.bytes, zone: zone).spans()
    }

    /// Diagnostics begin small and end without a full stop.
    private static func diagnostic(_ error: GovernanceError, at position: SourcePosition) -> Diagnostic {
        var text = error.message
        if text.hasSuffix(".") { text.removeLast() }
        if text.dropFirst().first?.isLowercase == true { text = text.prefix(1).lowercased() + text.dropFirst() }
        return Diagnostic(.error, at: position, text, hint: error.hint)
    }
}
