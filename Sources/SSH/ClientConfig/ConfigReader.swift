import Glibc

/// Reads ssh_config files, with what they include, into blocks.
struct ConfigReader {
    struct Block: Sendable {
        /// All must match: the block's own condition and those of the blocks around an `Include`.
        let conditions: [Condition]
        var settings: [Setting] = []
    }

    enum Condition: Sendable {
        case host(HostPatternList)
        /// `Match host`: the name after `HostName`.
        case matchHost(HostPatternList)
        case always
        /// A condition that is not supported.
        case never
    }

    struct Setting: Sendable {
        let line: ConfigLine
        let path: String
        let number: Int
    }

    private(set) var blocks: [Block] = []
    private(set) var warnings: [SSHConfigWarning] = []
    private let home: String
    private static let deepestInclude = 16

    init(home: String) {
        self.home = home
    }

    /// `isUsers` decides where relative includes are looked for. A file that is not there is no error.
    mutating func read(_ path: String, isUsers: Bool) {
        read(path, base: isUsers ? "\(home)/.ssh" : "/etc/ssh", around: [], depth: 0)
    }

    private mutating func read(_ path: String, base: String, around: [Condition], depth: Int) {
        let contents: FileBytes.Contents
        do throws(FileBytes.Failure) {
            contents = try FileBytes.read(path, limit: 4 << 20)
        } catch {
            if error.code != ENOENT && error.code != ENOTDIR { warn(path, 0, "it cannot be read: \(error.reason)") }
            return
        }
        // As ssh(1): another user who can write the file could have any host answered by another.
        guard contents.mode & 0o022 == 0 else { return warn(path, 0, "it is ignored, because others may write it") }
        read(String(decoding: contents.bytes, as: UTF8.self), path: path, base: base, around: around, depth: depth)
    }

    mutating func read(_ text: String, path: String, base: String, around: [Condition] = [], depth: Int = 0) {
        blocks.append(Block(conditions: around))
        for (index, text) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            let parsed: ConfigLine?
            do throws(ConfigLine.Unbalanced) {
                parsed = try ConfigLine(text.last == "\r" ? text.dropLast() : text)
            } catch {
                warn(path, number, "a quoted argument does not end")
                continue
            }
            guard let line = parsed else { continue }
            switch line.keyword {
            case "host":
                blocks.append(Block(conditions: around + [.host(HostPatternList(line.arguments, ignoringCase: false))]))
            case "match":
                blocks.append(Block(conditions: around + match(line, path, number)))
            case "include":
                include(line, path, number, base: base, depth: depth)
            default:
                blocks[blocks.count - 1].settings.append(Setting(line: line, path: path, number: number))
            }
        }
    }

    /// The included blocks stand between what is before and after the line, under the line's conditions.
    private mutating func include(_ line: ConfigLine, _ path: String, _ number: Int, base: String, depth: Int) {
        guard depth < Self.deepestInclude else { return warn(path, number, "includes are nested too deeply") }
        let conditions = blocks[blocks.count - 1].conditions
        for argument in line.arguments {
            var pattern = argument
            if pattern.hasPrefix("~/") { pattern = home + pattern.dropFirst() }
            if !pattern.hasPrefix("/") { pattern = "\(base)/\(pattern)" }
            for file in Self.files(matching: pattern) { read(file, base: base, around: conditions, depth: depth + 1) }
        }
        blocks.append(Block(conditions: conditions))
    }

    private static func files(matching pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    private mutating func match(_ line: ConfigLine, _ path: String, _ number: Int) -> [Condition] {
        var conditions: [Condition] = []
        var rest = line.arguments[...]
        while let word = rest.popFirst() {
            switch word.lowercased() {
            case "all": conditions.append(.always)
            case "host", "originalhost":
                guard let patterns = rest.popFirst() else {
                    warn(path, number, "Match \(word) lacks its patterns")
                    return [.never]
                }
                let list = HostPatternList(patterns.split(separator: ","), ignoringCase: false)
                conditions.append(word.lowercased() == "host" ? .matchHost(list) : .host(list))
            default:
                warn(path, number, "the block is ignored, because Match \(word) is not supported")
                return [.never]
            }
        }
        if conditions.isEmpty { warn(path, number, "Match lacks a condition") }
        return conditions.isEmpty ? [.never] : conditions
    }

    private mutating func warn(_ path: String, _ line: Int, _ text: String) {
        warnings.append(SSHConfigWarning(path: path, line: line, text: text))
    }
}
