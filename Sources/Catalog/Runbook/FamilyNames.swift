/// Packages and services that Debian's and Red Hat's families call differently.
enum FamilyNames {
    /// The families that all distributions belong to.
    static let all = ["debian", "rhel", "suse"]

    /// Which families call it so, and what it is called on Debian's and on Red Hat's; nil for a name that is not known to
    /// differ.
    static func differing(_ name: String, noun: String) -> (families: [String], debian: String, rhel: String)? {
        let known = noun == "service" ? services : packages
        if let pair = known.first(where: { $0.debian == name || $0.rhel == name && !$0.isCommon }) {
            let own = pair.debian == name ? "debian" : "rhel"
            return ([own] + (pair.suse == name ? ["suse"] : []), pair.debian, pair.rhel)
        }
        guard noun == "package", name.hasPrefix("lib") else { return nil }
        if let stem = name.before("-dev") { return (["debian"], name, stem + "-devel") }
        if let stem = name.before("-devel") { return (["rhel", "suse"], stem + "-dev", name) }
        return nil
    }

    private struct Pair {
        var debian: String
        var rhel: String
        var suse: String?
        /// Whether Debian knows Red Hat's name too.
        var isCommon: Bool

        init(_ debian: String, _ rhel: String, suse: String? = nil, isCommon: Bool = false) {
            self.debian = debian
            self.rhel = rhel
            self.suse = suse
            self.isCommon = isCommon
        }
    }

    private static let services = [
        Pair("ssh", "sshd", suse: "sshd"), Pair("apache2", "httpd", suse: "apache2"),
        Pair("cron", "crond", suse: "cron"), Pair("chrony", "chronyd", suse: "chronyd"),
        Pair("isc-dhcp-server", "dhcpd", suse: "dhcpd"), Pair("smbd", "smb", suse: "smb"),
        Pair("nmbd", "nmb", suse: "nmb"), Pair("nfs-kernel-server", "nfs-server", isCommon: true),
        Pair("redis-server", "redis", isCommon: true), Pair("bind9", "named", isCommon: true),
        Pair("open-iscsi", "iscsid", isCommon: true), Pair("multipath-tools", "multipathd", isCommon: true),
    ]

    private static let packages = [
        Pair("apache2", "httpd", suse: "apache2"), Pair("cron", "cronie", suse: "cronie"),
        Pair("nfs-common", "nfs-utils"), Pair("nfs-kernel-server", "nfs-utils", suse: "nfs-kernel-server"),
        Pair("openssh-client", "openssh-clients", suse: "openssh-clients"), Pair("bind9", "bind", suse: "bind"),
        Pair("dnsutils", "bind-utils", suse: "bind-utils"), Pair("iputils-ping", "iputils", suse: "iputils"),
        Pair("iproute2", "iproute", suse: "iproute2"), Pair("procps", "procps-ng", suse: "procps"),
        Pair("isc-dhcp-server", "dhcp-server", suse: "dhcp-server"), Pair("xz-utils", "xz", suse: "xz"),
        Pair("ldap-utils", "openldap-clients"), Pair("slapd", "openldap-servers"),
        Pair("smbclient", "samba-client", suse: "samba-client"), Pair("open-iscsi", "iscsi-initiator-utils"),
        Pair("multipath-tools", "device-mapper-multipath", suse: "multipath-tools"), Pair("redis-server", "redis"),
        Pair("lm-sensors", "lm_sensors"), Pair("ibverbs-utils", "libibverbs-utils", suse: "libibverbs-utils"),
        Pair("libpam-google-authenticator", "google-authenticator"), Pair("linux-headers-generic", "kernel-devel"),
        Pair("prometheus-node-exporter", "node-exporter"),
    ]
}

extension String {
    /// What stands before `suffix`; nil where the text does not end with it.
    func before(_ suffix: String) -> String? { hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil }
}
