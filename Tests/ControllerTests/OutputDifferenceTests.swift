import Foundation
import Testing

/// What a few nodes print otherwise than most do.
@Suite(.serialized, .nodesOfThisMachine) struct OutputDifferenceTests {
    @Test func mostAreShownWholeAndTheOthersAsWhatDiffers() async throws {
        let site = try StoredOutputs()
        let usual = (1...9).map { "line \($0)\n" }.joined()
        let run = try await site.run(
            [
                "n1": usual.replacing("line 5\n", with: "line \u{1B}[31m5\n"), "n2": usual, "n3": usual,
                "n4": usual + "more",
            ], mebibytes: 0)
        let program = try site.start("logs", run.short, "--diff")
        let ending = try program.ending()
        #expect(ending.status == 0 && ending.error.isEmpty, "\(ending.error)")
        let text = """
            --- n[2-3] (2 nodes): print
            \(usual)--- n1 (1 node): print, where it differs from n[2-3]
            @@ -2,7 +2,7 @@
             line 2
             line 3
             line 4
            -line 5
            +line \\e[31m5
             line 6
             line 7
             line 8
            --- n4 (1 node): print, where it differs from n[2-3]
            @@ -7,3 +7,4 @@
             line 7
             line 8
             line 9
            +more
            \\ No newline at the end

            """
        #expect(try String(contentsOfFile: program.output, encoding: .utf8) == text)
        for words in [["--raw"], ["--follow"], ["--output", "json"]] {
            let refused = try site.start(words: ["logs", run.short, "--diff"] + words).ending()
            #expect(refused.status == 64 && refused.error.contains("--diff goes with text"), "\(words): \(refused)")
        }
        try await site.journal.close()
    }
}
