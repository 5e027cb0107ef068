extension IndexRuns {
    /// The numbers in ClusterShell's notation, without brackets: `1-3,05,08-10`.
    var folded: String {
        pieces.map { piece in
            let lower = NodeIndex(code: piece.lower).text
            return piece.lower == piece.upper ? lower : lower + "-" + NodeIndex(code: piece.upper).text
        }.joined(separator: ",")
    }

    /// Whether a piece of the folded notation leads from a number to a longer one, as `8-12` does.
    var growsInLength: Bool {
        pieces.contains { NodeIndex(code: $0.lower).digits != NodeIndex(code: $0.upper).digits }
    }

    /// The runs as ClusterShell writes them: of one length each, but joined where unpadded numbers merely grow.
    ///
    /// ClusterShell decides whether it is among padded numbers where one follows two or more consecutive ones
    /// or differs in padding, not where one follows a lone number. So `09,11-99,100` stays in two parts while
    /// `11-100` is one.
    private var pieces: [Run] {
        var pieces: [Run] = []
        pieces.reserveCapacity(runs.count)
        var isPadded = false
        var digits = 0
        for run in runs {
            let first = NodeIndex(code: run.lower)
            if let previous = pieces.last {
                if !isPadded && NodeIndex(code: previous.upper).growsInto(first) {
                    pieces[pieces.count - 1].upper = run.upper
                    continue
                }
                let differs = isPadded ? first.digits != digits : first.isPadded
                guard differs || previous.lower != previous.upper else {
                    pieces.append(run)
                    continue
                }
            }
            isPadded = first.isPadded
            digits = first.digits
            pieces.append(run)
        }
        return pieces
    }
}
