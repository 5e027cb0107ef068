import Model

/// All runbooks as Markdown, each with a link to its page.
struct RunbookListPage {
    let runbooks: [Model.Runbook]

    var lines: [String] {
        [
            "# Runbooks", "",
            "This page is written by `runbook list --markdown`. [Support cases](../cases.md) says which of them",
            "answers what.", "", "| runbook | what it mends | for |", "| --- | --- | --- |",
        ]
            + runbooks.map { runbook in
                "| [\(runbook.name)](\(runbook.name).md) | \(MarkdownText.cell(runbook.title)) | `\(runbook.targets.text)` |"
            }
    }
}
