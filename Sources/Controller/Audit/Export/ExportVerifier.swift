import Crypto
import Foundation
import Model

/// Checks an export, without a database.
package struct ExportVerifier: Sendable {
    private let folder: String
    private let signers: String?

    /// Where an export is wrong.
    package struct Fault: Error, Sendable, Hashable, Encodable {
        /// The file, by its path in the export.
        package var file: String
        /// The first record that is wrong or missing; nil where it can't be told.
        package var sequence: Int?
        package var message: String
    }

    /// What checking an export found.
    package struct Finding: Sendable, Encodable {
        package var database: String
        package var records: Int
        package var first: Int
        package var last: Int
        /// Whether none is left out between the first and the last.
        package var complete: Bool
        /// The fingerprint of the key that signed the manifest.
        package var key: String
        /// Whether the key was held against one that the caller brought, and not only the export's own.
        package var isKeyKnown: Bool
        package var fault: Fault?
    }

    /// `path` is the export's folder or its manifest; `signers` a file of allowed signers that the caller trusts.
    package init(path: String, signers: String?) {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        folder = isFolder.boolValue ? path : (path as NSString).deletingLastPathComponent
        self.signers = signers
    }

    private func read(_ name: String) throws -> Data {
        let place = folder.isEmpty ? name : "\(folder)/\(name)"
        guard let data = FileManager.default.contents(atPath: place) else {
            throw Fault(file: name, sequence: nil, message: "\(name) is missing or can't be read.")
        }
        return data
    }

    /// Checks everything and says where it is first wrong.
    /// - Throws: `RequestError` where there is no export.
    package func verify() async throws -> Finding {
        guard let bytes = try? read(ExportManifest.name) else {
            throw RequestError(.usage, "There is no export at \(folder.isEmpty ? "." : folder).")
        }
        guard let manifest = try? JSONDecoder().decode(ExportManifest.self, from: bytes), manifest.v == 1,
            manifest.type == "export"
        else {
            let fault = Fault(
                file: ExportManifest.name, sequence: nil, message: "The manifest was altered: it can't be read.")
            return Finding(
                database: "", records: 0, first: 0, last: 0, complete: false, key: "", isKeyKnown: false, fault: fault)
        }
        var finding = Finding(
            database: manifest.database, records: manifest.records.count, first: manifest.records.first,
            last: manifest.records.last, complete: manifest.records.complete, key: manifest.key,
            isKeyKnown: signers != nil, fault: nil)
        do {
            try await checkSignature(of: Array(bytes))
            try ExportContents(manifest: manifest, read: read).check()
            try checkStrangers(manifest)
        } catch let fault as Fault {
            finding.fault = fault
        }
        return finding
    }

    private func checkSignature(of manifest: [UInt8]) async throws {
        let signature = String(decoding: try read(ExportManifest.signatureName), as: UTF8.self)
        let own = (folder.isEmpty ? "." : folder) + "/" + ExportManifest.signersName
        let fault = try await SSHKeygen().fault(
            of: signature, over: manifest, signers: signers ?? own, principal: ControllerKey.principal,
            namespace: .export)
        if let fault {
            throw Fault(
                file: ExportManifest.name, sequence: nil,
                message: "The manifest is not signed by an allowed signer: \(fault).")
        }
    }

    /// A file that the manifest does not know was put in.
    private func checkStrangers(_ manifest: ExportManifest) throws {
        let known = Set(manifest.files.keys).union([
            ExportManifest.name, ExportManifest.signatureName, ExportManifest.signersName,
        ])
        let place = folder.isEmpty ? "." : folder
        for case let name as String in FileManager.default.enumerator(atPath: place) ?? .init() {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(place)/\(name)", isDirectory: &isFolder)
            if !isFolder.boolValue, !known.contains(name) {
                throw Fault(
                    file: name, sequence: nil,
                    message: "\(SafeText(name).singleLine) is not part of the export: it was put in.")
            }
        }
    }
}
