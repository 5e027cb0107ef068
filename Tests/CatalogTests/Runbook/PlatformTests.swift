import Testing

@testable import Catalog

/// Names of packages and services that hold on one family of distributions only.
@Suite struct PlatformTests {
    private func headlines(_ verb: String, platforms: String?) throws -> [String] {
        let lines = [
            "schema_version: 1", "name: x", "version: 1", "title: A test", "targets: \"@gpu\"",
            platforms.map { "platforms: [\($0)]" } ?? "tags: []", "detect:",
            "  - {name: p, probe: \"true\", healthy: {exit: 0}}", "steps:", "  - {name: a, \(verb)}",
            "verify: [detect]",
        ]
        return try Lint.headlines(lines.joined(separator: "\n") + "\n")
    }

    @Test(arguments: [
        (
            "service: {name: ssh, state: restarted}", "debian, rhel9", "service 'ssh' is called so on debian only",
            "{debian: ssh, rhel: sshd}"
        ),
        (
            "service: {name: crond, state: restarted}", "debian, amzn2023", "service 'crond' is called so on rhel only",
            "{debian: cron, rhel: crond}"
        ),
        (
            "service: {name: apache2, state: restarted}", "ubuntu, rocky9",
            "service 'apache2' is called so on debian and suse only", "{debian: apache2, rhel: httpd}"
        ),
        (
            "package: {name: nfs-common}", "debian, rhel9", "package 'nfs-common' is called so on debian only",
            "{debian: nfs-common, rhel: nfs-utils}"
        ),
        (
            "package: {names: [curl, httpd]}", "debian, rhel9", "package 'httpd' is called so on rhel only",
            "{debian: apache2, rhel: httpd}"
        ),
        (
            "package: {name: libfoo-dev}", "debian, rhel9", "package 'libfoo-dev' is called so on debian only",
            "{debian: libfoo-dev, rhel: libfoo-devel}"
        ),
    ])
    func aNameOfOneFamilyForSeveralIsAnError(verb: String, platforms: String, message: String, names: String) throws {
        let expected = "error: the \(message) (name it by family: \(names))"
        let found = try headlines(verb, platforms: platforms)
        #expect(found.count == 1 && found[0].hasSuffix(expected), "\(found)")
        #expect(try headlines(verb, platforms: nil).contains { $0.hasSuffix(expected) })
    }

    @Test func aNameByFamilyThatLeavesOneOutIsAnError() throws {
        #expect(
            try headlines("service: {name: {debian: ssh}, state: restarted}", platforms: nil) == [
                "x.yaml:10:31: error: the service has a name for debian only (add 'platforms', or a name for each family)"
            ])
        #expect(
            try headlines("package: {name: {debian: a}}", platforms: "debian, rhel9") == [
                "x.yaml:10:31: error: the package has no name for rhel9 (add one, or take it out of 'platforms')"
            ])
    }

    @Test func whatIsRightIsNoError() throws {
        for (verb, platforms) in [
            ("service: {name: ssh, state: restarted}", "debian, ubuntu"),
            ("service: {name: sshd, state: restarted}", "rhel9, amzn2023"),
            ("service: {name: apache2, state: restarted}", "debian, sles15"),
            ("service: {name: {debian: ssh, rhel: sshd}, state: restarted}", "debian, rhel9"),
            ("service: {name: slurmd, state: restarted}", "debian, rhel9"),
            ("package: {name: chrony}", "debian, rhel9"),
        ] { #expect(try headlines(verb, platforms: platforms) == []) }
        #expect(
            try headlines("service: {name: {debian: ssh, rhel: sshd}, state: restarted}", platforms: nil) == [])
    }
}
