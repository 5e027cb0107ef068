import Model
import Testing

@testable import Catalog

/// What a node printed, in every place of a runbook that takes an expression.
@Suite struct NodeTextTests {
    /// What may become of it.
    enum Rule: Sendable {
        /// It would choose what is acted upon, or reach another machine: an error when the runbook is loaded.
        case refused
        /// It stays on its own node, as data.
        case data
        /// Text here is never an expression.
        case fixed
    }

    struct Place: Sendable, CustomTestStringConvertible {
        /// `block.key` of the schema.
        var key: String
        var rule: Rule
        /// A whole part of the runbook, or the keys of a step; VALUE is a value, SOURCE the bare expression.
        var yaml: String
        var part = "steps"
        var testDescription: String { "\(key): \(yaml)" }
    }

    static let places = [
        Place(key: "file.path", rule: .refused, yaml: "file: {path: VALUE, content: x}"),
        Place(key: "file.content", rule: .data, yaml: "file: {path: /a, content: VALUE}"),
        Place(key: "file.owner", rule: .refused, yaml: "file: {path: /a, owner: VALUE}"),
        Place(key: "file.group", rule: .refused, yaml: "file: {path: /a, group: VALUE}"),
        Place(key: "edit.path", rule: .refused, yaml: "edit: {path: VALUE, key: k, value: v}"),
        Place(key: "edit.key", rule: .refused, yaml: "edit: {path: /a, key: VALUE, value: v}"),
        Place(key: "edit.value", rule: .data, yaml: "edit: {path: /a, key: k, value: VALUE}"),
        Place(key: "edit.line", rule: .data, yaml: "edit: {path: /a, match: k, line: VALUE}"),
        Place(key: "edit.block", rule: .data, yaml: "edit: {path: /a, block: VALUE}"),
        Place(key: "service.name", rule: .refused, yaml: "service: {name: VALUE, state: started}"),
        Place(key: "service.name", rule: .refused, yaml: "service: {name: {debian: VALUE}, state: started}"),
        Place(key: "package.name", rule: .refused, yaml: "package: {name: VALUE}"),
        Place(key: "package.name", rule: .refused, yaml: "package: {name: {debian: VALUE}}"),
        Place(key: "package.names", rule: .refused, yaml: "package: {names: [x, VALUE]}"),
        Place(key: "package.instead_of", rule: .refused, yaml: "package: {name: x, instead_of: [VALUE]}"),
        Place(key: "package.version", rule: .refused, yaml: "package: {name: x, version: VALUE}"),
        Place(key: "setting.value", rule: .data, yaml: "setting: {get: g, set: s, value: VALUE}"),
        Place(key: "mount.path", rule: .refused, yaml: "mount: {path: VALUE, source: s}"),
        Place(key: "mount.source", rule: .refused, yaml: "mount: {path: /a, source: VALUE}"),
        Place(key: "mount.type", rule: .refused, yaml: "mount: {path: /a, source: s, type: VALUE}"),
        Place(key: "mount.options", rule: .refused, yaml: "mount: {path: /a, source: s, options: VALUE}"),
        Place(key: "user.name", rule: .refused, yaml: "user: {name: VALUE, locked: true}"),
        Place(key: "user.key", rule: .refused, yaml: "user: {name: u, key: VALUE}"),
        Place(key: "drain.reason", rule: .refused, yaml: "drain: {reason: VALUE}"),
        Place(key: "drain.wait", rule: .refused, yaml: "drain: {wait: VALUE}"),
        Place(key: "collect.file", rule: .refused, yaml: "collect: {file: VALUE}"),
        Place(key: "plugin.with", rule: .refused, yaml: "plugin: {name: q, with: {a: VALUE}}"),
        Place(key: "plugin.with", rule: .refused, yaml: "plugin: {name: q, with: {a: {b: [VALUE]}}}"),
        Place(key: "runbook.parameters", rule: .refused, yaml: "runbook: {name: steers, parameters: {p: VALUE}}"),
        Place(key: "runbook.parameters", rule: .data, yaml: "runbook: {name: fits, parameters: {p: VALUE}}"),
        Place(key: "advise.title", rule: .data, yaml: "advise: {title: VALUE, text: t}"),
        Place(key: "advise.text", rule: .data, yaml: "advise: {title: t, text: VALUE}"),
        Place(key: "advise.patch", rule: .refused, yaml: "advise: {title: t, text: t, patch: VALUE}"),
        Place(key: "advise.command", rule: .refused, yaml: "advise: {title: t, text: t, command: VALUE}"),
        Place(key: "step.env", rule: .data, yaml: "run: x, undo: y, env: {A: VALUE}"),
        Place(key: "step.env", rule: .refused, yaml: "run: x, undo: y, env: {A: VALUE}, on: controller"),
        Place(key: "step.env", rule: .refused, yaml: "run: x, undo: y, env: {A: VALUE}, on: 'role:head'"),
        Place(key: "step.env", rule: .refused, yaml: "run: x, undo: y, env: {PATH: VALUE}"),
        Place(key: "step.when", rule: .data, yaml: "reboot: {}, when: \"'y' == default(SOURCE, 'x')\""),
        Place(
            key: "step.until", rule: .data,
            yaml: "run: x, undo: y, retries: 3, until: \"'y' == default(SOURCE, 'x')\""),
        Place(key: "step.each", rule: .refused, yaml: "reboot: {}, each: \"SOURCE\""),
        Place(key: "text matcher.equals", rule: .data, yaml: "wait: {probe: x, healthy: {stdout: {equals: VALUE}}}"),
        Place(
            key: "text matcher.contains", rule: .data, yaml: "wait: {probe: x, healthy: {stderr: {contains: VALUE}}}"),
        Place(key: "text matcher.lines", rule: .data, yaml: "wait: {probe: x, healthy: {stdout: {lines: VALUE}}}"),
        Place(
            key: "text matcher.at_least", rule: .data, yaml: "wait: {probe: x, healthy: {stdout: {at_least: VALUE}}}"),
        Place(key: "text matcher.at_most", rule: .data, yaml: "wait: {probe: x, healthy: {stdout: {at_most: VALUE}}}"),
        Place(
            key: "json.equals", rule: .data,
            yaml: "wait: {probe: x, healthy: {stdout: {json: {path: a, equals: VALUE}}}}"),
        Place(
            key: "json.at_least", rule: .data,
            yaml: "wait: {probe: x, healthy: {stdout: {json: {path: a, at_least: VALUE}}}}"),
        Place(
            key: "json.at_most", rule: .data,
            yaml: "wait: {probe: x, healthy: {stdout: {json: {path: a, at_most: VALUE}}}}"),
        Place(
            key: "healthy.when", rule: .data,
            yaml: "wait: {probe: x, healthy: {when: \"'y' == default(SOURCE, 'x')\"}}"),
        Place(
            key: "probe.env", rule: .data, yaml: "{name: q, probe: x, healthy: {exit: 0}, cause: c, env: {A: VALUE}}",
            part: "detect"),
        Place(
            key: "probe.env", rule: .refused,
            yaml: "{name: q, probe: x, healthy: {exit: 0}, cause: c, env: {A: VALUE}, on: controller}", part: "detect"),
        Place(
            key: "evidence.env", rule: .refused, yaml: "{name: e, collect: x, env: {A: VALUE}, on: controller}",
            part: "diagnose"),
        Place(key: "evidence.env", rule: .data, yaml: "{name: e, collect: x, env: {A: VALUE}}", part: "diagnose"),
        Place(
            key: "free_space.at_least", rule: .refused, yaml: "{free_space: {path: /, at_least: VALUE}}",
            part: "requires"),
        Place(key: "parameter.default", rule: .refused, yaml: "q: {type: string, default: VALUE}", part: "parameters"),
        Place(
            key: "parameter.min", rule: .refused, yaml: "q: {type: int, default: 5, min: VALUE}", part: "parameters"),
        Place(
            key: "parameter.max", rule: .refused, yaml: "q: {type: int, default: 5, max: VALUE}", part: "parameters"),
        Place(
            key: "parameter.allowed_values", rule: .fixed,
            yaml: "q: {type: string, default: x, allowed_values: [x, VALUE]}", part: "parameters"),
        Place(key: "runbook.env", rule: .refused, yaml: "env: {A: VALUE}", part: ""),
        Place(
            key: "schedule.parameters", rule: .fixed,
            yaml: "schedule: {cron: '0 4 * * *', parameters: {given: VALUE}}", part: ""),
    ]

