/// A user's certificate (PROTOCOL.certkeys of OpenSSH): an authority's word on whose a key is.
package struct SSHCertificate: Sendable, Hashable {
    /// The certified key, without the certificate.
    package let key: SSHKey
    package let keyID: String
    /// Whom it is for. Empty: nobody, here.
    package let principals: [String]
    /// Seconds since 1970: from the first on, and before the second.
    package let validAfter: UInt64
    package let validBefore: UInt64
    package let authority: SSHKey

    /// Reads the wire form and checks the authority's signature.
    /// - Throws: `GovernanceError` for what is no user's certificate, or is not signed by the authority that it names.
    package init(blob: [UInt8]) throws(GovernanceError) {
        var reader = SSHWireReader(blob)
        let type = try reader.text()
        guard let kind = SSHKeyKind.allCases.first(where: { $0.certificate == type }) else {
            throw GovernanceError(.malformed, "'\(type.prefix(60))' is no certificate that can be used here.")
        }
        _ = try reader.string()
        let before = reader.rest
        _ = try kind.numbers(&reader)
        var writer = SSHWireWriter()
        writer.text(kind.rawValue)
        writer.raw(before.prefix(before.count - reader.rest.count))
        key = try SSHKey(blob: writer.bytes)
        _ = try reader.uint64()
        guard try reader.uint32() == 1 else { throw GovernanceError(.malformed, "It is a certificate of a host.") }
        keyID = try reader.text()
        var names = SSHWireReader(try reader.string())
        var principals: [String] = []
        while !names.isAtEnd { principals.append(try names.text()) }
        self.principals = principals
        validAfter = try reader.uint64()
        validBefore = try reader.uint64()
        _ = try reader.string()
        _ = try reader.string()
        _ = try reader.string()
        authority = try SSHKey(blob: try reader.string())
        let signed = blob.prefix(blob.count - reader.rest.count)
        let signature = try reader.string()
        guard reader.isAtEnd else { throw GovernanceError(.malformed, "A certificate is followed by something else.") }
        _ = try authority.verify(signature, of: Array(signed))
    }

    /// Whether it holds at `time`, in seconds since 1970.
    package func isValid(at time: Int) -> Bool {
        let time = UInt64(max(0, time))
        return time >= validAfter && time < validBefore
    }

    /// Whether the wire form is that of a certificate.
    static func isCertificate(_ blob: [UInt8]) -> Bool {
        var reader = SSHWireReader(blob)
        guard let type = try? reader.text() else { return false }
        return type.hasSuffix("-cert-v01@openssh.com")
    }
}
