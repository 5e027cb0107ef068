import ArgumentParser
import Controller

/// The stages of something that is signed on the other side of the service's socket.
enum ExchangeStage: String, ExpressibleByArgument { case matter, statement, decision }

/// What `approve` and `deny` ask the service for.
struct ApprovalsExchange: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange", abstract: "Give and take what is signed elsewhere, as JSON.", shouldDisplay: false)

    @OptionGroup var global: GlobalOptions
    @Argument var runName: String
    @Option var step: String?
    @Option var stage: ExchangeStage

    func run() async throws {
        let decisions = try await LocalDecisions(Workspace(global.settings), run: runName, step: step)
        switch stage {
        case .matter:
            try await decisions.requireToRead()
            try Exchange.write(try await decisions.matter())
        case .statement: try Exchange.write(try await decisions.proposal(try Exchange.read(DecisionRequest.self)))
        case .decision: try Exchange.write(try await decisions.give(try Exchange.read(SignedStatement.self)))
        }
        try await decisions.close()
    }
}

/// What `standing give` asks the service for.
struct StandingExchange: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange", abstract: "Give and take what is signed elsewhere, as JSON.", shouldDisplay: false)

    @OptionGroup var global: GlobalOptions
    @Option var stage: ExchangeStage

    func run() async throws {
        let desk = try await LocalStandings(Workspace(global.settings))
        switch stage {
        case .matter:
            let order = try Exchange.read(StandingRequest.self).order
            try await desk.requireToRead(order)
            try Exchange.write(try await desk.scope(order))
        case .statement: try Exchange.write(try await desk.proposal(try Exchange.read(StandingRequest.self)))
        case .decision: try Exchange.write(try await desk.give(try Exchange.read(SignedStatement.self)))
        }
        try await desk.close()
    }
}