    /// Everything that a node says, as a runbook can name it.
    static let sources = [
        "node.facts.x", "probes['p'].stdout", "probes['p'].stderr", "probes['p'].facts.x", "steps['first'].stdout",
        "steps['first'].stderr", "causes[0]", "default(node.facts.x, 'y')",
    ]

    /// A runbook that acts upon what it is given, and one that takes only what has a certain form.
    private static let children = [
        "steers": """
        schema_version: 1
        name: steers
        version: 1
        title: Acts upon it
        targets: "@*"
        parameters: {p: {type: string}}
        steps: [{name: write, file: {path: "/srv/${{ params.p }}", content: x}}]
        verify: [{name: v, probe: x, healthy: {exit: 0}}]
        """,
        "fits": """
        schema_version: 1
        name: fits
        version: 1
        title: Takes a word
        targets: "@*"
        parameters: {p: {type: string, pattern: "[a-z]+"}}
        steps: [{name: write, file: {path: "/srv/${{ params.p }}", content: x}}]
        verify: [{name: v, probe: x, healthy: {exit: 0}}]
        """,
    ]

    private static func runbook(_ place: Place, _ value: String, _ source: String) -> String {
        let yaml = place.yaml.replacing("VALUE", with: value).replacing("SOURCE", with: source)
        func added(_ part: String, _ prefix: String) -> String {
            place.part == part ? "\n  \(prefix)\(yaml)" : ""
        }
        return Lint.runbook(
            """
            parameters:
              given: {type: string, default: x}\(added("parameters", ""))
            detect:
              - {name: p, probe: 'echo $given $q', healthy: {exit: 0}, cause: c}\(added("detect", "- "))
            diagnose:
              - {name: d, collect: x}\(added("diagnose", "- "))
            requires:
              - {command: sh}\(added("requires", "- "))
            \(place.part.isEmpty ? yaml : "")
            verify: [detect]
            steps:
              - {name: first, run: x, undo: y}\(place.part == "steps" ? "\n  - {name: a, \(yaml)}" : "")
            """)
    }

