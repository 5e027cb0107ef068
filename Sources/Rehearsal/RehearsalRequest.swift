import Controller
import Foundation
import Model

/// Which faults of which runbooks are tried, and with what.
package struct RehearsalRequest: Sendable {
    package var settings: Settings
    /// The runbooks' folder, absolute.
    package var runbooks: String
    /// The plugins' folder, absolute.
    package var plugins: String
    /// This program's own file.
    package var program: String
    /// Where the lab was said to be.
    package var lab: String?
    /// Names of runbooks; empty for all that have faults.
    package var names: [String]
    /// Ids of faults; empty for all.
    package var faults: [String]
    /// Whether the costly steps are held for every fault.
    package var isThorough: Bool
    /// How many runbooks, or parts of one, at one time.
    package var jobs: Int
    /// Whether the nodes of the first fault stay up of which something does not hold.
    package var keepsBroken: Bool
    /// Whether what did not hold is tried once more at the end, by itself.
    package var triesAgain: Bool
    /// Where the labs' run folders are made.
    package var workFolder: String

    package init(
        settings: Settings, program: String, lab: String? = nil, names: [String] = [], faults: [String] = [],
        isThorough: Bool = false, jobs: Int = 1, keepsBroken: Bool = false, triesAgain: Bool = false,
        workFolder: String = "/var/tmp/runbook-test"
    ) {
        self.settings = settings
        runbooks = URL(fileURLWithPath: settings.runbooks).standardized.path
        plugins = URL(fileURLWithPath: settings.plugins).standardized.path
        self.program = program
        self.lab = lab
        self.names = names
        self.faults = faults
        self.isThorough = isThorough
        self.jobs = jobs
        self.keepsBroken = keepsBroken
        self.triesAgain = triesAgain
        self.workFolder = workFolder
    }
}
