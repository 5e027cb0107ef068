import Model

extension StepLowering {
    /// A whole file, replaced by renaming.
    func file(_ verb: FileVerb) throws(Stop) -> StepProgram {
        let path = try path(verb.path, key: "file.path")
        var values = [
            "FILE_PATH": path, "FILE_SHA256": "", "FILE_OWNER": try account(verb.owner, key: "file.owner"),
            "FILE_GROUP": try account(verb.group, key: "file.group"), "FILE_MODE": try mode(verb.mode),
            "FILE_VALIDATE": verb.validate ?? "",
        ]
        let content = try content(verb.content)
        let summary: String
        switch verb.content {
        case .absent:
            values["FILE_CONTENT"] = "absent"
            summary = "remove \(path)"
        case .unchanged:
            values["FILE_CONTENT"] = "unchanged"
            summary = "set owner and mode of \(path)"
        case .text, .source, .template:
            values["FILE_CONTENT"] = "bytes"
            summary = "write \(path)"
        }
        if let content { values["FILE_SHA256"] = Digest.hex(of: content) }
        return try program(
            TypedProgram(
                script: .file, values: values, input: content, summary: summary,
                undoSummary: "put the former \(path) back"))
    }

    private func content(_ content: FileVerb.Content) throws(Stop) -> [UInt8]? {
        switch content {
        case .text(let template): return Array(try text(template, key: "file.content", .bytes).utf8)
        case .source(_, let bytes): return bytes
        case .template(let path, let text):
            let rendering = TemplateRendering(path: path, text: text, context: context.evaluation)
            switch rendering.render() {
            case .success(let text): return Array(text.utf8)
            case .failure(let problem): throw stop(problem.code, "file.template", problem.message, hint: problem.hint)
            }
        case .absent, .unchanged: return nil
        }
    }

    /// Octal digits as `stat` prints them: without leading zeros.
    private func mode(_ mode: String?) throws(Stop) -> String {
        guard let mode else { return "" }
        guard let bits = Int(mode, radix: 8), (0...0o7777).contains(bits), mode.utf8.count <= 5 else {
            throw stop(.value, "file.mode", "'\(mode)' is not a mode", hint: "write it as four octal digits: \"0644\"")
        }
        return String(bits, radix: 8)
    }
}
