import Foundation
import Glibc
import Model
import Testing

@testable import Plugins

/// What a plugin's author is told, and what a plugin can't do to the program whatever it tries.
@Suite struct ConformanceTests {
    private static let secret = [
        "key": PluginManifest.Setting(
            type: .secret, isRequired: true, summary: "A key.", example: nil)
    ]

    private func broken(_ plugin: Plugin) async -> [String] {
        await PluginConformance(plugin).findings().filter { !$0.isGood }.map(\.rule)
    }

    private static let sample = "'send' with the manifest's examples has a proper answer, and no secret is shown"
    private static let unknown = "an unknown operation is refused"

    @Test func aPluginThatKeepsToTheProtocolPasses() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(
            "answer() if operation == 'send' else answer(error='not known')", settings: Self.secret)
        #expect(await broken(plugin) == [])
    }

    @Test(arguments: [
        ("answer()", [unknown]),
        ("answer() if operation == 'send' else answer(error='no'); print('{}')", [unknown, sample]),
        ("print('one', end='') if operation == 'send' else answer(error='no')", [sample]),
        ("answer() if operation == 'send' else sys.exit(3)", []),
        ("sys.stderr.write(json.dumps(settings) + '\\nlast\\n'); answer(error='no')", [unknown, sample]),
        ("answer(error='bad key ' + settings['key'])", [unknown, sample]),
    ])
    func whatBreaksARuleIsNamed(body: String, rules: [String]) async throws {
        let folder = try PluginFolder()
        #expect(await broken(try folder.plugin(body, settings: Self.secret)) == rules)
    }

    @Test func aCheckThatSaysNothingOfChangesIsNamed() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin("answer() if operation == 'check' else answer(error='no')", kind: .step)
        #expect(await broken(plugin).contains { $0.hasPrefix("'check'") })
    }

    @Test func noOpenFileIsInherited() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(
            "answer(files=sorted(os.listdir('/proc/self/fd'), key=int)[:4], here=os.getcwd())")
        let answer = try await plugin.ask(PluginRequest("send")) { _ in SecretBytes([]) }
        // The fourth is the listing's own.
        #expect(answer.members["files"] == .list(["0", "1", "2", "3"].map { .string($0) }))
        #expect(answer.text("here") == plugin.folder)
    }

    @Test func secretsComeOnStandardInputAndNowhereElse() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(
            """
            seen = open('/proc/self/cmdline').read() + open('/proc/self/environ').read()
            answer(length=len(settings['key']), elsewhere=settings['key'] in seen, echo='it is ' + settings['key'])
            """)
        let request = PluginRequest("send", ["settings": .value(.map(["key": .secret(reference: "env:KEY")]))])
        let answer = try await plugin.ask(request) { reference in
            #expect(reference == "env:KEY")
            return SecretBytes(Array("marked-secret".utf8))
        }
        #expect(answer.members["length"] == .int(13))
        #expect(answer.bool("elsewhere") == false)
        #expect(answer.text("echo") == "it is *************")
        let loud = try folder.plugin("sys.stderr.write('\\x1b[31m' + settings['key'] + '\\n'); sys.exit(7)")
        let error = await #expect(throws: PluginError.self) {
            try await loud.ask(request) { _ in SecretBytes(Array("marked-secret".utf8)) }
        }
        #expect(error?.kind == .failed("exit status 7: \\e[31m*************"))
    }

    @Test func whatItLeavesBehindIsKilledWithoutASandboxToo() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(
            "left = subprocess.Popen(['sleep', '600']); answer(left=left.pid)", sandbox: .none)
        let answer = try await plugin.ask(PluginRequest("send")) { _ in SecretBytes([]) }
        guard case .int(let left)? = answer.members["left"] else { throw PluginError("", .missing) }
        for _ in 0..<200 where isAlive(left) { try await Task.sleep(for: .milliseconds(25)) }
        #expect(!isAlive(left))
    }

    @Test func oneThatIgnoresItsTimeLimitIsKilledWithItsChildren() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(
            """
            import signal
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            left = subprocess.Popen(['sleep', '600'])
            open('left', 'w').write(str(left.pid))
            time.sleep(600)
            """, timeout: .milliseconds(1500), sandbox: .none)
        let error = await #expect(throws: PluginError.self) {
            try await plugin.ask(PluginRequest("send")) { _ in SecretBytes([]) }
        }
        #expect(error?.kind == .timedOut(.milliseconds(1500)))
        let left = try #require(Int(try String(contentsOfFile: plugin.folder + "/left", encoding: .utf8)))
        for _ in 0..<200 where isAlive(left) { try await Task.sleep(for: .milliseconds(25)) }
        #expect(!isAlive(left))
    }

    @Test(arguments: [
        ("pass", "nothing at all"), ("print('[]')", "no JSON object"), ("print('{} {}')", "exactly one"),
        ("print('{\"a\":1')", "exactly one"), ("print('NaN')", "exactly one"),
        ("sys.stdout.buffer.write(b'{\"a\":\"\\xff\"}')", "exactly one"),
    ])
    func anythingButOneObjectIsNoAnswer(body: String, part: String) async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(body)
        let error = await #expect(throws: PluginError.self) {
            try await plugin.ask(PluginRequest("send")) { _ in SecretBytes([]) }
        }
        guard case .badAnswer(let reason)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(part))
    }

    @Test func theDigestCoversEveryFileAndRefusesWhatOthersCanChange() throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin("answer()")
        let first = try plugin.digest()
        #expect(try plugin.digest() == first)
        try "x".write(toFile: plugin.folder + "/library.py", atomically: false, encoding: .utf8)
        #expect(try plugin.digest() != first)
        chmod(plugin.folder + "/library.py", 0o666)
        #expect(throws: PluginError.self) { try plugin.digest() }
        unlink(plugin.folder + "/library.py")
        #expect(try plugin.digest() == first)
        symlink("/etc/hostname", plugin.folder + "/link")
        #expect(throws: PluginError.self) { try plugin.digest() }
    }

    /// A zombie counts as gone: this machine's init may take its time.
    private func isAlive(_ process: Int) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return !text.contains(") Z ")
    }
}
