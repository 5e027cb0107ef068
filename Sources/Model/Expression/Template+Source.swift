extension Template {
    /// As it would be written in a runbook, on one line where it is no text of several lines.
    package var source: String {
        switch self {
        case .literal(let value): value.displayText
        case .expression(let expression): Self.braced(expression)
        case .text(let pieces):
            pieces.map { piece in
                switch piece {
                case .text(let text): text
                case .expression(let expression): Self.braced(expression)
                }
            }.joined()
        case .list(let items): items.map(\.source).joined(separator: ", ")
        case .map(let values):
            values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.source)" }.joined(separator: ", ")
        }
    }

    private static func braced(_ expression: Expression) -> String { "${{ \(expression.source) }}" }
}
