/// A typed value: a parameter, a variable, what an expression yields.
package enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case duration(Duration)
    /// In bytes.
    case size(Int)
    /// In hundredths of the whole: 10 % is 10.
    case percent(Double)
    case list([Value])
    case map([String: Value])
    /// A secret, by its reference (`vault:kv/gpu#admin`), never by its bytes.
    case secret(reference: String)
}
