/// The messages of the agent protocol that are used (draft-ietf-sshm-ssh-agent).
enum AgentMessage {
    private static let failure: UInt8 = 5
    private static let identitiesAnswer: UInt8 = 12
    private static let signResponse: UInt8 = 14

    /// The largest answer that is read; an agent full of certificates stays far below.
    static let largestAnswer = 1 << 20

    static let requestIdentities: [UInt8] = framed([11])

    static func signRequest(key: [UInt8], data: [UInt8], algorithm: SignatureAlgorithm) -> [UInt8] {
        var writer = WireWriter()
        writer.byte(13)
        writer.string(key)
        writer.string(data)
        switch algorithm {
        case .own: writer.uint32(0)
        case .rsaSHA256: writer.uint32(2)
        case .rsaSHA512: writer.uint32(4)
        }
        return framed(writer.bytes)
    }

    static func identities(in answer: [UInt8]) throws(AgentFailure) -> [(key: PublicKey, comment: String)] {
        do {
            var reader = WireReader(answer)
            guard try reader.byte() == identitiesAnswer else { throw AgentFailure("it does not list its keys") }
            var found: [(PublicKey, String)] = []
            for _ in 0..<(try reader.uint32()) {
                let blob = try reader.string()
                let comment = String(decoding: try reader.string(), as: UTF8.self)
                if let key = PublicKey(blob: blob) { found.append((key, comment)) }
            }
            return found
        } catch let failure as AgentFailure {
            throw failure
        } catch {
            throw AgentFailure("its answer is malformed")
        }
    }

    /// The signature without the name of its algorithm, which must be the one asked for.
    static func signature(in answer: [UInt8], algorithm: String) throws(AgentFailure) -> [UInt8] {
        do {
            var signature = WireReader(try wholeSignature(in: answer, algorithm: algorithm))
            _ = try signature.text()
            return try signature.string()
        } catch let failure as AgentFailure {
            throw failure
        } catch {
            throw AgentFailure("its answer is malformed")
        }
    }

    /// The signature as it is sent: the name of its algorithm, which must be the one asked for, and what belongs to it.
    static func wholeSignature(in answer: [UInt8], algorithm: String) throws(AgentFailure) -> [UInt8] {
        do {
            var reader = WireReader(answer)
            let type = try reader.byte()
            guard type != failure else { throw AgentFailure("it refused to sign") }
            guard type == signResponse else { throw AgentFailure("its answer is not a signature") }
            let whole = try reader.string()
            var signature = WireReader(whole)
            let name = try signature.text()
            guard name == algorithm else { throw AgentFailure("it signed with \(name) instead of \(algorithm)") }
            return whole
        } catch let failure as AgentFailure {
            throw failure
        } catch {
            throw AgentFailure("its answer is malformed")
        }
    }

    private static func framed(_ payload: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.string(payload)
        return writer.bytes
    }
}

/// Why the agent could not be used.
struct AgentFailure: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
