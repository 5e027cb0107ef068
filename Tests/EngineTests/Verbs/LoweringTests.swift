import Engine
import Foundation
import Model
import Testing

@Suite("Lowering")
struct LoweringTests {
    static let text = Lowered.text

    @Test("what came from a node can't say what is touched")
    func tainted() {
        let context = Lowered.context(facts: ["x": "/etc/passwd"])
        let fact = Lowered.fact("x")
        let text = Lowered.text("x")
        let path = Lowered.text("/x")
        let steering: [(Verb, String)] = [
            (.file(FileVerb(path: fact, content: .absent)), "file.path"),
            (.file(FileVerb(path: path, content: .absent, owner: fact)), "file.owner"),
            (.file(FileVerb(path: path, content: .absent, group: fact)), "file.group"),
            (.edit(EditVerb(path: fact, change: .line(match: "", line: text))), "edit.path"),
            (.edit(EditVerb(path: path, change: .keyValue(key: fact, value: text, separator: "="))), "edit.key"),
            (.service(ServiceVerb(name: .same(fact), state: .started)), "service.name"),
            (.service(ServiceVerb(name: .byFamily(["debian": fact]), state: .started)), "service.name"),
            (.package(PackageVerb(names: [.same(fact)])), "package.name"),
            (.package(PackageVerb(names: [.same(text)], version: fact)), "package.version"),
            (.mount(MountVerb(path: fact)), "mount.path"),
            (.mount(MountVerb(path: path, source: fact)), "mount.source"),
            (.mount(MountVerb(path: path, options: fact)), "mount.options"),
            (.user(UserVerb(name: fact, locked: true)), "user.name"),
            (.user(UserVerb(name: text, key: fact)), "user.key"), (.collect(.file(path: fact)), "collect.file"),
        ]
        for (verb, key) in steering {
            let error = Lowered.error(of: verb, in: context)
            #expect(error?.code == .tainted, "\(key)")
            #expect(error?.key == key)
            #expect(error?.hint?.contains("pattern") == true)
        }
        let scheduled = Lowered.context(facts: ["x": "y"], roles: ["slurm-controller": NodeSet(names: ["head01"])])
        #expect(Lowered.error(of: .drain(DrainVerb(reason: fact)), in: scheduled)?.code == .tainted)
        #expect(Lowered.error(of: .drain(DrainVerb(reason: text, wait: fact)), in: scheduled)?.code == .tainted)
    }

    @Test("on its own node it may be content; elsewhere it may be nothing")
    func taintedContent() throws {
        let context = Lowered.context(facts: ["x": "$(id)\n"])
        let fact = Lowered.fact("x")
        let file = Verb.file(FileVerb(path: Lowered.text("/x"), content: .text(fact)))
        #expect(try Lowered.program(file, in: context).apply.input == Array("$(id)\n".utf8))
        #expect(Lowered.error(of: file, in: context, on: .controller)?.code == .tainted)
        let tainted = Lowered.context(parameters: ["x": .string("y")], tainted: ["x"])
        #expect(Lowered.error(of: .run(script: "true"), in: tainted) == nil)
        #expect(Lowered.error(of: .run(script: "true"), in: tainted, on: .role("head"))?.key == "parameter x")
    }

