import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Plugins

/// Secrets from command-line tools: the real pass, and stand-ins for those that need a server.
@Suite(.serialized) struct SecretToolTests {
    private static let standIns =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/StandIns"

    /// Runs `body` with a folder and with variables of this process, which the tools inherit.
    private func with(
        _ variables: [String: String], _ body: (_ folder: PluginFolder, SecretResolver) async throws -> Void
    ) async throws {
        let folder = try PluginFolder()
        var variables = variables.mapValues { $0.replacing("FOLDER", with: folder.path) }
        variables["PATH"] = Self.standIns + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
        let former = variables.mapValues { _ in "" }.merging(
            ProcessInfo.processInfo.environment.filter { variables[$0.key] != nil }
        ) { $1 }
        for (name, value) in variables { setenv(name, value, 1) }
        defer {
            for (name, value) in former {
                if value.isEmpty { unsetenv(name) } else { setenv(name, value, 1) }
            }
        }
        try await body(folder, SecretResolver(environment: [:]))
    }

    private func shell(_ script: String) throws {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)")
    }

    private func text(_ resolver: SecretResolver, _ reference: String) async throws -> String {
        String(decoding: try await resolver.resolve(reference).exposed, as: UTF8.self)
    }

    private func error(_ resolver: SecretResolver, _ reference: String) async -> SecretError.Kind? {
        let error = await #expect(throws: SecretError.self) { try await resolver.resolve(reference) }
        #expect(error?.description.contains("marked") == false)
        return error?.kind
    }

    @Test func theRealPassGivesItsEntries() async throws {
        try await with(["GNUPGHOME": "FOLDER/gnupg", "PASSWORD_STORE_DIR": "FOLDER/store"]) { folder, resolver in
            try shell(
                """
                mkdir -m 700 '\(folder.path)/gnupg'
                gpg --batch --pinentry-mode loopback --passphrase '' --quick-gen-key test@example.org default default never
                pass init test@example.org
                printf 'marked one\\n' | pass insert -e -m gpu/admin || printf 'marked one\\n' | pass insert -m gpu/admin
                """)
            #expect(try await text(resolver, "pass:gpu/admin") == "marked one")
            #expect(await error(resolver, "pass:gpu/none") == .toolFailed("pass", status: "exited(1)"))
            // What looks like an option is an entry.
            #expect(await error(resolver, "pass:--help") == .toolFailed("pass", status: "exited(1)"))
            try shell("gpgconf --homedir '\(folder.path)/gnupg' --kill all")
        }
    }

    @Test func vaultGivesAFieldOfAPath() async throws {
        try await with(["STAND_IN_VAULT": "FOLDER/vault", "VAULT_TOKEN": "t"]) { folder, resolver in
            try shell(
                "mkdir -p '\(folder.path)/vault/kv/gpu'; printf 'marked two' >'\(folder.path)/vault/kv/gpu/admin'")
            #expect(try await text(resolver, "vault:kv/gpu#admin") == "marked two")
            #expect(await error(resolver, "vault:kv/gpu#other") == .toolFailed("vault", status: "exited(1)"))
            #expect(await error(resolver, "vault:kv/none#admin") == .toolFailed("vault", status: "exited(2)"))
            unsetenv("VAULT_TOKEN")
            #expect(await error(resolver, "vault:kv/gpu#admin") == .toolFailed("vault", status: "exited(2)"))
        }
    }

    @Test func awsGivesASecretOrOneOfItsKeys() async throws {
        try await with(["STAND_IN_AWS": "FOLDER"]) { folder, resolver in
            try shell(
                """
                printf '{"username":"admin","password":"marked three","port":5432}' >'\(folder.path)/db'
                printf 'marked four' >'\(folder.path)/plain'; : >'\(folder.path)/bytes'
                """)
            #expect(try await text(resolver, "aws:db#password") == "marked three")
            #expect(try await text(resolver, "aws:plain") == "marked four")
            #expect(await error(resolver, "aws:db#port") == .missing)
            #expect(await error(resolver, "aws:plain#key") == .missing)
            #expect(await error(resolver, "aws:bytes") == .missing)
            #expect(await error(resolver, "aws:none") == .toolFailed("aws", status: "exited(254)"))
        }
    }

    @Test func aToolThatHangsIsEnded() async throws {
        var tool = SecretTool("sleep", ["600"])
        tool.timeout = .milliseconds(300)
        let error = await #expect(throws: SecretError.self) { try await tool.output(for: "pass:x") }
        #expect(error?.kind == .toolFailed("sleep", status: "no answer in 0 s"))
    }

    @Test func aPluginGivesSecrets() async throws {
        let folder = try PluginFolder()
        let plugin = try folder.plugin(
            """
            if request['reference'] == 'kv/gpu': answer(secret='marked five')
            else: answer(error='marked: no such entry')
            """, kind: .secret)
        let resolver = SecretResolver(environment: [:]) { $0 == "safe" ? plugin : nil }
        #expect(try await text(resolver, "plugin:safe/kv/gpu") == "marked five")
        #expect(await error(resolver, "plugin:safe/none") == .toolFailed("safe", status: "it refused"))
        #expect(await error(resolver, "plugin:other/x") == .pluginMissing("other"))
        #expect(await error(resolver, "plugin:safe") == .malformed)
    }
}
