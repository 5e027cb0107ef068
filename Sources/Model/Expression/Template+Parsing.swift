extension Template {
    /// Reads a text that may hold `${{ … }}`. One expression and nothing else keeps its type; with text around it the
    /// result is text. A literal `${{` is written `${{ '${{' }}`.
    package init(parsing text: String) throws(ExpressionError) {
        guard text.contains("${{") else {
            self = .literal(.string(text))
            return
        }
        var pieces: [Piece] = []
        for part in try Self.parts(of: text) {
            if part.isExpression {
                do throws(ExpressionError) {
                    pieces.append(.expression(try Expression(parsing: part.text)))
                } catch {
                    var placed = error
                    placed.offset = part.offset + (error.offset ?? 0)
                    throw placed
                }
            } else {
                pieces.append(.text(part.text))
            }
        }
        if pieces.count == 1, case .expression(let expression) = pieces[0] {
            self = .expression(expression)
        } else {
            self = .text(pieces)
        }
    }

    /// Every expression inside, in order.
    package var expressions: [Expression] {
        switch self {
        case .literal: []
        case .expression(let expression): [expression]
        case .text(let pieces):
            pieces.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
        case .list(let items): items.flatMap(\.expressions)
        case .map(let entries): entries.sorted { $0.key < $1.key }.flatMap(\.value.expressions)
        }
    }

    /// Its value where no expression is in it.
    package var literalValue: Value? {
        switch self {
        case .literal(let value): return value
        case .expression, .text: return nil
        case .list(let items):
            let values = items.compactMap(\.literalValue)
            return values.count == items.count ? .list(values) : nil
        case .map(let entries):
            let values = entries.compactMapValues(\.literalValue)
            return values.count == entries.count ? .map(values) : nil
        }
    }

    private struct Part {
        var isExpression: Bool
        var text: String
        /// Of the text between the braces, in characters from 0.
        var offset: Int
    }

    private static func parts(of text: String) throws(ExpressionError) -> [Part] {
        let characters = Array(text)
        var parts: [Part] = []
        var literalStart = 0
        var index = 0
        while index < characters.count {
            guard characters[index...].starts(with: "${{") else {
                index += 1
                continue
            }
            if index > literalStart {
                parts.append(
                    Part(isExpression: false, text: String(characters[literalStart..<index]), offset: literalStart))
            }
            let start = index + 3
            guard let end = closing(characters, from: start) else {
                throw ExpressionError(.syntax, "'${{' is not closed by '}}'", offset: index)
            }
            parts.append(Part(isExpression: true, text: String(characters[start..<end]), offset: start))
            index = end + 2
            literalStart = index
        }
        if literalStart < characters.count {
            parts.append(Part(isExpression: false, text: String(characters[literalStart...]), offset: literalStart))
        }
        return parts
    }

    /// The next `}}` that is not inside quotes.
    private static func closing(_ characters: [Character], from start: Int) -> Int? {
        var quote: Character?
        var index = start
        while index < characters.count {
            let character = characters[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "}", index + 1 < characters.count, characters[index + 1] == "}" {
                return index
            }
            index += 1
        }
        return nil
    }
}
