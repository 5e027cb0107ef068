import NIOCore

/// A deadline came before the answer.
struct DeadlinePassed: Error {}

extension EventLoopFuture where Value: Sendable {
    /// The future's value, unless the deadline or the task's cancellation comes first. The work itself goes on then.
    func get(until deadline: ContinuousClock.Instant) async throws -> Value {
        // The first of the three completes the promise; NIO ignores the others.
        let promise = eventLoop.makePromise(of: Value.self)
        cascade(to: promise)
        let timer = eventLoop.scheduleTask(in: TimeAmount(ContinuousClock.now.duration(to: deadline))) {
            promise.fail(DeadlinePassed())
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }
}
