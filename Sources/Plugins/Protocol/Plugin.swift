import Model

/// A plugin with a manifest: a folder that holds `plugin.yaml`, an executable, and what that needs.
package struct Plugin: Sendable {
    /// Where it lies.
    package let folder: String
    package let manifest: PluginManifest
    /// What it sees of this machine.
    package let sandbox: PluginSandbox

    /// The plugin in `folder`, whose manifest was read.
    package init(folder: String, manifest: PluginManifest, sandbox: PluginSandbox) {
        self.folder = folder
        self.manifest = manifest
        self.sandbox = sandbox
    }

    /// The executable's path.
    package var path: String { folder + "/" + manifest.executable }

    /// The most that an answer may have, in bytes. Inventories are large.
    var answerLimit: Int { manifest.kind == .inventory ? 64 << 20 : 20 << 20 }

    /// Asks `request`; `secret` gives each secret that it refers to.
    /// - Throws: `PluginError`, or what `secret` throws.
    package func ask(
        _ request: PluginRequest, secret: (String) async throws -> SecretBytes
    ) async throws -> PluginAnswer {
        let (bytes, secrets) = try await rawAnswer(request, secret: secret)
        return try PluginAnswer(bytes, of: path, hiding: secrets)
    }

    /// The answer as it was printed, and the secrets of the request.
    func rawAnswer(
        _ request: PluginRequest, secret: (String) async throws -> SecretBytes
    ) async throws -> (bytes: [UInt8], secrets: [SecretBytes]) {
        var secrets: [String: SecretBytes] = [:]
        for reference in request.secretReferences { secrets[reference] = try await secret(reference) }
        let hidden = Array(secrets.values)
        return (try await call(hiding: hidden)(try request.bytes(secrets)), hidden)
    }

    /// A call by the manifest's terms.
    func call(hiding secrets: [SecretBytes]) -> PluginCall {
        var call = PluginCall(path: path, timeout: manifest.timeout)
        call.environment = manifest.environment
        call.outputLimit = answerLimit
        call.folder = folder
        call.secrets = secrets
        call.sandbox = sandbox
        return call
    }
}
