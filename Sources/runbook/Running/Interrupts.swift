import Controller
import Dispatch
import Glibc

/// Ctrl-C and SIGTERM: the first asks the run to finish its steps, the second to end them. `resume` goes on.
struct Interrupts {
    private let sources: [any DispatchSourceSignal]

    /// Listens until `stop`.
    init(_ control: RunControl, notice: @escaping @Sendable (String) -> Void) {
        sources = [SIGINT, SIGTERM].map { signal in
            Glibc.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler {
                notice(
                    control.level == .go
                        ? "Stopping: steps in progress finish, nothing new is started. Once more to end them too."
                        : "Ending the steps in progress.")
                control.interrupt()
            }
            source.resume()
            return source
        }
    }

    /// Listens no longer.
    func stop() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}
