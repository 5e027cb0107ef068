/// A part of a result, for a program that reads it: its `type` and its own keys.
struct ResultObject {
    let keys: [String: Any]

    /// Something that was done, just now: it has its `time` too.
    init(_ type: String, _ keys: [String: Any] = [:]) {
        self.init(thing: type, keys.merging(["time": EventLine.now]) { $1 })
    }

    /// Something that there is.
    init(thing type: String, _ keys: [String: Any]) { self.keys = keys.merging(["type": type]) { $1 } }

    /// The same with the keys of `value`.
    init(thing type: String, of value: some Encodable) throws {
        self.init(thing: type, try JSONOutput.keys(of: value))
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

    /// A result of several things of one type.
    func result<Thing: Encodable>(things: [Thing], of type: String, as format: OutputFormat) throws {
        try result(things.map { try ResultObject(thing: type, of: $0) }, as: format)
    }
}
