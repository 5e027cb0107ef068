/// A read-only question to a node, and what its answers mean.
package struct Probe: Sendable, Hashable {
    package var name: String
    package var script: String
    package var shell: Invocation.Shell
    package var environment: [String: Template]
    package var become: Bool?
    package var on: Location
    package var runOnce: Bool
    /// Default 60 s.
    package var timeout: Duration
    /// Between two askings; default 5 s.
    package var every: Duration
    /// In verify: ask until healthy, this long at most.
    package var within: Duration?
    /// In verify: it must stay healthy this long.
    package var hold: Duration?
    /// The probe that must be healthy before this one is asked.
    package var needs: [String]
    /// In verify: the causes that it is about; none: any.
    package var concerns: [String]
    /// In verify: causes at which it is not asked, while a person was told of one and it stands.
    package var unless: [String]
    package var healthy: Matcher?
    package var causes: [CauseRule]
    /// The cause of every answer that is not healthy; never beside `causes`.
    package var cause: String?
    /// Equal answers in a row that count as one; 1 asks once.
    package var flap: Int
    /// Whether the probe prints `healthy`, `cause ID`, `fact NAME VALUE`, `inconclusive` lines itself.
    package var answersInLines: Bool
    /// The probe whose answers of all nodes this one reads, one JSON line a node.
    package var gather: String?
    package var covers: [String]
    package var position: SourcePosition

    package init(
        name: String, script: String, shell: Invocation.Shell = .sh, environment: [String: Template] = [:],
        become: Bool? = nil, on: Location = .target, runOnce: Bool = false, timeout: Duration = .seconds(60),
        every: Duration = .seconds(5), within: Duration? = nil, hold: Duration? = nil, needs: [String] = [],
        concerns: [String] = [], unless: [String] = [], healthy: Matcher? = nil, causes: [CauseRule] = [],
        cause: String? = nil, flap: Int = 1, answersInLines: Bool = false, gather: String? = nil, covers: [String] = [],
        position: SourcePosition
    ) {
        self.name = name
        self.script = script
        self.shell = shell
        self.environment = environment
        self.become = become
        self.on = on
        self.runOnce = runOnce
        self.timeout = timeout
        self.every = every
        self.within = within
        self.hold = hold
        self.needs = needs
        self.concerns = concerns
        self.unless = unless
        self.healthy = healthy
        self.causes = causes
        self.cause = cause
        self.flap = flap
        self.answersInLines = answersInLines
        self.gather = gather
        self.covers = covers
        self.position = position
    }
}

/// What a script's answer must look like; all parts that are given must fit.
package struct Matcher: Sendable, Hashable {
    /// Any of these exit statuses; empty for any.
    package var exit: [Int32]
    package var standardOutput: TextMatcher?
    package var standardError: TextMatcher?
    /// `when:` inside `healthy:`: compares facts.
    package var condition: Expression?

    package init(
        exit: [Int32] = [], standardOutput: TextMatcher? = nil, standardError: TextMatcher? = nil,
        condition: Expression? = nil
    ) {
        self.exit = exit
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.condition = condition
    }
}

/// What a text must look like, its trailing newlines trimmed.
package struct TextMatcher: Sendable, Hashable {
    package var equals: Template?
    package var contains: Template?
    /// A regular expression, found anywhere; runs under a step budget.
    package var matches: Template?
    package var empty: Bool?
    /// The number of lines.
    package var lines: Template?
    package var atLeast: Template?
    package var atMost: Template?
    package var json: JSONMatcher?

    package init(
        equals: Template? = nil, contains: Template? = nil, matches: Template? = nil, empty: Bool? = nil,
        lines: Template? = nil, atLeast: Template? = nil, atMost: Template? = nil, json: JSONMatcher? = nil
    ) {
        self.equals = equals
        self.contains = contains
        self.matches = matches
        self.empty = empty
        self.lines = lines
        self.atLeast = atLeast
        self.atMost = atMost
        self.json = json
    }
}

/// What the value at a path inside a JSON text must look like.
package struct JSONMatcher: Sendable, Hashable {
    /// `a.b[0].c`
    package var path: String
    package var equals: Template?
    package var atLeast: Template?
    package var atMost: Template?

    package init(path: String, equals: Template? = nil, atLeast: Template? = nil, atMost: Template? = nil) {
        self.path = path
        self.equals = equals
        self.atLeast = atLeast
        self.atMost = atMost
    }
}

/// A cause and the answer that shows it.
package struct CauseRule: Sendable, Hashable {
    package var id: String
    package var when: Matcher

    package init(id: String, when: Matcher) {
        self.id = id
        self.when = when
    }
}

/// Evidence that is kept with the run, and what may be read out of it.
package struct Evidence: Sendable, Hashable {
    package var name: String
    package var script: String
    package var shell: Invocation.Shell
    package var environment: [String: Template]
    package var become: Bool?
    package var on: Location
    package var runOnce: Bool
    package var timeout: Duration
    package var needs: [String]
    package var findings: [Finding]
    package var gather: String?
    package var covers: [String]
    package var position: SourcePosition

    package init(
        name: String, script: String, shell: Invocation.Shell = .sh, environment: [String: Template] = [:],
        become: Bool? = nil, on: Location = .target, runOnce: Bool = false, timeout: Duration = .seconds(60),
        needs: [String] = [], findings: [Finding] = [], gather: String? = nil, covers: [String] = [],
        position: SourcePosition
    ) {
        self.name = name
        self.script = script
        self.shell = shell
        self.environment = environment
        self.become = become
        self.on = on
        self.runOnce = runOnce
        self.timeout = timeout
        self.needs = needs
        self.findings = findings
        self.gather = gather
        self.covers = covers
        self.position = position
    }
}

/// What a piece of evidence says.
package struct Finding: Sendable, Hashable {
    package var when: Matcher
    package var cause: String?
    package var advice: String?

    package init(when: Matcher, cause: String? = nil, advice: String? = nil) {
        self.when = when
        self.cause = cause
        self.advice = advice
    }
}

/// What must hold after the steps.
package enum VerifyEntry: Sendable, Hashable {
    /// Every probe of `detect` again, now healthy.
    case detect
    case probe(Probe)
}

/// Where a script runs. The work still belongs to the target.
package enum Location: Sendable, Hashable {
    /// The target itself.
    case target
    case controller
    /// The first reachable host of a role, in node order.
    case role(String)
    /// The first reachable host of a group, in node order.
    case group(String)
}

/// What is checked on each broken node before anything else is done there.
package enum Requirement: Sendable, Hashable {
    case command(String)
    case freeSpace(path: String, atLeast: Template)
    case os([String])
    case file(String)
    case unit(String)
    case role(String)
}
