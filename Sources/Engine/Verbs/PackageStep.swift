import Model

extension StepLowering {
    /// Packages, in one transaction of whichever manager the node has.
    func package(_ verb: PackageVerb) throws(Stop) -> StepProgram {
        let names = try packages(verb.names, key: "package.name")
        // What the site's own names ask for is not taken away.
        let formers = try packages(verb.insteadOf, key: "package.instead_of").filter { !names.contains($0) }
        guard !names.isEmpty else { throw stop(.value, "package.name", "there is no name") }
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
        let exchange = formers.isEmpty ? "" : " instead of \(formers.joined(separator: ", "))"
        return try program(
            TypedProgram(
                script: .package,
                values: [
                    "PACKAGE_NAMES": names.joined(separator: "\n"),
                    "PACKAGE_INSTEAD_OF": formers.joined(separator: "\n"), "PACKAGE_STATE": verb.state.rawValue,
                    "PACKAGE_VERSION": version, "PACKAGE_DOWNGRADE": verb.allowDowngrade ? "yes" : "no",
                ],
                summary: summary + exchange, undoSummary: "put the former versions back"))
    }

    /// Two names that a distribution tells apart may be one on another: each is there once.
    private func packages(_ choices: [FamilyName], key: String) throws(Stop) -> [String] {
        var names: [String] = []
        for choice in choices {
            let name = try self.name(try self.name(choice, key: key), key: key, extra: "+.:_-")
            // A last + or - would be an order to the package manager.
            guard !name.hasSuffix("-") else { throw stop(.value, key, "a package's name doesn't end with -") }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}
