import Foundation
import Glibc
import SSH
import TestSupport

/// A real ssh-agent with a socket in the test's folder.
final class AgentFixture: Sendable {
    let path: String
    private let process: ServerProcess

    static func with<R>(in folder: TemporaryFolder, _ body: (AgentFixture) async throws -> R) async throws -> R {
        let agent = try AgentFixture(folder)
        defer { agent.process.stop() }
        for _ in 0..<1000 {
            if access(agent.path, F_OK) == 0 { return try await body(agent) }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw SSHDFixture.Failure("ssh-agent does not start")
    }

    private init(_ folder: TemporaryFolder) throws {
        path = folder.path("agent")
        process = try ServerProcess(executable: "/usr/bin/ssh-agent", arguments: ["-D", "-a", path])
    }

    func add(_ key: String) throws {
        try Keygen.run(["SSH_AUTH_SOCK=\(path)", "/usr/bin/ssh-add", "-q", key], tool: "/usr/bin/env")
    }

    func removeAll() throws {
        try Keygen.run(["SSH_AUTH_SOCK=\(path)", "/usr/bin/ssh-add", "-q", "-D"], tool: "/usr/bin/env")
    }

    func signal(_ signal: CInt) {
        kill(process.pid, signal)
    }

    /// Until the process has ended.
    func wait() { process.wait() }

    /// Without key files.
    func target(_ sshd: SSHDFixture) -> SSHTarget {
        var target = sshd.target()
        target.identityFiles = []
        target.identitiesOnly = false
        target.useAgent = true
        target.agentSocket = path
        return target
    }
}

/// An agent that lists the keys of a real one and does what the test says when it is to sign.
enum FakeAgent {
    static func with<R>(
        in folder: TemporaryFolder, realPath: String, onSign: @escaping @Sendable (CInt) -> Void,
        _ body: (String) async throws -> R
    ) async throws -> R {
        let path = folder.path("fake")
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        guard withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 8) == 0 else {
            throw POSIXError(.EIO)
        }
        Thread.detachNewThread {
            while true {
                let peer = accept(listener, nil, nil)
                guard peer >= 0 else { return }
                let request = frame(peer)
                if request.dropFirst(4).first == 11 {
                    let real = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
                    _ = withAddress(realPath) { connect(real, $0, $1) }
                    _ = write(real, request, request.count)
                    let answer = frame(real)
                    _ = write(peer, answer, answer.count)
                    close(real)
                } else {
                    onSign(peer)
                }
                close(peer)
            }
        }
        defer {
            shutdown(listener, CInt(SHUT_RDWR))
            close(listener)
        }
        return try await body(path)
    }

    private static func frame(_ descriptor: CInt) -> [UInt8] {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1 {
            bytes.append(byte)
            if bytes.count >= 4, bytes.count == 4 + bytes[..<4].reduce(0, { $0 << 8 | Int($1) }) { break }
        }
        return bytes
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
