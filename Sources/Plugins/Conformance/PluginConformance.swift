import Foundation
import Model

/// The test that a plugin's author runs: whether a plugin keeps to the protocol.
///
/// It is asked with the examples of its manifest, and with a marked text for every secret.
package struct PluginConformance: Sendable {
    /// One thing that must hold.
    package struct Finding: Sendable, Hashable, Encodable {
        package var rule: String
        package var isGood: Bool
        /// Why it does not hold; or what was seen.
        package var text: String

        package init(_ rule: String, _ isGood: Bool, _ text: String = "") {
            self.rule = rule
            self.isGood = isGood
            self.text = text
        }
    }

    /// Stands for every secret.
    static let mark = "marked-secret-5b1d9c"
    /// How long a plugin may take to end after SIGTERM.
    static let patience = Duration.seconds(5)

    private let plugin: Plugin
    private let programs: @Sendable (String) -> Bool

    /// A test of `plugin`; `programs` says whether a program is installed.
    package init(_ plugin: Plugin, programs: @escaping @Sendable (String) -> Bool = Self.isInstalled) {
        self.plugin = plugin
        self.programs = programs
    }

    /// All findings, in the order in which a mend makes sense. Where it can't be run at all, the rest is left out.
    package func findings() async -> [Finding] {
        var findings = [safety()]
        guard findings[0].isGood else { return findings }
        let missing = plugin.manifest.requires.filter { !programs($0) }
        findings.append(
            Finding("what it requires is installed", missing.isEmpty, missing.joined(separator: ", ")))
        findings.append(await description())
        let secret = PluginRequest.Member.value(.map(["key": .string(Self.mark)]))
        let unknown = (try? bytes(PluginRequest("no-such-operation", ["settings": secret]))) ?? []
        findings.append(await refusal("an unknown operation is refused", unknown))
        findings.append(await refusal("what is not JSON is refused", Array("{\"protocol\":1,\"\(Self.mark)".utf8)))
        findings.append(await refusal("no input at all is refused", []))
        for operation in plugin.manifest.kind.operations where operation != "apply" && operation != "undo" {
            findings.append(await sample(operation))
        }
        findings.append(await termination())
        return findings
    }

    private func safety() -> Finding {
        let rule = "its files belong to you or root, and only they can write them"
        do {
            try PluginFile(plugin.path).check()
            return Finding(rule, true, "sha256 \(try plugin.digest())")
        } catch {
            return Finding(rule, false, error.description)
        }
    }

    private func description() async -> Finding {
        await asked("it describes itself as its manifest does", PluginRequest("describe")) { answer in
            guard answer.members["protocol"] == .int(PluginRequest.version) else {
                return "it does not answer \"protocol\": \(PluginRequest.version)"
            }
            let name = answer.text("name") ?? "nothing"
            let kind = answer.text("kind") ?? "nothing"
            guard name == plugin.manifest.name, kind == plugin.manifest.kind.rawValue else {
                return "it says that it is \(name) of kind \(kind)"
            }
            return nil
        }
    }

    /// One request as it could really come. It may be refused, but properly.
    private func sample(_ operation: String) async -> Finding {
        let rule = "'\(operation)' with the manifest's examples has a proper answer, and no secret is shown"
        do {
            let samples = PluginSamples(plugin.manifest)
            let request = samples.request(operation, try examples())
            return await asked(rule, request, mayRefuse: true) { samples.fault(of: $0, to: operation) }
        } catch {
            return Finding(rule, false, error.message)
        }
    }

    private func asked(
        _ rule: String, _ request: PluginRequest, mayRefuse: Bool = false, fault: (PluginAnswer) -> String?
    ) async -> Finding {
        do {
            let outcome = try await outcome(try bytes(request))
            // To give a secret is what a plugin of that kind is for.
            if plugin.manifest.kind != .secret || outcome.failure != nil, let leak = leak(outcome) {
                return Finding(rule, false, leak)
            }
            if let failure = outcome.failure { return Finding(rule, false, failure) }
            let answer = try PluginAnswer(outcome.output, of: plugin.path, hiding: [])
            let fault = fault(answer)
            return Finding(rule, fault == nil, fault ?? "")
        } catch let error as PluginError {
            if mayRefuse, case .refused(let reason, _) = error.kind { return Finding(rule, true, "refused: \(reason)") }
            return Finding(rule, false, error.description)
        } catch {
            return Finding(rule, false, "\(error)")
        }
    }

    /// Refused means: an exit status other than 0, or an answer with `error`.
    private func refusal(_ rule: String, _ input: [UInt8]) async -> Finding {
        do {
            let outcome = try await outcome(input)
            if let leak = leak(outcome) { return Finding(rule, false, leak) }
            if let failure = outcome.failure { return Finding(rule, true, failure) }
            _ = try PluginAnswer(outcome.output, of: plugin.path, hiding: [])
            return Finding(rule, false, "it answered as if all were well")
        } catch let error as PluginError {
            if case .refused(let reason, _) = error.kind { return Finding(rule, true, reason) }
            return Finding(rule, false, error.description)
        } catch {
            return Finding(rule, false, "\(error)")
        }
    }

    private func leak(_ outcome: PluginCall.Outcome) -> String? {
        for (bytes, place) in [(outcome.output, "answer"), (outcome.complaint, "standard error")]
        where String(decoding: bytes, as: UTF8.self).contains(Self.mark) {
            return "it repeats a secret in its \(place)"
        }
        return nil
    }

    private func examples() throws(ValueError) -> [String: Value] {
        var values: [String: Value] = [:]
        for (name, setting) in plugin.manifest.settings {
            if setting.type == .secret {
                values[name] = .secret(reference: Self.mark)
            } else if let example = setting.example {
                values[name] = example
            } else if setting.isRequired {
                throw ValueError("setting '\(name)' is required and has no example in the manifest")
            }
        }
        return try plugin.manifest.checked(values)
    }

    private func bytes(_ request: PluginRequest) throws -> [UInt8] {
        try request.bytes([Self.mark: SecretBytes(Array(Self.mark.utf8))])
    }

    /// Without hiding anything: what would be hidden is looked for.
    private func outcome(_ input: [UInt8]) async throws -> PluginCall.Outcome {
        try await plugin.call(hiding: []).outcome(input)
    }

    private func termination() async -> Finding {
        let rule = "it ends within \(Self.patience.components.seconds) s of SIGTERM while it waits for its input"
        do {
            return Finding(rule, try await plugin.call(hiding: []).endsOnTerminate(within: Self.patience))
        } catch {
            return Finding(rule, false, "\(error)")
        }
    }

    /// Whether `PATH` knows a program.
    @Sendable package static func isInstalled(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
            .contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}
