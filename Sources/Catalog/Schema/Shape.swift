import Model

/// What the value of a key looks like. Shapes drive the checking of files, the JSON Schema and the reference.
indirect enum Shape: Sendable {
    /// One line of text.
    case line
    /// Text of any number of lines.
    case text
    /// A word of a certain form.
    case word(WordForm)
    case integer(ClosedRange<Int>)
    case boolean
    case duration
    /// A share of the whole in percent: `90%`.
    case percent
    /// A number of nodes or a share of them: `5`, `10%`.
    case share
    case choice([String])
    /// One line that may hold expressions; numbers are taken as they are written.
    case lineTemplate
    /// Text of any number of lines that may hold expressions.
    case textTemplate
    case durationTemplate
    case sizeTemplate
    /// A script: text without expressions.
    case script
    /// An expression, bare.
    case condition
    /// A regular expression.
    case pattern
    case list(Shape)
    /// A list, or a single item of it.
    case oneOrMore(Shape)
    /// Keys that the author chooses.
    case map(Shape)
    case block(Block)
    /// The first that has the value's kind (scalar, list or block) is meant.
    case either([Shape])
    /// Whatever YAML can say.
    case anything

    /// In words, after "expected".
    var expectation: String {
        switch self {
        case .line, .lineTemplate: "text"
        case .text, .textTemplate: "text"
        case .word(let form): form.name
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .duration, .durationTemplate: "a duration such as 30s or 1h30m"
        case .percent: "a percentage such as 90%"
        case .share: "a number of nodes, or a percentage such as 10%"
        case .sizeTemplate: "a size such as 2GiB"
        case .choice(let words): words.joined(separator: ", ")
        case .script: "a script"
        case .condition: "an expression"
        case .pattern: "a regular expression"
        case .list: "a list"
        case .oneOrMore(let item): "\(item.expectation), or a list"
        case .map, .block: "a block of keys"
        case .either(let shapes):
            shapes.map(\.expectation).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                .joined(separator: ", or ")
        case .anything: "a value"
        }
    }
}

/// A form that a word must have.
struct WordForm: Sendable {
    /// With its article: `a name in kebab-case`.
    var name: String
    /// Must match the whole word.
    var pattern: String
    var example: String
    private let compiled: Pattern?

    init(name: String, pattern: String, example: String) {
        self.name = name
        self.pattern = pattern
        self.example = example
        compiled = try? Pattern(pattern)
    }

    func fits(_ text: String) -> Bool { compiled?.matches(whole: text) ?? false }

    static let runbookName = WordForm(
        name: "a name in kebab-case", pattern: "[a-z0-9]+(-[a-z0-9]+)*", example: "gpu-driver-fix")
    static let causeID = WordForm(
        name: "an id in kebab-case", pattern: "[a-z0-9]+(-[a-z0-9]+)*", example: "no-driver")
    static let caseID = WordForm(name: "an id of a support case", pattern: "[0-9]+(\\.[0-9]+)*", example: "4.1")
    static let coverID = WordForm(
        name: "an id of a support step", pattern: "[0-9]+(\\.[0-9]+)*/[a-z]?[0-9]+", example: "4.1/3")
    static let supportCause = WordForm(
        name: "an id of a support case's cause", pattern: "[0-9]+(\\.[0-9]+)*/[a-z]?[0-9]+", example: "4.1/c3")
    static let watched = WordForm(
        name: "something to watch", pattern: "/.*|nft|(unit|package|sysctl|mount|k8s):.+",
        example: "/etc/fstab, unit:cron or package:chrony")
    static let command = WordForm(
        name: "the name of a command", pattern: "[A-Za-z0-9_][A-Za-z0-9_.+-]*", example: "systemctl")
    static let fileName = WordForm(
        name: "the name of a file", pattern: "[A-Za-z0-9_][A-Za-z0-9_.-]*", example: "send.sh")
    static let platform = WordForm(
        name: "a platform", pattern: "[a-z]+[0-9]*(\\.[0-9]+)?", example: "debian or rhel9")
    static let location = WordForm(
        name: "a place to run on", pattern: "controller|(role|group):[A-Za-z0-9_][A-Za-z0-9_.-]*",
        example: "controller, role:slurm-controller or group:login")
    static let mode = WordForm(name: "a file mode", pattern: "[0-7]{3,4}", example: "\"0644\"")
    static let environmentName = WordForm(
        name: "the name of an environment variable", pattern: "[A-Za-z_][A-Za-z0-9_]*", example: "LANG")
    static let label = WordForm(
        name: "the name of a label", pattern: "[A-Za-z0-9_][A-Za-z0-9_.-]*", example: "rack")
    static let variableName = WordForm(
        name: "the name of a variable", pattern: "[A-Za-z_][A-Za-z0-9_-]*", example: "driver_version")
    static let parameterName = WordForm(
        name: "the name of a parameter", pattern: "[a-z][a-z0-9_]*", example: "driver_version")
    static let functionName = WordForm(
        name: "the name of a shell function", pattern: "[a-z_][a-z0-9_]*", example: "too_old")
    static let sharedFile = WordForm(
        name: "a file of shared probes", pattern: "probes/[a-z0-9]+(-[a-z0-9]+)*", example: "probes/slurm")
    static let loginUser = WordForm(
        name: "the name of a user", pattern: "[A-Za-z0-9_][A-Za-z0-9_.@\\\\-]*\\$?", example: "admin")
    static let secretSource = WordForm(
        name: "where a secret comes from", pattern: "[a-z][a-z0-9-]*:.+", example: "vault:kv/gpu#admin")
}
