import Foundation
import Glibc

/// Whether a file can be believed: one that somebody else may write would let them run commands on every node.
///
/// A file and each folder above it must belong to the caller or to root and be writable by nobody else. A group may
/// write where it is its owner's private group (the same name, no other members), and into folders with the sticky
/// bit, such as `/tmp`, anybody.
package struct FileTrust: Sendable {
    private let userID: uid_t

    /// Trusts `userID` and root.
    package init(userID: UInt32 = geteuid()) { self.userID = userID }

    /// The first of the file and its folders that can't be believed, and why; nil where all can. `path` has no links.
    package func fault(of path: String) -> (path: String, reason: String)? {
        var current = path
        var isFile = true
        while true {
            if let reason = fault(at: current, isFile: isFile) { return (current, reason) }
            guard current != "/", !current.isEmpty else { return nil }
            let parent = (current as NSString).deletingLastPathComponent
            guard parent != current else { return nil }
            current = parent
            isFile = false
        }
    }

    private func fault(at path: String, isFile: Bool) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return "it can't be looked at: \(String(cString: strerror(errno)))" }
        guard status.st_uid == userID || status.st_uid == 0 else {
            return "it belongs to \(Self.userName(status.st_uid)), not to you or root"
        }
        // Who may write into a sticky folder still can't replace what belongs to others.
        if status.st_mode & S_IFMT == S_IFDIR, status.st_mode & S_ISVTX != 0 { return nil }
        if status.st_mode & S_IWOTH != 0 { return "everybody may write it" }
        if status.st_mode & S_IWGRP != 0, !Self.isPrivate(status.st_gid, of: status.st_uid) {
            return "the group \(Self.groupName(status.st_gid)) may write it"
        }
        return nil
    }

    private static func isPrivate(_ group: gid_t, of user: uid_t) -> Bool {
        if group == 0 { return true }
        guard let (name, members) = self.group(group) else { return false }
        return name == userName(user) && members.allSatisfy { $0 == name }
    }

    private static func group(_ id: gid_t) -> (name: String, members: [String])? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.gr_name else {
            return nil
        }
        var members: [String] = []
        var next = entry.gr_mem
        while let pointer = next, let member = pointer.pointee {
            members.append(String(cString: member))
            next = pointer + 1
        }
        return (String(cString: name), members)
    }

    private static func groupName(_ id: gid_t) -> String { group(id)?.name ?? String(id) }

    private static func userName(_ id: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
            return String(id)
        }
        return String(cString: name)
    }
}