    /// What is wrong with it, apart from what only a whole site can tell.
    private static func errors(_ place: Place, _ value: String, _ source: String) throws -> [String] {
        let beside = Dictionary(uniqueKeysWithValues: children.map { ("\($0.key).yaml", $0.value) })
        return try Lint.diagnostics(runbook(place, value, source), beside: beside).filter { $0.severity == .error }
            .map(\.headline)
    }

    @Test(arguments: places)
    func itSteersNothing(place: Place) throws {
        let isBare = place.yaml.contains("SOURCE")
        // The place itself is right: with fixed text nothing is wrong.
        if !isBare, place.rule == .data {
            #expect(try Self.errors(place, place.yaml.contains("fits") ? "word" : "5", "") == [])
        }
        for source in Self.sources {
            // Before a node was asked, its facts are all that could be named.
            if place.part != "steps", !source.contains("facts") { continue }
            for value in isBare ? [""] : ["\"${{ \(source) }}\"", "\"a-${{ \(source) }}-b\""] {
                let errors = try Self.errors(place, value, source)
                switch place.rule {
                case .refused: #expect(!errors.isEmpty, "\(value)\(source) is taken")
                case .data, .fixed: #expect(errors == [], "\(value)\(source)")
                }
            }
        }
    }

    /// Keys that take expressions, from the schema itself.
    private static var keys: Set<String> {
        func takesExpressions(_ shape: Shape) -> Bool {
            switch shape {
            case .lineTemplate, .textTemplate, .durationTemplate, .sizeTemplate, .condition, .anything: true
            case .list(let item), .oneOrMore(let item), .map(let item): takesExpressions(item)
            case .either(let shapes): shapes.contains(where: takesExpressions)
            default: false
            }
        }
        func blocks(_ shape: Shape) -> [Block] {
            switch shape {
            case .block(let block): [block]
            case .list(let item), .oneOrMore(let item), .map(let item): blocks(item)
            case .either(let shapes): shapes.flatMap(blocks)
            default: []
            }
        }
        var found: Set<String> = []
        var seen: Set<Block> = []
        var next = [Block.runbook, .sharedProbes]
        while let block = next.popLast() {
            guard seen.insert(block).inserted else { continue }
            for key in block.schema.keys {
                if takesExpressions(key.shape) { found.insert("\(block.schema.noun).\(key.name)") }
                next += blocks(key.shape)
            }
        }
        return found
    }

    @Test func noPlaceIsForgotten() {
        #expect(Self.keys == Set(Self.places.map(\.key)))
    }
}
