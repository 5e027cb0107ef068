import Model

extension StepLowering {
    /// A mount, and its line in fstab.
    func mount(_ verb: MountVerb) throws(Stop) -> StepProgram {
        let path = try path(verb.path, key: "mount.path")
        let source = try textIfGiven(verb.source, key: "mount.source", .steering) ?? ""
        let type = try textIfGiven(verb.type, key: "mount.type", .steering) ?? ""
        let options = try textIfGiven(verb.options, key: "mount.options", .steering) ?? ""
        for (key, value) in [("mount.source", source), ("mount.type", type), ("mount.options", options)] {
            guard !value.hasPrefix("-") else { throw stop(.value, key, "'\(value)' begins with a dash") }
        }
        for (key, value) in [("mount.type", type), ("mount.options", options)] {
            guard !value.contains(where: { $0 == " " || $0 == "\t" }) else {
                throw stop(.value, key, "a blank can't stand here")
            }
        }
        if verb.fstab, verb.state == .mounted, source.isEmpty {
            throw stop(.value, "mount.source", "a line in fstab needs the source")
        }
        let what =
            verb.state == .mounted ? "mount \(source.isEmpty ? path : "\(source) at \(path)")" : "unmount \(path)"
        return try program(
            TypedProgram(
                script: .mount,
                values: [
                    "MOUNT_PATH": path, "MOUNT_SOURCE": source, "MOUNT_TYPE": type, "MOUNT_OPTIONS": options,
                    "MOUNT_STATE": verb.state.rawValue, "MOUNT_FSTAB": verb.fstab ? "yes" : "no",
                ],
                summary: what + (verb.fstab ? ", and in fstab" : ""),
                undoSummary: verb.state == .mounted ? "unmount it, as before" : "mount it as before"))
    }
}
