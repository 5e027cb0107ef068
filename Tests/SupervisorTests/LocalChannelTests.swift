import Glibc
import Testing

@testable import Supervisor

/// Shells on this machine.
@Suite struct LocalChannelTests {
    @Test func whatTheProgramForgotToCloseIsNotOpenInAShell() async throws {
        let forgotten = fcntl(open("/dev/null", O_RDONLY), F_DUPFD, 100)
        try #require(forgotten >= 100)
        defer { close(forgotten) }
        let channel = try await LocalChannelOpener(environment: ["PATH": "/usr/bin:/bin"]).openChannel(
            command: "for number in 0 \(forgotten); do [ ! -e /proc/$$/fd/$number ] || echo $number; done")
        var printed: [UInt8] = []
        while true {
            switch try await channel.receive() {
            case .standardOutput(let bytes): printed += bytes
            case .standardError: continue
            case .closed:
                #expect(String(decoding: printed, as: UTF8.self) == "0\n")
                return
            }
        }
    }
}
