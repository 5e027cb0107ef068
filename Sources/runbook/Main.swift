import ArgumentParser
import Controller

@main
struct Runbook: AsyncParsableCommand {
    mutating func run() async throws {}
}
