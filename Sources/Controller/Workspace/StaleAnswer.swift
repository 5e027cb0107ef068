/// An inventory source that can't be used now, and its last good answer, which holds instead.
package struct StaleAnswer: Sendable, Hashable {
    /// The source's plugin.
    package var source: String
    /// Why it can't be used, without a full stop.
    package var reason: String
    /// How long ago the answer was given.
    package var age: Duration
    /// How many nodes it lists.
    package var nodes: Int
    /// Where it is kept.
    package var path: String

    /// For whoever runs something on the inventory.
    package var notice: String {
        "source '\(source)' can't be used: \(reason). Its list of \(ageText) ago holds; remove \(path) to be without it."
    }

    /// In the largest unit of which it has two at least.
    package var ageText: String {
        let seconds = age.components.seconds
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
