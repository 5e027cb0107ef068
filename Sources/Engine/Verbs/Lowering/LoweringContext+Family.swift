extension LoweringContext {
    /// The keys under which a name for this distribution may stand, the most special first: `rocky9`, `rocky`, `rhel`.
    var familyNames: [String] {
        let major = String(distributionVersion.prefix { $0 != "." })
        var names = major.isEmpty ? [] : [distribution + major]
        names.append(distribution)
        switch distribution {
        case "ubuntu", "raspbian", "linuxmint", "devuan", "kali", "pop": names.append("debian")
        case "centos", "rocky", "almalinux", "ol", "fedora", "amzn", "scientific", "redhat":
            names += ["rhel" + major, "rhel"]
        case "sles", "sled", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sle_hpc": names.append("suse")
        default: break
        }
        return names
    }
}
