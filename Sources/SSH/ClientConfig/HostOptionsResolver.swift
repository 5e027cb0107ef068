/// Gathers the settings that match one host. Pure.
struct HostOptionsResolver {
    private let host: String
    private let owner: SSHClientConfig.Owner
    private(set) var options = SSHHostOptions()
    private(set) var warnings: [SSHConfigWarning] = []
    /// `IdentityFile none` ends the list.
    private var hasNoIdentities = false

    init(host: String, owner: SSHClientConfig.Owner) {
        self.host = host
        self.owner = owner
    }

    mutating func apply(_ setting: ConfigReader.Setting) {
        guard let value = setting.line.arguments.first else {
            return warn(setting, "\(setting.line.keyword) lacks its value")
        }
        switch setting.line.keyword {
        case "hostname": set(\.hostName, expand(value, ["h": host]))
        case "user": set(\.user, value)
        case "hostkeyalias": set(\.hostKeyAlias, value)
        case "port": set(\.port, UInt16(value).flatMap { $0 > 0 ? $0 : nil }, setting)
        case "identitiesonly": set(\.identitiesOnly, Self.flag(value), setting)
        case "connecttimeout": set(\.connectTimeout, Self.duration(value), setting)
        case "stricthostkeychecking":
            if ["no", "off", "false"].contains(value.lowercased()) {
                warn(setting, "host keys are checked all the same; only the command line can switch that off")
            }
            set(\.hostKeyPolicy, Self.policy(value), setting)
        case "proxyjump": set(\.proxyJump, Self.jump(value), setting)
        case "identityagent": set(\.agent, agent(value))
        case "identityfile":
            if value.lowercased() == "none" { hasNoIdentities = true }
            if !hasNoIdentities, !options.identityFiles.contains(value) { options.identityFiles.append(value) }
        case "userknownhostsfile":
            if options.userKnownHostsFiles.isEmpty { options.userKnownHostsFiles = setting.line.arguments }
        case "globalknownhostsfile":
            if options.globalKnownHostsFiles.isEmpty { options.globalKnownHostsFiles = setting.line.arguments }
        default: break
        }
    }

    /// Replaces the tokens, which may name options that come later in the file.
    mutating func finish() {
        let tokens = [
            "d": owner.home, "u": owner.user, "n": host, "h": options.hostName ?? host, "r": options.user ?? owner.user,
            "p": String(options.port ?? 22),
        ]
        options.identityFiles = options.identityFiles.map { path($0, tokens) }
        options.userKnownHostsFiles = options.userKnownHostsFiles.map { path($0, tokens) }
        options.globalKnownHostsFiles = options.globalKnownHostsFiles.map { path($0, tokens) }
        if case .socket(let socket) = options.agent { options.agent = .socket(path(socket, tokens)) }
    }

    // MARK: Values

    private mutating func set<Value>(_ option: WritableKeyPath<SSHHostOptions, Value?>, _ value: Value) {
        if options[keyPath: option] == nil { options[keyPath: option] = value }
    }

    private mutating func set<Value>(
        _ option: WritableKeyPath<SSHHostOptions, Value?>, _ value: Value?, _ setting: ConfigReader.Setting
    ) {
        guard let value else {
            return warn(setting, "\(setting.line.keyword) has the wrong value \(setting.line.arguments[0].visible)")
        }
        set(option, value)
    }

    private mutating func warn(_ setting: ConfigReader.Setting, _ text: String) {
        warnings.append(SSHConfigWarning(path: setting.path, line: setting.number, text: text))
    }

    private static func flag(_ value: String) -> Bool? {
        ["yes": true, "true": true, "no": false, "false": false][value.lowercased()]
    }

    private static func policy(_ value: String) -> HostKeyPolicy? {
        switch value.lowercased() {
        // `ask` cannot ask here, so it is strict. `off` has to be said on the command line, so it is strict as well.
        case "yes", "true", "ask", "no", "off", "false": .strict
        case "accept-new": .acceptNew
        default: nil
        }
    }

    /// Seconds, or numbers with a unit as sshd_config(5) has them: `1m30s`.
    static func duration(_ value: String) -> Duration? {
        var total = 0
        var number = ""
        for character in value.lowercased() {
            if character.isASCII, character.isNumber {
                number.append(character)
                continue
            }
            guard let count = Int(number), let unit = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800][character],
                count < 1_000_000
            else { return nil }
            total += count * unit
            number = ""
        }
        if !number.isEmpty {
            guard let count = Int(number), count < 1_000_000 else { return nil }
            total += count
        }
        return total > 0 ? .seconds(total) : nil
    }

    /// `none`, or `[user@]host[:port]` or `ssh://[user@]host[:port]`, separated by commas.
    static func jump(_ value: String) -> SSHHostOptions.ProxyJump? {
        if value.lowercased() == "none" { return SSHHostOptions.ProxyJump.none }
        var hosts: [SSHHostOptions.JumpName] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = jumpName(part.hasPrefix("ssh://") ? part.dropFirst(6) : part) else { return nil }
            hosts.append(name)
        }
        return hosts.isEmpty ? nil : .hosts(hosts)
    }

    private static func jumpName(_ text: Substring) -> SSHHostOptions.JumpName? {
        var rest = text
        var user: String?
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        var port: UInt16?
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            let after = rest[rest.index(after: close)...]
            rest = rest[rest.index(after: rest.startIndex)..<close]
            if after.hasPrefix(":") {
                port = UInt16(after.dropFirst())
                if port == nil { return nil }
            } else if !after.isEmpty {
                return nil
            }
        } else if rest.filter({ $0 == ":" }).count == 1, let colon = rest.firstIndex(of: ":") {
            port = UInt16(rest[rest.index(after: colon)...])
            if port == nil { return nil }
            rest = rest[..<colon]
        }
        // A name that begins with a dash is an option in disguise.
        guard !rest.isEmpty, !rest.hasPrefix("-"), !rest.contains(where: { $0.isWhitespace || "[]".contains($0) }),
            user != "", port != 0
        else {
            return nil
        }
        return SSHHostOptions.JumpName(host: String(rest), user: user, port: port)
    }

    private func agent(_ value: String) -> SSHHostOptions.Agent {
        switch value {
        case "none": .none
        case "SSH_AUTH_SOCK": .standard
        case _ where value.hasPrefix("$") && !value.hasPrefix("${"):
            owner.environment[String(value.dropFirst())].map { .socket($0) } ?? .none
        default: .socket(value)
        }
    }

    // MARK: Tokens

    private func path(_ text: String, _ tokens: [String: String]) -> String {
        var text = text
        if text == "~" || text.hasPrefix("~/") { text = owner.home + text.dropFirst() }
        return variables(expand(text, tokens))
    }

    private func expand(_ text: String, _ tokens: [String: String]) -> String {
        var result = ""
        var isToken = false
        for character in text {
            if isToken {
                isToken = false
                result += character == "%" ? "%" : tokens[String(character)] ?? "%\(character)"
            } else if character == "%" {
                isToken = true
            } else {
                result.append(character)
            }
        }
        return isToken ? result + "%" : result
    }

    /// `${NAME}`. A variable that is not set is left as it is written, so that the error names it.
    private func variables(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            let name = String(rest[start.upperBound..<end])
            result += owner.environment[name] ?? "${\(name)}"
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
