import Foundation

/// Where the program is that boots throwaway nodes.
package struct LabLocation: Sendable {
    /// Named by the operator: a file, or the folder that holds it.
    package var named: String?
    /// The folder of runbooks.
    package var runbooks: String
    /// This program's own file.
    package var program: String

    package init(named: String?, runbooks: String, program: String) {
        self.named = named
        self.runbooks = runbooks
        self.program = program
    }

    /// Its path.
    /// - Throws: `RehearsalError` that says where it was looked for.
    package func path() throws(RehearsalError) -> String {
        if let named {
            let candidates = [named, named + "/lab"]
            if let found = candidates.first(where: Self.isProgram) { return Self.absolute(found) }
            throw RehearsalError(
                "There is no lab at \(named).", hint: "Name the program that boots nodes, or its folder.")
        }
        let folder = (Self.absolute(runbooks) as NSString).deletingLastPathComponent
        let starts = [
            folder, FileManager.default.currentDirectoryPath, (program as NSString).deletingLastPathComponent,
        ]
        for start in starts {
            var parent = start
            while true {
                let candidate = (parent == "/" ? "" : parent) + "/Tests/Lab/lab"
                if Self.isProgram(candidate) { return candidate }
                if parent == "/" || parent.isEmpty { break }
                parent = (parent as NSString).deletingLastPathComponent
            }
        }
        throw RehearsalError(
            "The lab that boots throwaway nodes was not found.",
            hint:
                "Name it with --lab PATH, RUNBOOK_LAB or 'lab:' in runbook.yaml; it is Tests/Lab in runbook's sources.")
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
