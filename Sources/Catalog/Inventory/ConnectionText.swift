import Model

/// Forms of what is given to ssh. Nothing may begin with `-`, which would be an option.
enum ConnectionText {
    static func isUser(_ text: String) -> Bool { WordForm.loginUser.fits(text) }

    /// `a,b` as ssh writes it.
    static func hops(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmingWhitespace }
    }

    /// `node`, `host`, `user@host:port`, `[2001:db8::1]:22`.
    static func isHop(_ text: String) -> Bool {
        var host = Substring(text)
        if let at = host.lastIndex(of: "@") {
            guard isUser(String(host[..<at])) else { return false }
            host = host[host.index(after: at)...]
        }
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let rest = host[host.index(after: end)...]
            let address = String(host[host.index(after: host.startIndex)..<end])
            return AddressText.isIP(address) && (rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst()))
        }
        if AddressText.isIP(String(host)) { return true }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2, parts.count == 1 || isPort(parts[1]) else { return false }
        return AddressText.isHost(String(name))
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (1...65_535).contains(Int(text) ?? 0)
    }
}
