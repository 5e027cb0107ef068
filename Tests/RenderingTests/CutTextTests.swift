import Testing

@testable import runbook

/// Where text may be cut.
@Suite struct CutTextTests {
    @Test func noCharacterIsCutInItsMiddle() {
        let bytes = Array("aé€😀".utf8)
        let whole = (0...bytes.count).map { CutText.wholeCharacters(bytes.prefix($0)).count }
        #expect(whole == [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10])
    }

    @Test func whatIsNoTextIsLeftAsItIs() {
        let bytes: [UInt8] = [0x61, 0x80, 0x80, 0x80, 0x80]
        #expect(Array(CutText.wholeCharacters(bytes[...])) == bytes)
    }
}
