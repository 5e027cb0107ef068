import Catalog
import Controller
import Foundation
import Model
import TestSupport

@testable import Rehearsal

/// A folder with runbooks of one thing, and the faults that they are tested with.
struct RunbooksFixture: Sendable {
    static let name = "mend-thing"

    private let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder(prefix: "rehearsal")
        path = folder.root.replacing("//", with: "/")
    }

    /// Writes a runbook with its faults. `secondStep` says how its second step is undone, `otherStep` how that for another
    /// cause is.
    func write(
        _ name: String = Self.name, secondStep: String = "undo: thing --old-token",
        otherStep: String = "undo: thing --no-other", faults: [String]
    ) throws {
        try folder.write("\(name).yaml", Self.runbook(name, secondStep, otherStep))
        let file = """
            schema_version: 1
            runbook: \(name)
            nodes: {node01: {setup: setup}}
            watch: [/etc/thing, /var/lib/thing]
            faults:

            """
        try folder.write("\(name).faults.yaml", file + faults.joined())
    }

    /// Writes a runbook without faults.
    func writeUntested(_ name: String) throws {
        try folder.write("\(name).yaml", Self.runbook(name, "undo: 'true'", "undo: 'true'"))
    }

    /// A fault of which the thing is mended.
    static func broken(_ id: String = "broken", _ more: String = "") -> String {
        """
          - id: \(id)
            title: The thing does not work
            cause: broken
            on: node01
            inject: break
            independent: proof
            blind: thing
            wrong: other
        \(more)

        """
    }

    /// A fault of which a person is told.
    static let hopeless = """
          - id: hopeless
            title: The thing is beyond repair
            cause: hopeless
            on: node01
            inject: wreck
            independent: proof
            blind: thing
            expect: {outcome: advised}

        """

    /// A fault of which one cause is mended, and a person told of the other.
    static let partly = """
          - id: partly
            title: The thing does not work, and is worn out
            cause: [broken, hopeless]
            on: node01
            inject: break and wear
            independent: proof
            blind: thing

        """

    /// A fault behind which there is something of which a person is told once it shows.
    static let covering = """
          - id: covering
            title: The thing does not work, and nobody sees that it is worn out
            cause: broken
            behind: hopeless
            on: node01
            inject: break over wear
            independent: proof
            blind: thing

        """

    /// The faults of these runbooks. No lab is ever called.
    func rehearsal(
        _ names: [String] = [], faults: [String] = [], jobs: Int = 1, isThorough: Bool = false,
        triesAgain: Bool = false
    ) throws -> Rehearsal {
        let settings = Settings(
            inventory: [], runbooks: path, plugins: path, database: path + "/runbook.db", fanout: 1, hostKeys: nil,
            knownHosts: nil, sshConfig: "none")
        return try Rehearsal(
            RehearsalRequest(
                settings: settings, program: "/bin/true", lab: "/bin/true", names: names, faults: faults,
                isThorough: isThorough, jobs: jobs, triesAgain: triesAgain))
    }

    private static func runbook(_ name: String, _ secondStep: String, _ otherStep: String) -> String {
        """
        schema_version: 1
        name: \(name)
        version: 1
        title: Mend the thing
        targets: "@*"
        platforms: [debian]
        detect:
          - name: the thing works
            probe: thing --check
            healthy: {exit: 0}
            causes:
              - {id: broken, when: {exit: 1}}
              - {id: other, when: {exit: 2}}
              - {id: hopeless, when: {exit: 3}}
        diagnose:
          - {name: log, collect: thing --log}
        steps:
          - name: mend it
            for: [broken]
            run: thing --mend
            undo: thing --unmend
          - name: renew the token
            for: [broken]
            run: thing --new-token
            \(secondStep)
          - name: another remedy
            for: [other]
            run: thing --other
            \(otherStep)
          - name: tell a person
            for: [hopeless]
            advise: {title: Buy a new one, text: It is beyond repair., evidence: [log]}
        verify: [detect]
        on_failure: rollback

        """
    }
}
