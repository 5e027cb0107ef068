import Crypto

/// The key derivation of encrypted OpenSSH private keys: PBKDF2 with bcrypt in the place of HMAC.
///
/// Differs from PBKDF2 in one more way: the bytes of the blocks are interleaved in the result, so that no part of it
/// can be had cheaper than the whole.
enum BcryptPBKDF {
    private static let blockSize = 32

    /// Takes about 6 ms of CPU a round and block in release builds; ssh-keygen(1) writes 16 or 24 rounds, 2 blocks.
    /// - Returns: nil for an empty passphrase or salt, no rounds, or more than 1,024 bytes.
    static func derive(passphrase: [UInt8], salt: [UInt8], rounds: Int, count: Int) -> [UInt8]? {
        guard !passphrase.isEmpty, !salt.isEmpty, rounds > 0, (1...1024).contains(count) else { return nil }
        let password = words(of: SHA512.hash(data: passphrase))
        let blocks = (count + blockSize - 1) / blockSize
        let perBlock = (count + blocks - 1) / blocks
        var result = [UInt8](repeating: 0, count: count)
        for block in 0..<blocks {
            let number = UInt32(block + 1)
            let suffix = (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
            var last = hash(password, words(of: SHA512.hash(data: salt + suffix)))
            var sum = last
            for _ in 1..<max(rounds, 1) {
                last = hash(password, words(of: SHA512.hash(data: last)))
                for index in sum.indices { sum[index] ^= last[index] }
            }
            for index in 0..<perBlock {
                let position = index * blocks + block
                if position < count { result[position] = sum[index] }
            }
        }
        return result
    }

    /// bcrypt over two digests: 64 rounds of key expansion, then 64 encryptions of a fixed text.
    private static func hash(_ password: [UInt32], _ salt: [UInt32]) -> [UInt8] {
        let cipher = Blowfish()
        cipher.expand(key: password, salt: salt)
        for _ in 0..<64 {
            cipher.expand(key: salt, salt: nil)
            cipher.expand(key: password, salt: nil)
        }
        var text = words(of: "OxychromaticBlowfishSwatDynamite".utf8)
        for _ in 0..<64 { cipher.encrypt(&text) }
        // bcrypt writes its words with the low byte first.
        return text.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
    }

    private static func words(of bytes: some Sequence<UInt8>) -> [UInt32] {
        var words: [UInt32] = []
        var (word, count): (UInt32, Int) = (0, 0)
        for byte in bytes {
            word = word << 8 | UInt32(byte)
            count += 1
            if count == 4 {
                words.append(word)
                (word, count) = (0, 0)
            }
        }
        return words
    }
}
