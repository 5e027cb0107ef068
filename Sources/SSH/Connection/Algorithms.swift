import CLibSSH2

/// What we offer a server, and why two sides may not meet.
///
/// P-256 first: its code is the fastest on both sides, and it works in FIPS mode. Counter mode only: with CBC the
/// Terrapin attack would apply, because libssh2 1.10 has no strict key exchange.
enum Algorithms {
    static let keyExchange = [
        "ecdh-sha2-nistp256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512", "diffie-hellman-group14-sha256",
    ]
    static let ciphers = ["aes128-ctr", "aes256-ctr"]
    static let macs = ["hmac-sha2-256", "hmac-sha2-512"]
    /// `ssh-rsa` signs with SHA-1, so it is used only where it is the recorded key.
    static let hostKeys = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-ed25519"]
    static let usableHostKeys = hostKeys + ["ssh-rsa"]

    /// The host-key types to ask for: the recorded ones first.
    ///
    /// The others follow, so that a server without the recorded key shows another one, which is then refused as
    /// changed. Where only an RSA key is recorded that would cry wolf: newer servers have it but cannot use it here.
    static func hostKeys(recorded: [String]) -> [String] {
        if !recorded.isEmpty, recorded.allSatisfy({ $0 == "ssh-rsa" }) { return ["ssh-rsa"] }
        let known = usableHostKeys.filter(recorded.contains)
        return known + hostKeys.filter { !known.contains($0) }
    }

    static func apply(to session: OpaquePointer, hostKeys: [String]) {
        for (method, names) in [
            (LIBSSH2_METHOD_KEX, keyExchange), (LIBSSH2_METHOD_HOSTKEY, hostKeys), (LIBSSH2_METHOD_CRYPT_CS, ciphers),
            (LIBSSH2_METHOD_CRYPT_SC, ciphers), (LIBSSH2_METHOD_MAC_CS, macs), (LIBSSH2_METHOD_MAC_SC, macs),
            (LIBSSH2_METHOD_COMP_CS, ["none"]), (LIBSSH2_METHOD_COMP_SC, ["none"]),
        ] {
            _ = libssh2_session_method_pref(session, method, names.joined(separator: ","))
        }
    }

    /// The first purpose for which the two sides have nothing in common.
    static func disagreement(theirs: [[String]], hostKeys: [String]) -> AlgorithmDisagreement? {
        let purposes: [(String, [String], Int)] = [
            ("key exchange", keyExchange, 0), ("host key", hostKeys, 1), ("cipher", ciphers, 2), ("cipher", ciphers, 3),
            ("MAC", macs, 4), ("MAC", macs, 5), ("compression", ["none"], 6), ("compression", ["none"], 7),
        ]
        for (purpose, ours, index) in purposes where theirs.indices.contains(index) {
            if !ours.contains(where: theirs[index].contains) {
                return AlgorithmDisagreement(purpose: purpose, ours: ours, theirs: theirs[index])
            }
        }
        return nil
    }
}
