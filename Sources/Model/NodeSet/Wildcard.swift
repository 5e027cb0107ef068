/// A mask for whole names: `*` stands for any characters, even none, and `?` for one.
struct Wildcard {
    private let mask: [UInt8]

    init(_ mask: String) {
        self.mask = Array(mask.utf8)
    }

    /// Only the last `*` is ever tried again, so the time is at most the product of both lengths.
    func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        var at = 0
        var place = 0
        var retry: (mask: Int, name: Int)?
        while place < name.count {
            if at < mask.count, mask[at] == UInt8(ascii: "*") {
                retry = (at + 1, place)
                at += 1
            } else if at < mask.count, mask[at] == UInt8(ascii: "?") || mask[at] == name[place] {
                at += 1
                place += 1
            } else if let (restart, start) = retry {
                retry = (restart, start + 1)
                at = restart
                place = start + 1
            } else {
                return false
            }
        }
        return mask[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
