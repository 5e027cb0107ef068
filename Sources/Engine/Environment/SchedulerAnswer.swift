/// What the schedulers say of nodes that are out of service.
package enum SchedulerAnswer: Sendable, Hashable {
    /// There is no scheduler.
    case none
    /// The one on this host does not answer, so nobody knows.
    case silent(host: String)
    /// These nodes of the inventory are.
    case out(Set<String>)

    /// Those that are known to be.
    var names: Set<String>? { if case .out(let names) = self { names } else { nil } }
}
