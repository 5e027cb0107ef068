import Glibc

/// Users as this machine knows them.
enum UnixUser {
    /// The number of a user given by name or number; nil where there is none of that name.
    static func id(of user: String) -> Int? {
        if let number = Int(user) { return number }
        return look { getpwnam_r(user, $0, $1, $2, $3) }.map { Int($0.id) }
    }

    /// The name of a user given by name or number; nil where there is none.
    static func name(of user: String) -> String? {
        guard let number = UInt32(user) else { return user }
        return look { getpwuid_r(number, $0, $1, $2, $3) }?.name
    }

    private static func look(
        _ call: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) -> (name: String, id: uid_t)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        return buffer.withUnsafeMutableBufferPointer { memory in
            guard let base = memory.baseAddress, call(&entry, base, memory.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            return (String(cString: name), entry.pw_uid)
        }
    }
}
