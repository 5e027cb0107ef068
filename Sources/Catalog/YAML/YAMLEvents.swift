import CLibYAML
import Model

/// libyaml's events as Swift values. The only type that touches libyaml.
///
/// Owns the C parser, and the bytes that it reads, until it goes.
final class YAMLEvents {
    /// One event.
    struct Event {
        enum Kind: Equatable {
            case streamStart, streamEnd, documentStart, documentEnd
            case scalar(YAMLScalar)
            case alias(String)
            case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        }

        var kind: Kind
        var mark: YAMLMark
        var end: YAMLMark
        var anchor: String?
        var hasTag = false
    }

    /// What libyaml can't read.
    struct Fault: Error {
        var mark: YAMLMark
        var message: String
        var hint: String?
    }

    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let isReady: Bool

    init(_ bytes: [UInt8]) {
        input = .allocate(capacity: max(1, bytes.count))
        _ = input.initialize(from: bytes)
        isReady = yaml_parser_initialize(parser) == 1
        guard isReady else { return }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        if isReady { yaml_parser_delete(parser) }
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(Fault) -> Event {
        guard isReady else { throw Fault(mark: YAMLMark(line: 0, column: 0), message: "out of memory") }
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        defer { yaml_event_delete(&event) }
        return Self.convert(event)
    }

    private static func convert(_ event: yaml_event_t) -> Event {
        let mark = mark(event.start_mark)
        let end = self.mark(event.end_mark)
        func make(
            _ kind: Event.Kind, anchor: UnsafeMutablePointer<UInt8>? = nil, tag: UnsafeMutablePointer<UInt8>? = nil
        ) -> Event {
            Event(kind: kind, mark: mark, end: end, anchor: anchor.map(text), hasTag: tag != nil)
        }
        switch event.type {
        case YAML_STREAM_END_EVENT: return make(.streamEnd)
        case YAML_DOCUMENT_START_EVENT: return make(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return make(.documentEnd)
        case YAML_ALIAS_EVENT: return make(.alias(event.data.alias.anchor.map(text) ?? ""))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let value = YAMLScalar(text: String(decoding: bytes, as: UTF8.self), style: style(scalar.style))
            return make(.scalar(value), anchor: scalar.anchor, tag: scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return make(.sequenceStart, anchor: start.anchor, tag: start.tag)
        case YAML_SEQUENCE_END_EVENT: return make(.sequenceEnd)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return make(.mappingStart, anchor: start.anchor, tag: start.tag)
        case YAML_MAPPING_END_EVENT: return make(.mappingEnd)
        default: return make(.streamStart)
        }
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    private static func mark(_ mark: yaml_mark_t) -> YAMLMark { YAMLMark(line: mark.line, column: mark.column) }

    private static func text(_ pointer: UnsafeMutablePointer<UInt8>) -> String { String(cString: pointer) }

    private func fault() -> Fault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it can't be read"
        guard parser.pointee.error != YAML_READER_ERROR else {
            return Fault(mark: markOfByte(parser.pointee.problem_offset), message: problem, hint: nil)
        }
        var mark = Self.mark(parser.pointee.problem_mark)
        // What is left open is better shown where it was opened.
        let context = parser.pointee.context.map { String(cString: $0) } ?? ""
        if problem.contains("found unexpected end of stream") { mark = Self.mark(parser.pointee.context_mark) }
        return Fault(mark: mark, message: Self.sentence(problem, context), hint: Self.hint(problem))
    }

    private func markOfByte(_ offset: Int) -> YAMLMark {
        let before = String(decoding: input.prefix(offset), as: UTF8.self)
        let lines = before.split(omittingEmptySubsequences: false) { $0.isNewline }
        return YAMLMark(line: max(0, lines.count - 1), column: lines.last?.count ?? 0)
    }

    private static func sentence(_ problem: String, _ context: String) -> String {
        context.isEmpty ? problem : "\(problem) (\(context))"
    }

    private static func hint(_ problem: String) -> String? {
        switch problem {
        case "mapping values are not allowed in this context": "put text that holds ': ' in quotes"
        case "found character that cannot start any token":
            "indent with spaces, and put text that begins with @ or ` in quotes"
        case "could not find expected ':'":
            "a key and its value are joined by ': '; further lines of a text are indented"
        case "did not find expected key": "check the indentation, and that quotes and brackets are closed"
        default: nil
        }
    }
}
