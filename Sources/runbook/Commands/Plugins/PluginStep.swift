import ArgumentParser
import Controller
import Dispatch
import Foundation
import Glibc

/// One action of a `plugin` step; only runs call it.
struct PluginStep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "What a step with `plugin` runs on the controller.", shouldDisplay: false)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let input = environment["RUNBOOK_ACTION"] == "undo" ? Array(FileHandle.standardInput.readDataToEndOfFile()) : []
        let call = Task { await PluginStepCall(environment: environment, input: input)() }
        // The plugin has a process group of its own: it is ended with the step.
        signal(SIGTERM, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler { call.cancel() }
        source.resume()
        defer { source.cancel() }
        let ending = await call.value
        FileHandle.standardOutput.write(Data(ending.output.utf8))
        FileHandle.standardError.write(Data(ending.complaint.utf8))
        throw ExitCode(ending.status)
    }
}
