import Foundation

/// What the command line and the service say to each other over the socket: a length of four bytes, the highest first,
/// and a JSON object. The first message of the command line carries its three standard streams.
enum RelayMessage: Sendable, Hashable {
    /// The command line's arguments, without the program's name, and what of its environment concerns how results look.
    case command(arguments: [String], environment: [String: String])
    /// A signal that the command line got.
    case signal(Int32)
    /// How the command ended.
    case ended(status: Int32)
    /// Why it was not begun, and the exit status that this asks for.
    case refused(String, hint: String?, status: Int32)

    /// Longer messages are refused.
    static let limit = 1 << 20

    private struct Body: Codable {
        var version = 1
        var arguments: [String]?
        var environment: [String: String]?
        var signal: Int32?
        var status: Int32?
        var refused: String?
        var hint: String?
    }

    /// The message with its length.
    var bytes: [UInt8] {
        get throws {
            var body = Body()
            switch self {
            case .command(let arguments, let environment):
                body.arguments = arguments
                body.environment = environment
            case .signal(let number): body.signal = number
            case .ended(let status): body.status = status
            case .refused(let text, let hint, let status):
                body.refused = text
                body.hint = hint
                body.status = status
            }
            let json = try JSONEncoder().encode(body)
            guard json.count <= Self.limit else { throw RelayError("The command line is too long for the service.") }
            return withUnsafeBytes(of: UInt32(json.count).bigEndian) { Array($0) } + json
        }
    }

    /// A message without its length.
    /// - Throws: `RelayError` for what is none.
    init(_ bytes: [UInt8]) throws(RelayError) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(bytes)) else {
            throw RelayError("The other side of the socket does not speak this program's language.")
        }
        guard body.version == 1 else {
            throw RelayError(
                "The service and this program are of versions that do not understand each other.",
                hint: "Install the same version of runbook on both sides.")
        }
        if let arguments = body.arguments {
            self = .command(arguments: arguments, environment: body.environment ?? [:])
        } else if let number = body.signal {
            self = .signal(number)
        } else if let text = body.refused {
            self = .refused(text, hint: body.hint, status: body.status ?? 2)
        } else if let status = body.status {
            self = .ended(status: status)
        } else {
            throw RelayError("The other side of the socket said something without a meaning.")
        }
    }
}
