import Model

extension StepLowering {
    /// Packages, in one transaction of whichever manager the node has.
    func package(_ verb: PackageVerb) throws(Stop) -> StepProgram {
        var names: [String] = []
        for name in verb.names {
            names.append(try self.name(try self.name(name, key: "package.name"), key: "package.name", extra: "+.:_-"))
        }
        // A last + or - would be an order to the package manager.
        guard !names.isEmpty, !names.contains(where: { $0.hasSuffix("-") }) else {
            throw stop(
                .value, "package.name", names.isEmpty ? "there is no name" : "a package's name doesn't end with -")
        }
        var version = ""
        if let template = verb.version {
            version = try name(
                try text(template, key: "package.version", .steering), key: "package.version", extra: "+.:~^_-")
            guard verb.state == .present else {
                throw stop(.value, "package.version", "a version goes only with state present")
            }
        }
        let all = names.joined(separator: ", ")
        let summary: String
        switch verb.state {
        case .present: summary = "install \(all)\(version.isEmpty ? "" : " \(version)")"
        case .latest: summary = "bring \(all) to the latest version"
        case .absent: summary = "remove \(all)"
        }
        return try program(
            TypedProgram(
                script: .package,
                values: [
                    "PACKAGE_NAMES": names.joined(separator: "\n"), "PACKAGE_STATE": verb.state.rawValue,
                    "PACKAGE_VERSION": version, "PACKAGE_DOWNGRADE": verb.allowDowngrade ? "yes" : "no",
                ],
                summary: summary, undoSummary: "put the former versions back"))
    }
}
