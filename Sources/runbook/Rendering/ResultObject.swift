/// What a command has done, for a program that reads it: `type`, `time` and the command's own keys.
struct ResultObject {
    let keys: [String: Any]

    /// It was done just now.
    init(_ type: String, _ keys: [String: Any] = [:]) {
        let common: [String: Any] = ["type": type, "time": EventLine.now]
        self.keys = keys.merging(common) { $1 }
    }
}

extension Terminal {
    /// A result that is one object: a document, or with `jsonl` a line.
    func result(_ object: ResultObject, as format: OutputFormat) throws {
        result(try JSONOutput(object.keys, pretty: format != .jsonl).text)
    }

    /// A result of several objects: one array, or with `jsonl` a line each.
    func result(_ objects: [ResultObject], as format: OutputFormat) throws {
        guard format == .jsonl else { return result(try JSONOutput(objects.map(\.keys), pretty: true).text) }
        for object in objects { try result(object, as: format) }
    }
}
