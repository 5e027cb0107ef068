import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Who is let in, and what is never sent.
@Suite struct AuthTests {
    @Test func aRefusedKeyIsOfferedOnce() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("stranger"))
            var target = sshd.target()
            target.identityFiles = [sshd.folder.path("stranger")]
            let error = try await sshd.connectionFailure(target)
            guard case .authRefused(let refusal) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(refusal.methodsOffered == ["publickey"])
            #expect(refusal.keysTried.count == 1)
            #expect(refusal.keysTried.first?.hasPrefix("SHA256:") == true)
            #expect(!error.isRetryable)
            try await sshd.waitForLog("Connection closed by authenticating user")
            #expect(sshd.log.matches(of: /Connection from 127/).count == 1)
            #expect(sshd.log.matches(of: /Failed publickey/).count == 1)
        }
    }

    @Test func thePassphraseIsAskedOnceForManyNodes() async throws {
        try await SSHDFixture.with { sshd in
            let path = sshd.folder.path("locked")
            try Keygen.generate(type: "ecdsa", at: path, passphrase: "secret")
            try sshd.addAuthorizedKey(try sshd.folder.read("locked.pub"))
            let asked = Counter()
            var context = sshd.context()
            context.identities = IdentityStore { _ in
                asked.add()
                return "secret"
            }
            try await sshd.withPool(context) { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<12 {
                        group.addTask {
                            var target = sshd.target("gpu\(index)")
                            target.identityFiles = [path]
                            _ = try await pool.connection(to: target)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(asked.value == 1)
        }
    }

    @Test func aWrongPassphraseIsNamedAndNotAskedAgain() async throws {
        try await SSHDFixture.with { sshd in
            let path = sshd.folder.path("locked")
            try Keygen.generate(type: "ecdsa", at: path, passphrase: "secret")
            try sshd.addAuthorizedKey(try sshd.folder.read("locked.pub"))
            let asked = Counter()
            var context = sshd.context()
            context.identities = IdentityStore { _ in
                asked.add()
                return "wrong"
            }
            var target = sshd.target()
            target.identityFiles = [path]
            for _ in 0..<2 {
                let error = try await sshd.connectionFailure(target, context)
                #expect(error.code == "key-unreadable")
                #expect(error.description.contains("the passphrase is wrong"))
                #expect(!error.description.contains("secret"))
            }
            #expect(asked.value == 1)
        }
    }

    @Test func withoutAPassphraseTheKeyIsNamed() async throws {
        try await SSHDFixture.with { sshd in
            let path = sshd.folder.path("locked")
            try Keygen.generate(type: "ecdsa", at: path, passphrase: "secret")
            try sshd.addAuthorizedKey(try sshd.folder.read("locked.pub"))
            var target = sshd.target()
            target.identityFiles = [path]
            let error = try await sshd.connectionFailure(target)
            #expect(error.code == "passphrase-needed")
            #expect(error.hint == "Add the key to an agent: ssh-add \(path), or name 'passphrase' in the inventory.")
        }
    }

    @Test func aSecondKeyIsTriedWhenTheFirstIsNotKnown() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ed25519", at: sshd.folder.path("stranger"))
            var target = sshd.target()
            target.identityFiles.insert(sshd.folder.path("stranger"), at: 0)
            try await sshd.withPool { pool in
                let node = try await pool.connection(to: target)
                #expect(await node.authenticatedBy?.contains(sshd.userKeyPath) == true)
            }
        }
    }

    @Test func anECDSACertificateLogsIn() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["TrustedUserCAKeys none"]
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("ca"))
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("cert"))
            try Keygen.run([
                "-q", "-s", sshd.folder.path("ca"), "-I", "the-operator", "-n", sshd.user, sshd.folder.path("cert.pub"),
            ])
            try sshd.addAuthorizedKey("cert-authority \(try sshd.folder.read("ca.pub"))")
            var target = sshd.target()
            target.identityFiles = [sshd.folder.path("cert")]
            try await sshd.withPool { _ = try await $0.connection(to: target) }
            #expect(sshd.log.contains("Accepted publickey for \(sshd.user) from 127.0.0.1"))
            #expect(sshd.log.contains("ID the-operator"))
        }
    }

    @Test func anUnsupportedCertificateIsNamed() async throws {
        try await SSHDFixture.with { sshd in
            try Keygen.generate(type: "ecdsa", at: sshd.folder.path("ca"))
            try Keygen.generate(type: "ed25519", at: sshd.folder.path("cert"))
            try Keygen.run([
                "-q", "-s", sshd.folder.path("ca"), "-I", "the-operator", "-n", sshd.user, sshd.folder.path("cert.pub"),
            ])
            var target = sshd.target()
            target.identityFiles = [sshd.folder.path("cert")]
            let error = try await sshd.connectionFailure(target)
            #expect(error.description.contains("ssh-ed25519-cert-v01@openssh.com"))
        }
    }

    // MARK: Agent

    @Test func keysOfARealAgentLogIn() async throws {
        try await SSHDFixture.with { sshd in
            try await AgentFixture.with(in: sshd.folder) { agent in
                for (type, bits) in [("ed25519", nil), ("ecdsa", 384), ("rsa", 2048)] {
                    let path = sshd.folder.path("agent-\(type)")
                    try Keygen.generate(type: type, bits: bits, at: path)
                    try sshd.addAuthorizedKey(try sshd.folder.read("agent-\(type).pub"))
                    try agent.add(path)
                    try FileManager.default.removeItem(atPath: path)
                    try await sshd.withPool { pool in
                        let node = try await pool.connection(to: agent.target(sshd))
                        #expect(await node.authenticatedBy?.contains("agent") == true)
                    }
                    try agent.removeAll()
                }
            }
        }
    }

    /// The agent spares the passphrase of a key that is also named as a file.
    @Test func theAgentSignsForAnEncryptedFile() async throws {
        try await SSHDFixture.with { sshd in
            try await AgentFixture.with(in: sshd.folder) { agent in
                try agent.add(sshd.userKeyPath)
                try Keygen.run(["-q", "-p", "-P", "", "-N", "secret", "-a", "1", "-f", sshd.userKeyPath])
                var target = agent.target(sshd)
                target.identityFiles = [sshd.userKeyPath]
                target.identitiesOnly = true
                try await sshd.withPool { _ = try await $0.connection(to: target) }
            }
        }
    }

    @Test func anAgentThatIsGoneIsAnError() async throws {
        try await SSHDFixture.with { sshd in
            try await AgentFixture.with(in: sshd.folder) { agent in
                try agent.add(sshd.userKeyPath)
                agent.signal(SIGKILL)
                agent.wait()
                let error = try await sshd.connectionFailure(agent.target(sshd))
                #expect(error.code == "agent-failed")
            }
        }
    }

    /// Dies between the list of its keys and the signature.
    @Test func anAgentThatDiesWhileItSignsIsAnError() async throws {
        try await SSHDFixture.with { sshd in
            try await AgentFixture.with(in: sshd.folder) { real in
                try real.add(sshd.userKeyPath)
                try await FakeAgent.with(in: sshd.folder, realPath: real.path, onSign: { _ in }) { path in
                    var target = real.target(sshd)
                    target.agentSocket = path
                    let error = try await sshd.connectionFailure(target)
                    #expect(error.code == "agent-failed")
                    #expect(error.description.contains("closed the connection"))
                }
            }
        }
    }

    @Test func anAgentThatHangsIsAnErrorAtTheDeadline() async throws {
        try await SSHDFixture.with { sshd in
            try await AgentFixture.with(in: sshd.folder) { agent in
                try agent.add(sshd.userKeyPath)
                agent.signal(SIGSTOP)
                defer { agent.signal(SIGCONT) }
                var target = agent.target(sshd)
                target.deadlines.authentication = .milliseconds(400)
                let error = try await sshd.connectionFailure(target)
                #expect(["agent-failed", "timed-out"].contains(error.code))
            }
        }
    }

    // MARK: Passwords

    @Test(arguments: [HostKeyPolicy.acceptNew, .off])
    func noPasswordIsAskedForOrSentToAHostThatIsNotVerified(_ policy: HostKeyPolicy) async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        options.configuration = ["PasswordAuthentication yes"]
        try await SSHDFixture.with(options) { sshd in
            let asked = Counter()
            var context = sshd.context(policy)
            context.password = { _ in
                asked.add()
                return "password"
            }
            var target = sshd.target()
            target.identityFiles = []
            let error = try await sshd.connectionFailure(target, context)
            #expect(error.code == "password-withheld")
            #expect(asked.value == 0)
            #expect(!sshd.log.contains("Failed password"))
        }
    }

    @Test func aWrongPasswordIsSentOnce() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["PasswordAuthentication yes"]
        try await SSHDFixture.with(options) { sshd in
            var context = sshd.context()
            context.password = { _ in "not the password" }
            var target = sshd.target()
            target.identityFiles = []
            let error = try await sshd.connectionFailure(target, context)
            #expect(error.code == "auth-refused")
            #expect(!error.description.contains("not the password"))
            try await sshd.waitForLog("Failed password")
            #expect(sshd.log.matches(of: /Failed password/).count == 1)
        }
    }

    @Test func aServerThatClosesAfterManyRefusalsHasRefused() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["MaxAuthTries 2"]
        try await SSHDFixture.with(options) { sshd in
            var target = sshd.target()
            target.identityFiles = []
            for index in 0..<4 {
                try Keygen.generate(type: "ed25519", at: sshd.folder.path("stranger\(index)"))
                target.identityFiles.append(sshd.folder.path("stranger\(index)"))
            }
            let error = try await sshd.connectionFailure(target)
            #expect(error.code == "auth-refused")
            #expect(!error.isRetryable)
            #expect(sshd.log.matches(of: /Connection from 127/).count == 1)
        }
    }

    @Test func aSlowLogInTimesOutAndClosesTheConnection() async throws {
        try await SSHDFixture.with { sshd in
            let count = Counter()
            var context = sshd.context()
            context.identities = IdentityStore { _ in
                count.add()
                sshd.signalSessions(SIGSTOP)
                return "secret"
            }
            let path = sshd.folder.path("locked")
            try Keygen.generate(type: "ecdsa", at: path, passphrase: "secret")
            try sshd.addAuthorizedKey(try sshd.folder.read("locked.pub"))
            var target = sshd.target()
            target.identityFiles = [path]
            target.deadlines.authentication = .seconds(10)
            let error = try await sshd.connectionFailure(target, context)
            #expect(count.value == 1)
            guard case .timedOut(.authentication) = error.kind else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
