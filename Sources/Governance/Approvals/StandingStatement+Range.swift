import Foundation
import Model

extension StandingStatement.Range {
    /// Reads `any`, `1..5` or values as `apply --param` takes them, and keeps those as plans show them. A secret, of which
    /// plans show a digest, and the absence of a value are given as plans show them.
    /// - Throws: `ValueError` for what is no value of `parameter`.
    package init(_ text: String, of parameter: Parameter) throws(ValueError) {
        if parameter.type == .secret || parameter.isOptional && text == Value.null.displayText {
            try self.init(text, of: .string)
        } else {
            try self.init(text, of: parameter.type, check: parameter.check)
        }
    }

    /// The same for a value of that type which `check` lets pass: `a,b` is one list, and two values of anything else.
    package init(
        _ text: String, of type: ValueType, check: (Value) throws(ValueError) -> Void = { _ in }
    ) throws(ValueError) {
        if text == "any" {
            any = true
            return
        }
        var typed = [text]
        if !type.isCollection {
            let ends = text.components(separatedBy: "..")
            if ends.count == 2, let low = Int(ends[0]), let high = Int(ends[1]) {
                (min, max) = (low, high)
                return
            }
            typed = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        var shown: [String] = []
        for text in typed {
            let value = try type.value(parsing: text)
            try check(value)
            shown.append(value.displayText)
        }
        values = shown
    }

    /// Whether it can be what `text` stands for, if its parameter has a type that fits. Who has no runbook at hand can't
    /// know the type.
    package func isReading(of text: String) -> Bool {
        Self.types.contains { (try? Self(text, of: $0)) == self }
    }

    /// One of all types whose values are shown alike, with lists and maps of them, and of those.
    private static let types: [ValueType] = {
        let plain: [ValueType] = [.string, .int, .float, .duration, .size, .percent]
        let nested = plain + plain.flatMap { [ValueType.list($0), ValueType.map($0)] }
        return nested + nested.flatMap { [ValueType.list($0), ValueType.map($0)] }
    }()
}

extension ValueType {
    fileprivate var isCollection: Bool {
        switch self {
        case .list, .map: true
        default: false
        }
    }
}
