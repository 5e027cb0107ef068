import Model

extension StepLowering {
    /// One setting inside a file; every other byte stays.
    func edit(_ verb: EditVerb) throws(Stop) -> StepProgram {
        let path = try path(verb.path, key: "edit.path")
        var values = [
            "EDIT_PATH": path, "EDIT_ABSENT": verb.isAbsent ? "yes" : "no", "FILE_VALIDATE": verb.validate ?? "",
            "EDIT_KEY": "", "EDIT_VALUE": "", "EDIT_SEPARATOR": "", "EDIT_MATCH": "", "EDIT_LINE": "", "EDIT_TEXT": "",
            "EDIT_BEGIN": "", "EDIT_END": "",
        ]
        let what: String
        switch verb.change {
        case .keyValue(let key, let value, let separator):
            values["EDIT_CHANGE"] = "key_value"
            let key = try text(key, key: "edit.key", .steering)
            guard !key.isEmpty, key.first != " ", key.first != "\t", key.first != "#", key.first != ";" else {
                throw stop(.value, "edit.key", "'\(key)' is not a key")
            }
            guard !separator.isEmpty, !separator.contains(where: \.isNewline) else {
                throw stop(.value, "edit.separator", "the separator is empty or holds a newline")
            }
            values["EDIT_KEY"] = key
            values["EDIT_VALUE"] = verb.isAbsent ? "" : try text(value, key: "edit.value", .line)
            values["EDIT_SEPARATOR"] = separator
            what = verb.isAbsent ? "\(key) taken out" : "\(key)\(separator)\(values["EDIT_VALUE"] ?? "")"
        case .line(let match, let line):
            values["EDIT_CHANGE"] = "line"
            guard !match.contains(where: \.isNewline) else {
                throw stop(.value, "edit.match", "a newline can't stand here")
            }
            values["EDIT_MATCH"] = match
            values["EDIT_LINE"] = try text(line, key: "edit.line", .line)
            what = verb.isAbsent ? "lines taken out" : "the line \(values["EDIT_LINE"] ?? "")"
        case .block(let text, let marker):
            values["EDIT_CHANGE"] = "block"
            var block = try self.text(text, key: "edit.block", .bytes)
            while block.hasSuffix("\n") { block.removeLast() }
            guard !block.unicodeScalars.contains("\r") else {
                throw stop(.value, "edit.block", "a carriage return can't stand here")
            }
            let markers = try markers(marker)
            guard !block.split(separator: "\n").contains(where: { $0 == markers.begin || $0 == markers.end }) else {
                throw stop(.value, "edit.block", "a line of the block is one of its own marker lines")
            }
            values["EDIT_TEXT"] = block
            values["EDIT_BEGIN"] = markers.begin
            values["EDIT_END"] = markers.end
            what = verb.isAbsent ? "the block \(marker) taken out" : "the block \(marker)"
        }
        return try program(
            TypedProgram(
                script: .edit, values: values, summary: "edit \(path): \(what)",
                undoSummary: "put the former \(path) back"))
    }

    /// `# BEGIN marker` and `# END marker`; where the marker holds `{mark}`, it is the whole line.
    private func markers(_ marker: String) throws(Stop) -> (begin: String, end: String) {
        guard !marker.isEmpty, !marker.contains(where: \.isNewline) else {
            throw stop(.value, "edit.marker", "the marker is empty or holds a newline")
        }
        guard let place = marker.firstRange(of: "{mark}") else { return ("# BEGIN \(marker)", "# END \(marker)") }
        return (marker.replacingCharacters(in: place, by: "BEGIN"), marker.replacingCharacters(in: place, by: "END"))
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, by text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
