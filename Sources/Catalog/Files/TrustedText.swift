import Model

/// A file that decides something, read only where nobody else may write it.
package enum TrustedText {
    /// The file's text; nil where there is none.
    /// - Throws: `DiagnosticsError` for a file that can't be read or believed.
    package static func read(_ path: String, trust: FileTrust = FileTrust()) throws(DiagnosticsError) -> String? {
        guard CatalogFiles.realPath(path) != nil else { return nil }
        let place = SourcePosition(file: path, line: 1, column: 1)
        switch CatalogFiles.read(path, trust: trust) {
        case .failure(let fault):
            throw DiagnosticsError([Diagnostic(.error, at: place, fault.message, hint: fault.hint)])
        case .success(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw DiagnosticsError([Diagnostic(.error, at: place, "it is no UTF-8 text")])
            }
            return text
        }
    }
}
