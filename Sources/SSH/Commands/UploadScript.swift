/// The script that puts a file in its place on a node, all or nothing.
///
/// The bytes go to a new file beside the target, are checked there, and only then take the target's name. A
/// connection that breaks looks like the end of the input to the script, and is caught by the checksum.
enum UploadScript {
    /// What the script's exit codes mean; 0 is success.
    static let steps: [Int32: String] = [
        71: "making a temporary file", 72: "writing", 74: "setting the mode", 75: "setting the owner",
        76: "syncing", 77: "renaming",
    ]
    static let checksumDiffers: Int32 = 73
    static let isDirectory: Int32 = 78

    /// Arguments: path, mode, owner or nothing, SHA-256. One line, because some login shells quote no newline.
    private static let text = [
        #"umask 077"#,
        #"case $1 in */*) d=${1%/*}/;; *) d=./;; esac"#,
        #"[ -d "$1" ] && [ ! -L "$1" ] && exit 78"#,
        #"t=$(mktemp "${d}.runbook.XXXXXXXXXX") || exit 71"#,
        #"trap "rm -f -- \"\$t\"" EXIT"#,
        #"trap "exit 72" HUP INT TERM PIPE"#,
        #"cat >"$t" || exit 72"#,
        #"s=$(sha256sum <"$t") || exit 72"#,
        #"[ "${s%% *}" = "$4" ] || exit 73"#,
        #"if [ -n "$3" ]; then chown -- "$3" "$t" || exit 75; fi"#,
        #"chmod -- "$2" "$t" || exit 74"#,
        #"sync -d "$t" 2>/dev/null || sync || exit 76"#,
        #"mv -f -- "$t" "$1" || exit 77"#,
        #"sync "$d" 2>/dev/null || sync"#,
        #"exit 0"#,
    ].joined(separator: "; ")

    static func command(path: String, mode: UInt16, owner: String?, digest: String) -> String {
        let words = [unambiguous(path), String(mode, radix: 8), owner ?? "", digest]
        return "sh -c \(ShellWord.quote(text)) sh " + words.map(ShellWord.quote).joined(separator: " ")
    }

    /// A relative path that begins with a dash would be taken for an option.
    private static func unambiguous(_ path: String) -> String {
        path.hasPrefix("/") ? path : "./\(path)"
    }
}
