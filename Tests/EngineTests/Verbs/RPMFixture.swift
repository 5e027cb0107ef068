import Engine
import Foundation
import Glibc
import Testing

/// A system whose packages are rpm's: this machine's, in an overlay of its own, with Debian's dnf and zypper and without
/// apt-get. Making it takes a minute and fetches packages, so it is asked for by RUNBOOK_TEST_RPM=1, as ./test does.
final class RPMFixture: Sendable {
    static let isWanted = getuid() == 0 && ProcessInfo.processInfo.environment["RUNBOOK_TEST_RPM"] != nil

    private let folder: String

    init() throws {
        var template = Array("/var/tmp/runbook-rpm-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for name in ["upper", "work", "root"] { mkdir("\(folder)/\(name)", 0o755) }
        // It belongs to all tests of this process, and goes when that does.
        try Workbench.execute(
            "/bin/sh",
            [
                "-c",
                "setsid sh -c 'while kill -0 \(getpid()); do sleep 1; done; rm -rf -- \(folder)' >/dev/null 2>&1 &",
            ],
            environment: ["PATH": "/usr/bin:/bin"], input: [])
        let made = try sh(Self.setup)
        guard made.status == 0 else { throw LoweringTestError(text: made.text + made.errors) }
    }

    private static let setup = """
        set -e
        apt-get install -y -q dnf rpm zypper createrepo-c
        mkdir -p /srv/rpms /var/tmp/build /etc/yum.repos.d /etc/zypp/repos.d /var/lib/rpm
        echo '%_dbpath /var/lib/rpm' > /root/.rpmmacros
        make() {
            printf 'Name: %s\\nVersion: %s\\nRelease: 1\\n%s\\nSummary: lab\\nLicense: none\\nBuildArch: noarch\\n%s\\n%%description\\nlab\\n%%install\\nmkdir -p %%{buildroot}/usr/share/%s\\necho %s > %%{buildroot}/usr/share/%s/version\\n%%files\\n/usr/share/%s\\n' \
                "$1" "$2" "$3" "$4" "$1" "$2" "$1" "$1" > /var/tmp/build/x.spec
            rpmbuild -bb --define '_rpmdir /srv/rpms' --define '_topdir /var/tmp/build' /var/tmp/build/x.spec
        }
        make labdep 1.0 '' ''
        for version in 1.0 1.1 2.0; do make labtool $version '' 'Requires: labdep'; done
        make labepoch 1.5 'Epoch: 1' ''
        make labepoch 1.6 'Epoch: 2' ''
        make labrival 1.0 '' 'Conflicts: labtool'
        make labgone 1.0 '' 'Conflicts: labtool'
        make labbase 1.0 '' ''
        createrepo_c -q /srv/rpms
        rm /srv/rpms/noarch/labgone-*
        printf '[lab]\\nname=lab\\nbaseurl=file:///srv/rpms\\nenabled=1\\ngpgcheck=0\\n' | tee /etc/yum.repos.d/lab.repo > /etc/zypp/repos.d/lab.repo
        rm -rf /etc/zypp/systemCheck*
        mv /usr/bin/apt-get /usr/bin/apt-get.away
        dnf -q makecache
        dnf -q -y install labbase
        zypper -q --non-interactive refresh
        """

    /// Runs a shell command inside; every run enters the overlay anew.
    func sh(_ command: String, environment: [String: String] = [:], input: [UInt8] = []) throws -> Workbench.Result {
        // A work folder serves one mount only.
        try? FileManager.default.removeItem(atPath: folder + "/work/work")
        var environment = environment
        environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
        environment["HOME"] = "/root"
        return try Workbench.execute(
            "/usr/bin/unshare",
            [
                "--mount", "--propagation", "private", "/bin/sh", "-c",
                """
                cd "$1" && mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" root &&
                mount --rbind /dev root/dev && mount -t proc proc root/proc && mount -t tmpfs tmpfs root/run &&
                mount -t tmpfs tmpfs root/tmp && exec chroot root /bin/sh -c "$2"
                """, "sh", folder, command,
            ], environment: environment, input: input)
    }

    /// Runs one of a step's scripts there, with only `manager` to be found.
    func run(_ script: StepProgram.Script?, manager: String, input: [UInt8] = []) throws -> Workbench.Result {
        let script = try #require(script)
        let other = manager == "dnf" ? "zypper" : "dnf"
        var environment = script.environment
        environment["RUNBOOK_STATE"] = "/var/tmp/state"
        environment["SCRIPT"] = script.text
        return try sh(
            """
            mkdir -p /var/tmp/state; mv /usr/bin/\(other) /run/away
            sh -c "$SCRIPT"; code=$?
            mv /run/away /usr/bin/\(other); exit $code
            """, environment: environment, input: input)
    }
}
