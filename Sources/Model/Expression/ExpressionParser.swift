extension Expression {
    /// Reads an expression as it stands in `when:`, or between `${{` and `}}`.
    package init(parsing text: String) throws(ExpressionError) {
        var lexer = try ExpressionLexer(text)
        var parser = ExpressionParser(tokens: try lexer.tokens())
        self = try parser.whole()
    }

    /// The names that an expression may begin with.
    package static let roots = ["params", "node", "steps", "probes", "before", "causes", "item", "run"]
}

/// Recursive descent over tokens: `||`, then `&&`, then one comparison, then `!`, then names and brackets.
struct ExpressionParser {
    /// Deeper nesting is refused before it can exhaust the stack.
    static let maximumDepth = 64

    private let tokens: [ExpressionToken]
    private var index = 0
    private var depth = 0

    init(tokens: [ExpressionToken]) { self.tokens = tokens }

    mutating func whole() throws(ExpressionError) -> Expression {
        if token.kind == .end { throw ExpressionError(.syntax, "the expression is empty", offset: token.offset) }
        let expression = try disjunction()
        guard token.kind == .end else { throw unexpected() }
        return expression
    }

    private var token: ExpressionToken { tokens[min(index, tokens.count - 1)] }

    private mutating func accept(_ symbol: String) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(ExpressionError) {
        guard accept(symbol) else {
            throw ExpressionError(
                .syntax, "expected '\(symbol)' instead of \(token.description)", offset: token.offset)
        }
    }

    private func unexpected() -> ExpressionError {
        var hint: String?
        switch token.kind {
        case .name("and"): hint = "write '&&'"
        case .name("or"): hint = "write '||'"
        case .name("not"): hint = "write '!'"
        case .name("is"): hint = "write '=='"
        default: hint = nil
        }
        return ExpressionError(.syntax, "did not expect \(token.description) here", hint: hint, offset: token.offset)
    }

    private mutating func nested<Result>(
        _ body: (inout ExpressionParser) throws(ExpressionError) -> Result
    ) throws(ExpressionError) -> Result {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth {
            throw ExpressionError(
                .syntax, "the expression is nested more than \(Self.maximumDepth) deep", offset: token.offset)
        }
        return try body(&self)
    }

    private mutating func disjunction() throws(ExpressionError) -> Expression {
        var left = try conjunction()
        while accept("||") { left = .binary(.or, left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(ExpressionError) -> Expression {
        var left = try comparison()
        while accept("&&") { left = .binary(.and, left, try comparison()) }
        return left
    }

    private mutating func comparison() throws(ExpressionError) -> Expression {
        let left = try negation()
        guard let comparator else { return left }
        index += 1
        let right = try negation()
        if self.comparator != nil {
            throw ExpressionError(
                .syntax, "comparisons can't be chained", hint: "join them with '&&'", offset: token.offset)
        }
        return .binary(comparator, left, right)
    }

    private var comparator: Expression.BinaryOperator? {
        switch token.kind {
        case .name("in"): .in
        case .symbol(let symbol):
            switch Expression.BinaryOperator(rawValue: symbol) {
            case .and, .or, nil: nil
            case let found: found
            }
        default: nil
        }
    }

    private mutating func negation() throws(ExpressionError) -> Expression {
        guard accept("!") else { return try postfix() }
        return .not(try nested { parser throws(ExpressionError) in try parser.negation() })
    }

    private mutating func postfix() throws(ExpressionError) -> Expression {
        var base = try primary()
        var links = 0
        while true {
            links += 1
            if links > Self.maximumDepth {
                throw ExpressionError(.syntax, "a name has more than \(Self.maximumDepth) parts", offset: token.offset)
            }
            if accept(".") {
                guard case .name(let name) = token.kind else {
                    throw ExpressionError(
                        .syntax, "expected a name after '.' instead of \(token.description)",
                        hint: "names with other characters go in brackets: steps['install driver']",
                        offset: token.offset)
                }
                index += 1
                base = .member(base, name)
            } else if accept("[") {
                let key = try nested { parser throws(ExpressionError) in try parser.disjunction() }
                try expect("]")
                base = .index(base, key)
            } else {
                return base
            }
        }
    }

    private mutating func primary() throws(ExpressionError) -> Expression {
        let first = token
        switch first.kind {
        case .literal(let value):
            index += 1
            return .literal(value)
        case .symbol("("):
            index += 1
            let inner = try nested { parser throws(ExpressionError) in try parser.disjunction() }
            try expect(")")
            return inner
        case .symbol("["):
            index += 1
            return try listLiteral()
        case .name(let name):
            index += 1
            return try named(name, at: first)
        default:
            throw unexpected()
        }
    }

    private mutating func listLiteral() throws(ExpressionError) -> Expression {
        var items: [Value] = []
        if accept("]") { return .literal(.list(items)) }
        repeat {
            guard case .literal(let value) = token.kind else {
                throw ExpressionError(
                    .syntax, "a list in an expression holds plain values only, not \(token.description)",
                    hint: "put text in quotes", offset: token.offset)
            }
            index += 1
            items.append(value)
        } while accept(",")
        try expect("]")
        return .literal(.list(items))
    }

    private mutating func named(_ name: String, at first: ExpressionToken) throws(ExpressionError) -> Expression {
        if token.kind == .symbol("(") { return try call(name, at: first) }
        guard Expression.roots.contains(name) else {
            if ["and", "or", "not", "is"].contains(name) {
                index -= 1
                throw unexpected()
            }
            let hint =
                Spelling.nearest(to: name, among: Expression.roots).map { "did you mean '\($0)'?" }
                ?? "names begin with \(Expression.roots.joined(separator: ", ")); text goes in quotes"
            throw ExpressionError(.unknownName, "unknown name '\(name)'", hint: hint, offset: first.offset, word: name)
        }
        return .root(name)
    }

    private mutating func call(_ name: String, at first: ExpressionToken) throws(ExpressionError) -> Expression {
        guard let function = Expression.Function(rawValue: name) else {
            let known = Expression.Function.allCases.map(\.rawValue)
            let hint =
                Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                ?? "there are \(known.joined(separator: ", "))"
            throw ExpressionError(
                .unknownName, "unknown function '\(name)'", hint: hint, offset: first.offset, word: name)
        }
        try expect("(")
        var arguments: [Expression] = []
        if !accept(")") {
            repeat {
                arguments.append(try nested { parser throws(ExpressionError) in try parser.disjunction() })
            } while accept(",")
            try expect(")")
        }
        guard arguments.count == function.arity else {
            throw ExpressionError(
                .syntax,
                "\(name) takes \(function.arity == 1 ? "1 argument" : "\(function.arity) arguments"), not \(arguments.count)",
                hint: function.usage, offset: first.offset, word: name)
        }
        return .call(function, arguments)
    }
}

extension Expression.Function {
    /// How many arguments it takes.
    package var arity: Int { self == .length ? 1 : 2 }

    /// How it is written, for messages and the reference.
    package var usage: String {
        switch self {
        case .contains: "contains(text or list, part)"
        case .startsWith: "starts_with(text, beginning)"
        case .endsWith: "ends_with(text, end)"
        case .matches: "matches(text, 'pattern')"
        case .versionCompare: "version_compare(a, b), which is -1, 0 or 1"
        case .versionPart: "version_part(version, 1), which is 550 of 550.163.01"
        case .default: "default(value, instead)"
        case .length: "length(text, list or map)"
        }
    }
}
