/// One of the things that the service does again and again.
package protocol ServicePart: Sendable {
    /// For messages.
    var name: String { get }
    /// How long it rests between two steps.
    var interval: Duration { get }
    /// Does what is due now, and returns soon: what takes long goes on by itself. What it throws is told, and it is
    /// tried again after the interval.
    func step() async throws
}

/// A part that is one function, such as sending what has to be told or anchoring the audit chain.
package struct FunctionPart: ServicePart {
    package let name: String
    package let interval: Duration
    private let function: @Sendable () async throws -> Void

    package init(_ name: String, every interval: Duration, _ function: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.interval = interval
        self.function = function
    }

    package func step() async throws { try await function() }
}
