import Model

/// Which names a parameter may have. It becomes an environment variable, and some of those change what programs do.
enum ParameterName {
    private static let refused: Set<String> = [
        "path", "ifs", "home", "shell", "bash_env", "ps4", "prompt_command", "shellopts", "bashopts", "cdpath",
        "globignore", "pwd", "oldpwd", "tmpdir", "pythonpath", "pythonstartup", "pythonhome", "perl5lib", "perl5opt",
        "rubylib", "rubyopt",
    ]
    private static let refusedBeginnings = ["ld_", "dyld_", "lc_", "runbook_"]
    private static let refusedEnds = ["_proxy"]

    /// Why `name` can't be a parameter's; nil where it can.
    static func problem(with name: String) -> (message: String, hint: String)? {
        guard WordForm.parameterName.fits(name), name.count <= 64 else {
            return (
                "'\(SafeText(name).singleLine)' can't be a parameter's name",
                "use lower-case letters, digits and _, a letter first"
            )
        }
        if isRefused(name) {
            return (
                "'\(name)' can't be a parameter's name: as an environment variable it changes what programs do",
                "choose another, such as \(name)_value"
            )
        }
        return nil
    }

    /// Whether programs read a variable of this name, in whatever case.
    static func isRefused(_ name: String) -> Bool {
        let name = name.lowercased()
        return refused.contains(name) || refusedBeginnings.contains { name.hasPrefix($0) }
            || refusedEnds.contains { name.hasSuffix($0) }
    }
}
