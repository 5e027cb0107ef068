import Foundation
import Model
import Testing

@testable import Catalog

@Suite struct CasesTests {
    private static let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Runbooks").standardized.path

    private static let cases = """
        schema_version: 1
        cases:
          - {id: "1.1", heading: Disks / Full, causes: [logs], steps: [look, clean]}

        """

    private func runbook(case heading: String, covers: String) -> String {
        """
        schema_version: 1
        name: disk-full
        version: 1
        title: Disk
        case: \(heading)
        targets: "@all"
        detect:
          - {name: room, probe: "true", healthy: {exit: 0}, cause: full, covers: \(covers)}
        steps:
          - name: ask
            advise: {title: Full, text: Look}

        """
    }

    @Test func theShippedCasesAreThoseOfTheSupportDocument() throws {
        let cases = try RunbookLoader(untrusted: [Self.shipped]).cases()
        #expect(cases.count == 24)
        #expect(cases.map(\.steps.count).reduce(0, +) == 115)
        #expect(cases.map(\.causes.count).reduce(0, +) == 88)
        #expect(Set(cases.map { $0.id.prefix(1) }) == ["1", "2", "3", "4", "5", "6", "7"])
    }

    @Test func everyStepOfEveryCaseHasItsPlaceInAShippedRunbook() throws {
        let loader = RunbookLoader(untrusted: [Self.shipped])
        let catalogue = loader.loadAll()
        for supportCase in try loader.cases() {
            let coverage = CaseCoverage(of: supportCase, runbooks: Array(catalogue.runbooks.values), faults: [])
            #expect(coverage.uncovered == [], "case \(supportCase.id)")
        }
    }

    @Test func everyCauseOfEveryCaseIsShownByAFault() throws {
        let loader = RunbookLoader(untrusted: [Self.shipped])
        let runbooks = Array(loader.loadAll().runbooks.values)
        let faults = try runbooks.compactMap { try loader.faults(of: $0.name) }
        for supportCase in try loader.cases() {
            let coverage = CaseCoverage(of: supportCase, runbooks: runbooks, faults: faults)
            #expect(coverage.untried == [], "case \(supportCase.id)")
        }
    }

    @Test func everyFaultSaysHowItShows() throws {
        let loader = RunbookLoader(untrusted: [Self.shipped])
        for runbook in loader.loadAll().runbooks.values {
            let faults = try loader.faults(of: runbook.name)?.faults ?? []
            #expect(faults.filter(\.title.isEmpty).map(\.id) == [], "\(runbook.name)")
        }
    }

    /// What these roles of the lab make of a node is asked by every fault of it, and is not the real thing.
    private static let standInRoles: Set<String> = ["gpu", "mds", "lustre-client", "cwagent", "grafana"]

    @Test func everyFaultOfANodeWithStandInsNamesThem() throws {
        let loader = RunbookLoader(untrusted: [Self.shipped])
        for runbook in loader.loadAll().runbooks.values {
            guard let plan = try loader.faults(of: runbook.name) else { continue }
            let nodes = plan.nodes.filter { !Self.standInRoles.isDisjoint(with: $0.roles) }.map(\.name)
            for fault in plan.faults where fault.standIns.isEmpty {
                #expect(
                    Set(fault.targets.names).isDisjoint(with: nodes), "\(runbook.name) \(fault.id) names no stand-in")
            }
        }
    }

    @Test func aStepOrHeadingThatNoCaseHasIsAnErrorWithItsMend() throws {
        let folder = try TemporaryFolder([
            "cases.yaml": Self.cases, "disk-full.yaml": runbook(case: "Disks / Ful", covers: "[\"1.1/3\"]"),
        ])
        let catalogue = RunbookLoader(untrusted: [folder.path]).loadAll()
        let texts = catalogue.diagnostics.map(\.description)
        #expect(
            texts.contains {
                $0.contains("no support case 'Disks / Ful'") && $0.contains("did you mean 'Disks / Full'?")
            })
        #expect(
            texts.contains { $0.contains("disk-full.yaml:8:") && $0.contains("no support case has a step '1.1/3'") })
    }

    @Test func coverageSaysWhereAStepIsDoneAndWhichIsNot() throws {
        let folder = try TemporaryFolder([
            "cases.yaml": Self.cases, "disk-full.yaml": runbook(case: "Disks / Full", covers: "[\"1.1/1\"]"),
        ])
        let loader = RunbookLoader(untrusted: [folder.path])
        let catalogue = loader.loadAll()
        #expect(catalogue.diagnostics == [])
        let supportCase = try #require(try loader.cases().first)
        let coverage = CaseCoverage(of: supportCase, runbooks: Array(catalogue.runbooks.values), faults: [])
        #expect(coverage.runbooks == ["disk-full"])
        #expect(coverage.steps == ["1.1/1": [.init(runbook: "disk-full", part: "probe", name: "room")]])
        #expect(coverage.uncovered == ["1.1/2"])
    }

    @Test func twoCasesOfOneIdAreAnError() throws {
        let again = #"  - {id: "1.1", heading: Disks / Slow, steps: [look]}"#
        let folder = try TemporaryFolder(["cases.yaml": Self.cases + again + "\n"])
        #expect(throws: DiagnosticsError.self) { try RunbookLoader(untrusted: [folder.path]).cases() }
    }
}
