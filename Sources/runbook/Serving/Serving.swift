import ArgumentParser
import Controller
import Foundation
import Relay

/// Decides who carries a command out: this process, or the service that the settings name.
enum Serving {
    /// Lets the service carry `command` out where the settings say so, and ends the program then.
    /// - Throws: what the service says; in the service's own processes, for what it does not carry out for others.
    static func hand(over command: any ParsableCommand) throws {
        let environment = ProcessInfo.processInfo.environment
        if let peer = RelayPeer(environment: environment) {
            guard let command = command as? any ServedCommand else {
                throw RelayError(
                    "The service does not do this for \(peer.user).", hint: "Whoever keeps the service does it there.")
            }
            try refuse(command.ownPlaces + command.reserved)
            return
        }
        guard let command = command as? any ServedCommand, command.ownPlaces.isEmpty,
            let service = try command.global.settings.service
        else { return }
        try refuse(command.reserved)
        let client = RelayClient(path: service, environment: environment)
        throw ExitCode(try client.run(Array(CommandLine.arguments.dropFirst())))
    }

    /// The service that a command asks which works on this side too, because the caller's keys are here; nil where the
    /// settings name none.
    static func client(_ global: GlobalOptions) throws -> RelayClient? {
        let environment = ProcessInfo.processInfo.environment
        guard RelayPeer(environment: environment) == nil, global.ownPlaces.isEmpty,
            let service = try global.settings.service
        else { return nil }
        return RelayClient(path: service, environment: environment)
    }

    private static func refuse(_ options: [String]) throws {
        guard !options.isEmpty else { return }
        throw RelayError(
            "\(options.joined(separator: " and ")) \(options.count == 1 ? "is" : "are") for whoever keeps the service.",
            hint: "Leave it out; what is printed can be redirected: runbook … >FILE")
    }
}
