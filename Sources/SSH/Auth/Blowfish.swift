/// Blowfish with the expensive key schedule of bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme").
///
/// Used only to derive the keys of encrypted private-key files. Works on raw memory, because the derivation runs the
/// cipher some ten million times and array checks would multiply that.
struct Blowfish: ~Copyable {
    /// 18 words of P, then 4 x 256 of S.
    private let words: UnsafeMutablePointer<UInt32>

    init() {
        words = .allocate(capacity: 18 + 1024)
        BlowfishStart.words.withUnsafeBufferPointer { start in
            guard let base = start.baseAddress else { return }
            words.initialize(from: base, count: start.count)
        }
    }

    deinit {
        // The schedule gives the passphrase's digest away.
        words.update(repeating: 0, count: 18 + 1024)
        words.deallocate()
    }

    /// One Feistel network of 16 rounds over both halves.
    @inline(__always)
    private func encipher(_ left: inout UInt32, _ right: inout UInt32) {
        let p = words
        let s = words + 18
        var (l, r) = (left, right)
        var round = 0
        while round < 16 {
            l ^= p[round]
            r ^=
                ((s[Int(l >> 24)] &+ s[256 + Int(l >> 16 & 0xff)]) ^ s[512 + Int(l >> 8 & 0xff)])
                &+ s[768 + Int(l & 0xff)]
            r ^= p[round + 1]
            l ^=
                ((s[Int(r >> 24)] &+ s[256 + Int(r >> 16 & 0xff)]) ^ s[512 + Int(r >> 8 & 0xff)])
                &+ s[768 + Int(r & 0xff)]
            round += 2
        }
        left = r ^ p[17]
        right = l ^ p[16]
    }

    /// Mixes a key, and a salt or nothing, into the schedule.
    borrowing func expand(key: [UInt32], salt: [UInt32]?) {
        var index = 0
        while index < 18 {
            words[index] ^= key[index % key.count]
            index += 1
        }
        var (left, right): (UInt32, UInt32) = (0, 0)
        var position = 0
        index = 0
        while index < 18 + 1024 {
            if let salt {
                left ^= salt[position]
                right ^= salt[position + 1]
                position = (position + 2) % salt.count
            }
            encipher(&left, &right)
            words[index] = left
            words[index + 1] = right
            index += 2
        }
    }

    /// Encrypts pairs of words in place.
    borrowing func encrypt(_ block: inout [UInt32]) {
        for index in stride(from: 0, to: block.count, by: 2) {
            var (left, right) = (block[index], block[index + 1])
            encipher(&left, &right)
            block[index] = left
            block[index + 1] = right
        }
    }
}
