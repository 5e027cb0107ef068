/// A command line with marks in its outputs, by which its beginning and its end can be told for certain.
///
/// SSH's own exit status cannot tell "exit 0" from "no status came". The marks hold a random number that the command
/// does not see. What a login shell prints before the first mark is dropped, and what a child that outlives the
/// command prints after the last one does not count.
struct MarkedCommand: Sendable {
    let line: String
    let nonce: String

    /// The marks are put together on the node, so that a shell that echoes its commands does not print them.
    private static let script = [
        #"c=$1;n=$2;set --"#,
        #"printf "B%s\n" "$n";printf "B%s\n" "$n">&2"#,
        #"(eval "unset c n;$c")"#,
        #"r=$?;printf "\nE%s\n" "$n";printf "\nE%s %d\n" "$n" "$r">&2"#,
    ].joined(separator: ";")

    /// `nonce` must be hexadecimal and new for each command.
    init(_ command: String, nonce: String) {
        self.nonce = nonce
        line = "exec sh -c \(ShellWord.quote(Self.script)) sh \(ShellWord.quote(command)) \(nonce)"
    }

    var outputMarks: MarkedStream { MarkedStream(begin: "B\(nonce)\n", end: "\nE\(nonce)", endsWithCode: false) }
    var errorMarks: MarkedStream { MarkedStream(begin: "B\(nonce)\n", end: "\nE\(nonce)", endsWithCode: true) }

    static func makeNonce() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
