/// How two sets become one; said once, and used alike for names, numbers and boxes of numbers.
enum SetOperation {
    case union
    case intersection
    case subtraction
    case symmetricDifference

    /// Whether the result holds an element that is, or is not, in the left and in the right set.
    func keeps(left: Bool, right: Bool) -> Bool {
        switch self {
        case .union: left || right
        case .intersection: left && right
        case .subtraction: left && !right
        case .symmetricDifference: left != right
        }
    }
}
