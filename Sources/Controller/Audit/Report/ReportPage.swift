import Model

/// A report for people who were not there: one self-contained page, the same for the same records.
struct ReportPage: Sendable {
    let reports: [ChangeReport]
    let database: String
    let records: ExportManifest.Records
    let key: String

    var html: String {
        let title =
            reports.count == 1
            ? "Change report: \(RunSection(report: reports[0]).name), run \(reports[0].id.short)"
            : "Audit report: \(ReportWords.count(records.count, "record"))"
        let isLong = reports.count > ChangeReport.limit
        var body: [Markup] = []
        if reports.count != 1 { body += index }
        if !isLong { body += reports.map { RunSection(report: $0).markup(isAlone: reports.count == 1) } }
        body.append(proof)
        return Markup.page(title: title, style: ReportStyle.text, styleDigest: ReportStyle.digest, body)
    }

    private var index: [Markup] {
        let rows: [[Markup]] = reports.map { report in
            let section = RunSection(report: report)
            let name = "\(report.id.short)"
            return [
                reports.count > ChangeReport.limit ? .text(name) : .link(to: report.id.description, name),
                .text(UTCText.seconds(report.state.started)), .text(report.state.header?.kind.rawValue ?? ""),
                .text(section.name), .text(report.state.header.map { ReportWords.person($0.requester) } ?? ""),
                report.state.header.map { ReportWords.nodes($0.targets) } ?? .none, .text(section.counts),
            ]
        }
        return [
            .element("p", style: "kind", .text("Audit report")),
            .element("h1", .text(ReportWords.count(records.count, "audit record"))),
            .element(
                "p", style: "lead",
                .text(
                    "Records \(records.first) to \(records.last) of the controller's audit trail"
                        + (records.complete ? "." : ", of which only those that were asked for are here."))),
            .element("h2", .text("Runs")),
            .table(["Run", "Started (UTC)", "Kind", "Runbook", "Asked for by", "Nodes", "Result"], rows),
        ]
    }

    private var proof: Markup {
        .element(
            "footer",
            .element("p", .element("b", .text("How this can be checked"))),
            .element(
                "p",
                .text(
                    "This page was made from records \(records.first) to \(records.last) of database \(database). Each record holds the SHA-256 of the one before it; the last one's is "
                ), .element("code", .text(records.hash)),
                .text(
                    ". The manifest beside this page holds the digest of this page and of every other file, and is signed with the controller's key "
                ), .element("code", .text(key)), .text(". To check all of it, without the controller: "),
                .element("code", .text("runbook audit verify FOLDER --signers FILE")),
                .text(", or by hand with ssh-keygen, sha256sum and jq, as docs/audit.md says. Times are UTC.")))
    }
}
