import Plugins

/// The system's log, or a log server, by logger(1). What stands there can't be read back from here.
struct SyslogAnchor: AnchorPlace {
    let name: String
    private let words: [String]

    /// `address` is `HOST:PORT` of a log server that takes TCP; empty for this machine's log.
    init(name: String, address: String) throws {
        self.name = name
        guard !address.isEmpty else {
            words = []
            return
        }
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]),
            colon != address.startIndex
        else {
            throw SettingsError("'\(name)' is no place for anchors.", hint: "Write syslog:HOST:PORT.")
        }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        words = ["--server", host, "--port", String(port), "--tcp", "--rfc5424", "--octet-count"]
    }

    func append(_ line: String) async throws {
        let answer = try await StockTool("logger")(
            words + ["--tag", "runbook-anchor", "--priority", "authpriv.notice", "--size", "4096"],
            input: Array("\(line)\n".utf8))
        guard answer.isGood else {
            let last = answer.complaint.split(separator: "\n").last.map(String.init)
            throw AnchorError(name, last ?? "logger failed")
        }
    }

    func lines() async throws -> [String]? { nil }

    var isIndependent: Bool { !words.isEmpty }
}
