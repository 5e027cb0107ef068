import CLibYAML
import Model

/// Reads one YAML document through libyaml's event parser, within limits. Tags, further documents, duplicate and
/// complex keys are refused: a runbook has no use for them, and a mistake is more likely.
struct YAMLParser {
    private let source: SourceText
    private let limits: YAMLLimits
    private let bag: DiagnosticBag
    private var events: YAMLEvents
    private var anchors: [String: Anchor] = [:]
    private var nodes = 0
    private var aliases = 0
    private var expanded = 0
    private var depth = 0

    private struct Anchor {
        /// Nil while the node is still being read.
        var node: YAMLNode?
        var size = 0
        var height = 0
    }

    /// A subtree and what it counts for.
    private struct Subtree {
        var node: YAMLNode
        var size: Int
        var height: Int
    }

    /// The document of `bytes`, or nil after its problems are in `bag`. `isKept` says that it was accepted before: it is
    /// not to be reviewed again.
    static func parse(
        _ bytes: [UInt8], path: String, limits: YAMLLimits = YAMLLimits(), isKept: Bool = false, bag: DiagnosticBag
    ) -> (node: YAMLNode, source: SourceText)? {
        guard bytes.count <= limits.fileBytes else {
            bag.error(
                at: SourcePosition(file: path, line: 1, column: 1),
                "the file is larger than \(ByteCount.text(limits.fileBytes))")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            bag.error(
                at: UTF8Fault.position(in: bytes, path: path), "the text is not valid UTF-8",
                hint: "save the file as UTF-8")
            return nil
        }
        let source = SourceText(path: path, text: text)
        if !isKept, let fault = ReadingOrder.fault(in: text, of: source) {
            bag.add(fault)
            return nil
        }
        var parser = YAMLParser(
            source: source, limits: limits, bag: bag, events: YAMLEvents(bytes))
        do throws(Diagnostic) {
            return (try parser.document(), source)
        } catch {
            bag.add(error)
            return nil
        }
    }

    private init(source: SourceText, limits: YAMLLimits, bag: DiagnosticBag, events: YAMLEvents) {
        self.source = source
        self.limits = limits
        self.bag = bag
        self.events = events
    }

    private func fault(_ mark: YAMLMark, _ message: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(.error, at: source.position(mark), message, hint: hint, sourceLine: source.line(mark))
    }

    private mutating func next() throws(Diagnostic) -> YAMLEvents.Event {
        do throws(YAMLEvents.Fault) {
            return try events.next()
        } catch {
            throw fault(error.mark, error.message, hint: error.hint)
        }
    }

    private mutating func document() throws(Diagnostic) -> YAMLNode {
        var event = try next()
        while event.kind == .streamStart || event.kind == .documentStart { event = try next() }
        guard event.kind != .streamEnd else {
            throw fault(YAMLMark(line: 0, column: 0), "the file is empty")
        }
        let root = try node(event).node
        event = try next()
        while event.kind == .documentEnd { event = try next() }
        guard event.kind == .streamEnd else {
            throw fault(event.mark, "a file holds one document only", hint: "put what follows into a file of its own")
        }
        return root
    }

    private mutating func node(_ event: YAMLEvents.Event) throws(Diagnostic) -> Subtree {
        nodes += 1
        if nodes > limits.nodes { throw fault(event.mark, "the file holds more than \(limits.nodes) values") }
        if event.hasTag {
            throw fault(event.mark, "tags are not used here", hint: "put text in quotes instead of tagging it")
        }
        if case .alias(let name) = event.kind { return try alias(name, event) }
        if let anchor = event.anchor { anchors[anchor] = Anchor() }
        let subtree: Subtree
        switch event.kind {
        case .scalar(let scalar):
            if scalar.text.utf8.count > limits.scalarBytes {
                throw fault(event.mark, "a text is larger than \(ByteCount.text(limits.scalarBytes))")
            }
            let node = YAMLNode(content: .scalar(scalar), mark: event.mark, end: event.end)
            subtree = Subtree(node: node, size: 1, height: 1)
        case .sequenceStart: subtree = try nested(event) { parser throws(Diagnostic) in try parser.sequence(event) }
        case .mappingStart: subtree = try nested(event) { parser throws(Diagnostic) in try parser.mapping(event) }
        default: throw fault(event.mark, "a value is missing")
        }
        if let anchor = event.anchor {
            anchors[anchor] = Anchor(node: subtree.node, size: subtree.size, height: subtree.height)
        }
        return subtree
    }

    private mutating func nested(
        _ event: YAMLEvents.Event, _ read: (inout YAMLParser) throws(Diagnostic) -> Subtree
    ) throws(Diagnostic) -> Subtree {
        depth += 1
        defer { depth -= 1 }
        if depth > limits.depth { throw fault(event.mark, "blocks are nested more than \(limits.depth) deep") }
        return try read(&self)
    }

    private mutating func alias(_ name: String, _ event: YAMLEvents.Event) throws(Diagnostic) -> Subtree {
        guard let anchor = anchors[name] else { throw fault(event.mark, "there is no anchor '&\(name)' before this") }
        guard var node = anchor.node else { throw fault(event.mark, "the alias '*\(name)' stands inside itself") }
        aliases += 1
        expanded += anchor.size
        if aliases > limits.aliases { throw fault(event.mark, "the file uses more than \(limits.aliases) aliases") }
        if expanded > limits.expandedNodes {
            throw fault(event.mark, "the file's aliases stand for more than \(limits.expandedNodes) values")
        }
        if depth + anchor.height > limits.depth {
            throw fault(event.mark, "blocks are nested more than \(limits.depth) deep")
        }
        node.mark = event.mark
        node.end = event.end
        return Subtree(node: node, size: anchor.size, height: anchor.height)
    }

    private mutating func sequence(_ start: YAMLEvents.Event) throws(Diagnostic) -> Subtree {
        var items: [YAMLNode] = []
        var size = 1
        var height = 0
        while true {
            let event = try next()
            if event.kind == .sequenceEnd {
                let node = YAMLNode(content: .sequence(items), mark: start.mark, end: event.end)
                return Subtree(node: node, size: size, height: height + 1)
            }
            let item = try node(event)
            items.append(item.node)
            size += item.size
            height = max(height, item.height)
        }
    }

    private mutating func mapping(_ start: YAMLEvents.Event) throws(Diagnostic) -> Subtree {
        var entries: [YAMLEntry] = []
        var places: [String: YAMLMark] = [:]
        var size = 1
        var height = 0
        while true {
            let event = try next()
            if event.kind == .mappingEnd {
                let node = YAMLNode(content: .mapping(entries), mark: start.mark, end: event.end)
                return Subtree(node: node, size: size, height: height + 1)
            }
            guard case .scalar(let key) = try node(event).node.content else {
                throw fault(event.mark, "a key must be plain text")
            }
            if key.text == "<<", key.isPlain {
                throw fault(event.mark, "YAML 1.2 has no merge keys", hint: "repeat the keys")
            }
            let value = try node(try next())
            size += 1 + value.size
            height = max(height, value.height)
            if let first = places[key.text] {
                bag.add(
                    fault(
                        event.mark, "the key '\(SafeText(key.text).singleLine)' is there twice",
                        hint: "the first is on line \(first.line + 1)"))
                continue
            }
            places[key.text] = event.mark
            entries.append(YAMLEntry(key: key.text, keyMark: event.mark, value: value.node))
        }
    }
}