    @Test("values that a key can't take are refused, with the key and the mend")
    func values() {
        for path in ["relative", "", "/", "/a/../b", "/a//b", "/a/", "/a\nb", "/./a"] {
            let error = Lowered.error(of: .file(FileVerb(path: Lowered.text(path), content: .absent)))
            #expect(error?.key == "file.path", "\(path)")
        }
        for mode in ["rw", "", "08", "77777", "-1"] {
            let verb = FileVerb(path: Lowered.text("/x"), content: .absent, mode: mode)
            #expect(Lowered.error(of: .file(verb))?.key == "file.mode", "\(mode)")
        }
        for name in ["-y", "a b", "$(id)", "a;b", "", "../x", "a\n"] {
            #expect(
                Lowered.error(of: .service(ServiceVerb(name: .same(Lowered.text(name)), state: .started)))?.key
                    == "service.name")
            #expect(Lowered.error(of: .package(PackageVerb(names: [.same(Lowered.text(name))])))?.key == "package.name")
            let version = PackageVerb(names: [.same(Lowered.text("x"))], version: Lowered.text(name))
            #expect(Lowered.error(of: .package(version))?.key == "package.version", "\(name)")
        }
        #expect(Lowered.error(of: .package(PackageVerb(names: [.same(Lowered.text("x-"))])))?.key == "package.name")
        #expect(Lowered.error(of: .service(ServiceVerb(name: .same(Lowered.text("x")))))?.code == .value)
        let masked = ServiceVerb(name: .same(Lowered.text("x")), state: .started, masked: true)
        #expect(Lowered.error(of: .service(masked))?.key == "service.masked")
        #expect(
            Lowered.error(of: .mount(MountVerb(path: Lowered.text("/x"), source: Lowered.text("-o"))))?.key
                == "mount.source")
        #expect(Lowered.error(of: .mount(MountVerb(path: Lowered.text("/x"), fstab: true)))?.key == "mount.source")
        let large = Lowered.context(parameters: ["x": .string(String(repeating: "a", count: 200_000))])
        #expect(Lowered.error(of: .run(script: "true"), in: large)?.key == "x")
    }

    @Test("a secret's bytes are asked for nowhere but in the file that a script reads")
    func secrets() throws {
        let context = Lowered.context(parameters: ["pw": .secret(reference: "vault:x")])
        let secret = Lowered.parameter("pw")
        for verb: Verb in [
            .file(FileVerb(path: Lowered.text("/x"), content: .text(secret))),
            .setting(SettingVerb(get: "true", set: "true", value: secret)),
            .file(FileVerb(path: Lowered.text("/x"), content: .template(path: "t", text: "{{params.pw}}"))),
        ] {
            #expect(Lowered.error(of: verb, in: context)?.code == .secret)
        }
        #expect(try Lowered.program(.run(script: "true"), in: context).apply.secrets == ["pw": "vault:x"])
    }

    @Test("a step that needs one that has not run has no action yet")
    func notYet() throws {
        let stdout = Template.expression(.member(.index(.root("steps"), .literal(.string("x"))), "stdout"))
        var context = Lowered.context()
        context.evaluation.steps["x"] = StepRecord()
        let step = Lowered.step(.file(FileVerb(path: Lowered.text("/x"), content: .text(stdout))))
        #expect(try Lowered.action(of: step, in: context) == nil)
    }

    @Test(
        "a name is found by distribution, then by family",
        arguments: [
            ("debian", "12", "d"), ("ubuntu", "22.04", "d"), ("rocky", "9.3", "r9"), ("centos", "7", "r"),
            ("amzn", "2023", "a"), ("sles", "15.5", "s"),
        ])
    func family(distribution: String, version: String, wanted: String) throws {
        let names = ["debian": "d", "rhel9": "r9", "rhel": "r", "amzn2023": "a", "suse": "s"].mapValues(Lowered.text)
        let context = Lowered.context(distribution: distribution, version: version)
        let program = try Lowered.program(.package(PackageVerb(names: [.byFamily(names)])), in: context)
        #expect(program.apply.environment["PACKAGE_NAMES"] == wanted)
        let other = Lowered.context(distribution: "alpine", version: "3")
        #expect(Lowered.error(of: .package(PackageVerb(names: [.byFamily(names)])), in: other)?.code == .family)
    }

    @Test("a mustache template is rendered as text, once")
    func template() throws {
        let node = Node(name: "gpu01", labels: ["rack": "r1"], variables: ["gateway": .string("10.0.0.1")])
        let context = Lowered.context(
            parameters: [
                "hosts": .list([.string("a<b>&\"c\""), .string("{{params.evil}}")]), "on": .bool(true),
                "off": .bool(false),
                "port": .int(22), "none": .null,
            ], node: node, facts: ["kernel": "$(x) {{node.name}}"])
        func render(_ text: String) throws -> String {
            let program = try Lowered.program(
                .file(FileVerb(path: Lowered.text("/x"), content: .template(path: "x.mustache", text: text))),
                in: context)
            return String(decoding: program.apply.input ?? [], as: UTF8.self)
        }
        #expect(
            try render("{{#params.hosts}}\nhost {{.}}\n{{/params.hosts}}\nend")
                == "host a<b>&\"c\"\nhost {{params.evil}}\nend")
        #expect(
            try render("{{node.name}} {{node.labels.rack}} {{node.vars.gateway}} {{params.port}}\n")
                == "gpu01 r1 10.0.0.1 22\n")
        #expect(try render("{{node.facts.kernel}}") == "$(x) {{node.name}}")
        #expect(
            try render(
                "{{#params.on}}on{{/params.on}}{{#params.off}}off{{/params.off}}{{^params.none}}no{{/params.none}}")
                == "onno")
        #expect(try render("\n\nx\n") == "\n\nx\n")
        func problem(_ text: String) -> LoweringError? {
            Lowered.error(
                of: .file(FileVerb(path: Lowered.text("/x"), content: .template(path: "x.mustache", text: text))),
                in: context)
        }
        #expect(problem("{{node.vars.gatway}}")?.message.contains("node.vars.gatway") == true)
        #expect(problem("{{#node.vars.gatway}}{{node.vars.gatway}}{{/node.vars.gatway}}") == nil)
        #expect(problem("{{#params.on}}")?.code == .template)
    }

    @Test("a drain goes to the scheduler's own host, and to none where there is none")
    func drain() throws {
        let verb = Verb.drain(DrainVerb(reason: Lowered.text("driver"), wait: .literal(.duration(.seconds(7200)))))
        #expect(try Lowered.action(of: Lowered.step(verb)) == .skipped(reason: "no scheduler has this node"))
        let slurm = ["slurm-controller": NodeSet(names: ["head01"])]
        let kubernetes = ["kubernetes-control": NodeSet(names: ["cp01"])]
        let program = try Lowered.program(verb, in: Lowered.context(roles: slurm))
        #expect(program.location == .role("slurm-controller"))
        #expect(program.apply.environment["DRAIN_WAIT"] == "7200")
        #expect(
            try Lowered.program(verb, in: Lowered.context(roles: kubernetes)).location == .role("kubernetes-control"))
        let both = slurm.merging(kubernetes) { one, _ in one }
        #expect(Lowered.error(of: verb, in: Lowered.context(roles: both))?.hint?.contains("scheduler") == true)
        let named = Node(
            name: "gpu01",
            variables: ["scheduler": .string("kubernetes"), "kubernetes_node": .string("ip-10-0-0-1.ec2")])
        let own = try Lowered.program(verb, in: Lowered.context(node: named, roles: both))
        #expect(own.location == .role("kubernetes-control"))
        #expect(own.apply.environment["DRAIN_NODE"] == "ip-10-0-0-1.ec2")
        let alone = Node(name: "mon01", variables: ["scheduler": .string("none")])
        for roles in [slurm, both] {
            #expect(
                try Lowered.action(of: Lowered.step(verb), in: Lowered.context(node: alone, roles: roles))
                    == .skipped(reason: "no scheduler has this node"))
        }
    }

    @Test("a pasted command keeps what came from a node as one word")
    func advise() throws {
        let context = Lowered.context(facts: ["nodes": "gpu[01-03]; rm -rf '/'", "plain": "gpu01"])
        let command = Template.text([
            .text("runbook apply x --nodes "), .expression(.member(.member(.root("node"), "facts"), "nodes")),
            .text(" "),
            .expression(.member(.member(.root("node"), "facts"), "plain")),
        ])
        let step = Lowered.step(
            .advise(AdviseVerb(title: Lowered.text("t"), text: Lowered.text("x"), command: command)))
        guard case .advise(_, _, _, _, let told?, _)? = try Lowered.action(of: step, in: context) else {
            Issue.record("no command")
            return
        }
        #expect(told == #"runbook apply x --nodes 'gpu[01-03]; rm -rf '\''/'\''' gpu01"#)
        let whole = Lowered.step(
            .advise(AdviseVerb(title: Lowered.text("t"), text: Lowered.text("x"), command: Lowered.fact("nodes"))))
        #expect(throws: LoweringError.self) { try Lowered.action(of: whole, in: context) }
    }

    @Test("the other verbs become what carries them out")
    func others() throws {
        guard
            case .reboot(let reboot, .seconds(60))? = try Lowered.action(
                of: Lowered.step(.reboot(RebootVerb(timeout: .seconds(60)))))
        else {
            Issue.record("no reboot")
            return
        }
        #expect(reboot.grade == .irreversible)
        #expect(reboot.effect == .once)
        #expect(reboot.undo == nil)
        #expect(
            try Lowered.action(of: Lowered.step(.undrain(UndrainVerb(after: .always))))
                == .undrain(UndrainVerb(after: .always)))
        guard
            case .collect(let file)? = try Lowered.action(
                of: Lowered.step(.collect(.file(path: Lowered.text("/etc/hostname")))))
        else {
            Issue.record("no collect")
            return
        }
        let bench = try Workbench(.dash)
        defer { bench.remove() }
        #expect(try bench.run(file).output == Array(try Data(contentsOf: URL(fileURLWithPath: "/etc/hostname"))))
        #expect(
            Lowered.error(
                of: .service(ServiceVerb(name: .same(Lowered.text("x")), state: .started)),
                in: Lowered.context(hasSystemd: false))?.code == .unsupported)
        let included = Verb.runbook(IncludedRunbook(runbook: Lowered.runbook, parameters: [:]))
        #expect(Lowered.error(of: included)?.code == .composite)
    }
}
