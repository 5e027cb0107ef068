import Foundation
import Glibc
import Model

/// Reads files of runbooks and inventories: bounded, regular files only, and only such as can be believed.
struct CatalogFiles {
    /// Larger files are refused.
    static let maximumBytes = 8 << 20
    /// A folder with more entries than this is no folder of runbooks.
    static let maximumEntries = 20_000

    let trust: FileTrust?
    let bag: DiagnosticBag

    /// `trust` nil: whoever owns it. For tests of other things only.
    init(trust: FileTrust?, bag: DiagnosticBag) {
        self.trust = trust
        self.bag = bag
    }

    /// The bytes of a file, or nil after the reason is in the bag.
    func read(_ path: String) -> [UInt8]? {
        switch Self.read(path, trust: trust) {
        case .success(let bytes): return bytes
        case .failure(let fault):
            bag.error(at: SourcePosition(file: path, line: 1, column: 1), fault.message, hint: fault.hint)
            return nil
        }
    }

    struct Fault: Error {
        var message: String
        var hint: String?
    }

    /// The bytes of a file, or why not.
    static func read(_ path: String, trust: FileTrust?) -> Result<[UInt8], Fault> {
        guard let real = realPath(path) else {
            return .failure(Fault(message: "can't read it: \(String(cString: strerror(errno)))"))
        }
        if let fault = trust?.fault(of: real) {
            let hint = "chown root and chmod go-w, or move it"
            return .failure(Fault(message: "\(fault.path) can't be believed: \(fault.reason)", hint: hint))
        }
        let descriptor = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            return .failure(Fault(message: "can't read it: \(String(cString: strerror(errno)))"))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return .failure(Fault(message: "it is no regular file"))
        }
        return contents(of: descriptor)
    }

    private static func contents(of descriptor: CInt) -> Result<[UInt8], Fault> {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return .success(bytes) }
            guard count > 0 else {
                if errno == EINTR { continue }
                return .failure(Fault(message: "can't read it: \(String(cString: strerror(errno)))"))
            }
            bytes += chunk[..<count]
            if bytes.count > maximumBytes {
                return .failure(Fault(message: "the file is larger than \(ByteCount.text(maximumBytes))"))
            }
        }
    }

    /// Without links; nil, with `errno`, where there is nothing.
    static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// Whether `path` is a folder.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// YAML files below `folder`, sorted; hidden ones and folders in `skipping` are left out.
    func yamlFiles(in folder: String, skipping: Set<String>) -> [String] {
        var found: [String] = []
        var pending = [folder]
        var seen = 0
        while let current = pending.popLast() {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: current)) ?? []
            for name in names where !name.hasPrefix(".") {
                seen += 1
                if seen > Self.maximumEntries {
                    bag.error(
                        at: SourcePosition(file: folder, line: 1, column: 1),
                        "the folder holds more than \(Self.maximumEntries) entries")
                    return found.sorted()
                }
                let path = current.hasSuffix("/") ? current + name : current + "/" + name
                if Self.isFolder(path) {
                    // A link to a folder could lead in a circle.
                    if !skipping.contains(name), !Self.isLink(path) { pending.append(path) }
                } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                    found.append(path)
                }
            }
        }
        return found.sorted()
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
