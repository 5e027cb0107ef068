// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "runbook",
    products: [.executable(name: "runbook", targets: ["runbook"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C libraries: a module map and a shim with what Swift cannot express.
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The nouns, as values: node sets, inventory, runbook, plan, events, report. No I/O, no clock.
        .target(name: "Model", swiftSettings: settings),
        // Reads Runbooks/ and Inventory/: YAML with positions, validation, diagnostics, JSON Schema.
        .target(name: "Catalog", dependencies: ["Model", "CLibYAML", crypto], swiftSettings: settings),
        // Connections over libssh2: authentication, host keys, jump hosts, pacing, transfer.
        .target(
            name: "SSH",
            dependencies: ["CLibSSH2", nioCore, nioPosix, crypto, cryptoExtras],
            swiftSettings: settings
        ),
        // The supervisor that runs steps on a node, and its wire protocol.
        .target(
            name: "Supervisor",
            dependencies: ["Model", "CLinux", crypto],
            resources: [
                .embedInCode("Node/common.sh"), .embedInCode("Node/finisher.sh"), .embedInCode("Node/supervisor.sh"),
            ],
            swiftSettings: settings
        ),
        // Plans (pure) and carries plans out: waves, verbs, verify, rollback.
        .target(
            name: "Engine",
            dependencies: ["Model", crypto, mustache],
            // The verbs' scripts, as they run on a node.
            resources: [.embedInCode("Verbs/Scripts")],
            swiftSettings: settings
        ),
        // SQLite: runs, outputs, captured states, leases, hash-chained audit. The only target with SQL.
        .target(name: "Journal", dependencies: ["Model", grdb, crypto, "CZlib"], swiftSettings: settings),
        // Executables that extend the program: inventory sources, secret providers, action plugins.
        .target(name: "Plugins", dependencies: ["Model", subprocess, crypto], swiftSettings: settings),
        // Change control, decided: signatures, approvals, access, change windows, schedules. No I/O, no clock.
        .target(name: "Governance", dependencies: ["Model", crypto, cryptoExtras], swiftSettings: settings),
        // The command line over a Unix socket: the service runs the program once more in the name of who asked.
        .target(name: "Relay", dependencies: ["CLinux"], swiftSettings: settings),
        // The composition root: wires all of the above into runs.
        .target(
            name: "Controller",
            dependencies: [
                "Model", "Catalog", "SSH", "Supervisor", "Engine", "Journal", "Plugins", "Governance", "Relay", crypto,
                nioCore, subprocess,
            ],
            swiftSettings: settings
        ),
        // Tests of runbooks: throwaway nodes, faults, and what must hold of each.
        .target(
            name: "Rehearsal",
            dependencies: ["Model", "Catalog", "Controller", subprocess],
            resources: [.embedInCode("Scripts")],
            swiftSettings: settings
        ),
        // The command line: commands, terminal rendering, exit codes.
        .executableTarget(
            name: "runbook",
            dependencies: ["Model", "Governance", "Controller", "Rehearsal", "Relay", argumentParser],
            swiftSettings: settings
        ),

        // Real sshd fixtures, lab nodes, temporary folders, manual clocks, fake sessions.
        .target(
            name: "TestSupport", dependencies: ["Model", "Engine", "SSH", "CLinux", crypto], swiftSettings: settings),
        .testTarget(
            name: "ModelTests",
            dependencies: ["Model"],
            exclude: ["NodeSet/Golden", "NodeSet/clustershell-golden.py"],
            swiftSettings: settings
        ),
        // What the command line shows, as lines.
        .testTarget(
            name: "RenderingTests", dependencies: ["Model", "runbook", argumentParser], swiftSettings: settings),
        .testTarget(name: "CatalogTests", dependencies: ["Catalog"], exclude: ["Corpus"], swiftSettings: settings),
        .testTarget(name: "SSHTests", dependencies: ["SSH", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "SupervisorTests", dependencies: ["Supervisor", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "TestSupport"], swiftSettings: settings),
        // Writes to a journal until it is killed, for the tests.
        .executableTarget(
            name: "journal-writer",
            dependencies: ["Model", "Journal"],
            path: "Tests/JournalWriter",
            swiftSettings: settings
        ),
        .testTarget(
            name: "JournalTests",
            dependencies: ["Journal", "TestSupport", "journal-writer", grdb],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GovernanceTests", dependencies: ["Model", "Governance", "SSH", "TestSupport", crypto],
            swiftSettings: settings),
        .testTarget(name: "RelayTests", dependencies: ["Relay"], swiftSettings: settings),
        .testTarget(
            name: "PluginsTests", dependencies: ["Model", "Plugins", "TestSupport"], exclude: ["StandIns"],
            swiftSettings: settings),
        .testTarget(
            name: "ControllerTests",
            dependencies: ["Model", "Engine", "Journal", "Plugins", "Controller", "Relay", "TestSupport", "runbook"],
            exclude: ["StandIns"], swiftSettings: settings),
        .testTarget(
            name: "RehearsalTests",
            dependencies: ["Model", "Catalog", "Controller", "Rehearsal", "TestSupport", "runbook"],
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests", dependencies: ["runbook"], exclude: ["Change"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
