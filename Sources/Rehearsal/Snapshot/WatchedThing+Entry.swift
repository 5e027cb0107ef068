import Model

extension WatchedThing {
    /// Whether an entry of a snapshot, by its node and key, is of it or of what is below it.
    func owns(_ entry: String) -> Bool {
        guard let space = entry.firstIndex(of: " ") else { return false }
        if let nodes, !nodes.names.contains(String(entry[..<space])) { return false }
        let key = entry[entry.index(after: space)...]
        let own = "\(kind.rawValue):\(shownSubject)"
        guard key.hasPrefix(own) else { return false }
        let rest = key.dropFirst(own.count)
        // A file's content, digest and attributes have keys of their own, and so has each thing in a folder.
        return rest.isEmpty || kind == .path && (own.hasSuffix("/") || rest.hasPrefix("/") || rest.hasPrefix("#"))
    }

    /// As `snapshot.sh` prints it: of a script only its beginning, in one line.
    private var shownSubject: String {
        guard kind == .output else { return subject }
        let line = subject.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).joined(separator: " ")
        return String(decoding: line.utf8.prefix(60), as: UTF8.self)
    }
}
