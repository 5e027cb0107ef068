/// The type of a parameter.
package indirect enum ValueType: Sendable, Hashable, Codable {
    case string, int, float, bool, duration, size, percent, path, url, ip, cidr, host, nodeset, secret
    /// One of a closed list of strings.
    case enumeration([String])
    case list(ValueType)
    case map(ValueType)
}
