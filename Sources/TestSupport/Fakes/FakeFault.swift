import Model

/// Something that goes wrong on a fake node, once or for ever.
package struct FakeFault: Sendable {
    package enum Kind: Sendable {
        /// The connection breaks before the node has claimed the script.
        case lostBeforeClaim
        /// The node has claimed the script but not started it.
        case lostBeforeStart
        /// The script runs to its end, but the connection breaks before that is told.
        case lostBeforeEnd
        /// The script runs to its end, and the node is started again before that is told.
        case restartedBeforeEnd
        /// Half of the script is carried out, and nobody can tell how it ended.
        case lostForEver
        /// The script cuts the node's access, so that its armed undo fires.
        case cutsItsAccess
        /// It never ends by itself.
        case hangs
        /// It is told to stop before the node has seen it, and so it never starts.
        case stoppedBeforeItComes
        /// It ends so, whatever its script would do.
        case ends(InvocationOutcome)
        /// It never ends at all, and the node goes on saying that it is at work.
        case overdue
        /// The node breaks the protocol.
        case violates
        /// It takes so many scheduling turns longer.
        case slow(turns: Int)
    }

    package enum Place: Sendable, Hashable {
        /// The script of this step's number, guarded.
        case step(Int)
        /// Read-only scripts whose text holds this.
        case asking(String)
    }

    package var kind: Kind
    package var place: Place
    /// How often it happens; nil for ever.
    package var times: Int?

    package init(_ kind: Kind, at place: Place, times: Int? = 1) {
        self.kind = kind
        self.place = place
        self.times = times
    }

    func applies(to invocation: Invocation) -> Bool {
        switch place {
        case .step(let step): invocation.mode == .guarded && invocation.id.step == step
        case .asking(let text): invocation.mode == .plain && invocation.script.contains(text)
        }
    }
}
