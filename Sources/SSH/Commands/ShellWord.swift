/// Text as one word of a shell command line.
enum ShellWord {
    /// In single quotes, which sh, bash, csh and fish read the same way.
    static func quote(_ text: String) -> String {
        "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
