/// What `advise` says to a person.
package struct Advice: Sendable, Hashable, Codable {
    package var step: String
    package var title: String
    package var severity: AdviseVerb.Severity
    package var text: String
    package var patch: String?
    package var command: String?
    /// Names of the probes, diagnose entries and steps that it rests on.
    package var evidence: [String]

    package init(
        step: String, title: String, severity: AdviseVerb.Severity, text: String, patch: String? = nil,
        command: String? = nil, evidence: [String] = []
    ) {
        self.step = step
        self.title = title
        self.severity = severity
        self.text = text
        self.patch = patch
        self.command = command
        self.evidence = evidence
    }
}
