import Foundation
import Glibc
import Synchronization

/// The known_hosts files of a process: looked up for every connection, added to by `accept`.
///
/// The files are read once and again when one of them has changed on disk. Everything here may block on files, and a
/// look-up takes time in proportion to the hashed lines, so it is never called on an event loop.
package final class HostKeyStore: Sendable {
    /// The first file is the one that is written.
    package let paths: [String]
    private let state = Mutex(State())

    private struct State {
        var hosts: KnownHosts?
        var stamps: [FileStamp?] = []
        /// How often the files have been read.
        var generation = 0
        /// Hashed lines of `hosts` whose name is known by now.
        var claimed: [Int: String] = [:]
        var accepted: [String: String] = [:]
    }

    /// The first file is the one that is written; the others are read. None has to exist.
    package init(paths: [String]) {
        self.paths = paths
    }

    /// The user's and the system's files, as ssh_config(5) has them.
    package static func standardPaths(home: String) -> [String] {
        [
            "\(home)/.ssh/known_hosts", "\(home)/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts",
            "/etc/ssh/ssh_known_hosts2",
        ]
    }

    /// The lines that could not be used.
    package func problems() throws -> [KnownHostsProblem] {
        try state.withLock { state in try load(&state).problems }
    }

    /// Fingerprints of the keys that were recorded by `accept` since the start, by node.
    package var accepted: [String: String] { state.withLock { $0.accepted } }

    /// The recorded lines for a target, with their places.
    package func list(_ target: SSHTarget) throws -> [KnownHostsEntry] {
        let lookup = try lookup(target)
        var seen: Set<KnownHostsLocation> = []
        return lookup.names.flatMap(\.lines).filter { seen.insert($0.location).inserted }
    }

    func lookup(_ target: SSHTarget) throws(SSHError) -> HostKeyLookup {
        let names = target.hostKeyNames
        let (hosts, claimed): (KnownHosts, [Int: String])
        do {
            (hosts, claimed) = try state.withLock { state in (try load(&state), state.claimed) }
        } catch {
            throw unusable(error, node: target.name)
        }
        // Outside the lock: thousands of hashed lines take milliseconds, and other nodes need not wait for them.
        let lookup = HostKeyLookup(names: names, in: hosts, claimed: claimed)
        if !lookup.claims.isEmpty {
            state.withLock { state in
                // The files may have been read again meanwhile.
                guard state.generation == hosts.generation else { return }
                state.claimed.merge(lookup.claims) { first, _ in first }
            }
        }
        return lookup
    }

    /// Records a key under all names of a target with one locked append, unless it is there already.
    ///
    /// The files are read again under the lock, so two processes cannot both find a node unknown.
    /// - Throws: `hostKeyChanged`, `hostKeyRevoked`, or `hostKeyShared` if the key is recorded for another node and
    ///   `allowingShared` is false.
    package func accept(_ key: HostKey, for target: SSHTarget, allowingShared: Bool = false) throws(SSHError) {
        try withLockedFile(node: target.name) { state, descriptor throws(SSHError) in
            state.hosts = nil
            let hosts: KnownHosts
            do { hosts = try load(&state) } catch { throw unusable(error, node: target.name) }
            let names = target.hostKeyNames
            let lookup = HostKeyLookup(names: names, in: hosts)
            switch lookup.verdict(on: key) {
            case .unknown, .authorityOnly, .known: break
            case .changed(let recorded, let name):
                throw SSHError(.hostKeyChanged(key, recorded: recorded, name: name), node: target.name, phase: .hostKey)
            case .revoked(let place):
                throw SSHError(.hostKeyRevoked(key, place), node: target.name, phase: .hostKey)
            }
            let missing = lookup.names.filter { !$0.lines.contains { $0.marker == nil && $0.key == key } }.map(\.name)
            guard !missing.isEmpty else { return }
            if !allowingShared,
                let other = hosts.lines(holding: key).first(where: { line in
                    line.marker == nil && !names.contains { line.matches($0) }
                })
            {
                throw SSHError(
                    .hostKeyShared(key, other.location, name: other.hostField), node: target.name, phase: .hostKey)
            }
            let line = "\(missing.joined(separator: ",")) \(key.line)\n"
            do { try append(line, to: descriptor) } catch { throw unusable(error, node: target.name) }
            state.hosts = nil
            state.accepted[target.name] = key.fingerprint
        }
    }

    /// Removes the names of a target from the written file and returns how many lines changed.
    ///
    /// A line that also holds other names keeps them. Lines with markers or wildcards stay: they are about more than
    /// one node.
    package func forget(_ target: SSHTarget) throws(SSHError) -> Int {
        var changed = 0
        try withLockedFile(node: target.name) { state, descriptor throws(SSHError) in
            do {
                changed = try rewrite(descriptor, without: Set(target.hostKeyNames))
            } catch {
                throw unusable(error, node: target.name)
            }
            state.hosts = nil
        }
        return changed
    }

    // MARK: Files

    private func load(_ state: inout State) throws -> KnownHosts {
        let stamps = paths.map(FileStamp.init(path:))
        if let hosts = state.hosts, stamps == state.stamps { return hosts }
        state.generation += 1
        state.claimed = [:]
        var hosts = KnownHosts()
        hosts.generation = state.generation
        for path in paths {
            do {
                hosts.append(KnownHostsParser(try FileBytes.read(path).bytes, path: path))
            } catch let failure where failure.code == ENOENT || failure.code == ENOTDIR {
                continue
            } catch {
                throw Unusable(path: path, reason: error.reason)
            }
        }
        state.hosts = hosts
        state.stamps = stamps
        return hosts
    }

    private struct Unusable: Error {
        let path: String
        let reason: String
    }

    private func unusable(_ error: any Error, node: String) -> SSHError {
        let cause = error as? Unusable
        return SSHError(
            .hostKeysUnusable(path: cause?.path ?? paths.first ?? "known_hosts", reason: cause?.reason ?? "\(error)"),
            node: node, phase: .hostKey)
    }

    private func withLockedFile(
        node: String, _ body: (inout State, CInt) throws(SSHError) -> Void
    ) throws(SSHError) {
        guard let path = paths.first else {
            throw SSHError(
                .hostKeysUnusable(path: "known_hosts", reason: "no file is set"), node: node, phase: .hostKey)
        }
        try state.withLock { state throws(SSHError) in
            do {
                let file = try LockedFile(path: path)
                try body(&state, file.descriptor)
            } catch let error as SSHError {
                throw error
            } catch let failure as FileBytes.Failure {
                throw unusable(Unusable(path: path, reason: failure.reason), node: node)
            } catch {
                throw unusable(error, node: node)
            }
        }
    }

    private func append(_ line: String, to descriptor: CInt) throws {
        var bytes = Array(line.utf8)
        // A file that does not end with a newline would swallow the new line into its last one.
        var last: UInt8 = 0
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0, pread(descriptor, &last, 1, size - 1) == 1, last != UInt8(ascii: "\n") {
            bytes.insert(UInt8(ascii: "\n"), at: 0)
        }
        try LockedFile.write(bytes, to: descriptor)
    }

    private func rewrite(_ descriptor: CInt, without names: Set<String>) throws -> Int {
        let path = paths[0]
        let old = try FileBytes.read(path).bytes
        let parsed = Dictionary(
            KnownHostsParser(old, path: path).entries.map { ($0.location.line, $0) },
            uniquingKeysWith: { first, _ in first })
        var new: [UInt8] = []
        var changed = 0
        var number = 0
        for line in old.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard let entry = parsed[number], entry.marker == nil, names.contains(where: { entry.matches($0) }) else {
                new += line + [UInt8(ascii: "\n")]
                continue
            }
            switch entry.hosts {
            case .hashed:
                changed += 1
            case .patterns(let list):
                guard let plain = list.plainNames else {
                    new += line + [UInt8(ascii: "\n")]
                    continue
                }
                changed += 1
                let kept = plain.filter { !names.contains($0) }
                if !kept.isEmpty { new += Array("\(kept.joined(separator: ",")) \(entry.key.line)\n".utf8) }
            }
        }
        if old.last == UInt8(ascii: "\n") || old.isEmpty { new.removeLast() }
        if changed > 0 { try LockedFile.replace(path: path, with: new) }
        return changed
    }
}

/// What tells that a file has changed.
private struct FileStamp: Equatable {
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
