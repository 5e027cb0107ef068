import Foundation
import Glibc

/// Extended attributes of a file, which Swift's Glibc module does not have.
enum ExtendedAttributes {
    private typealias List = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<CChar>?, Int) -> Int
    private typealias Get =
        @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    private typealias Set =
        @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer?, Int, Int32) -> Int32

    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        guard let symbol = dlsym(nil, name) else { return nil }
        return unsafeBitCast(symbol, to: type)
    }

    /// By name, as base64.
    static func of(_ path: String) -> [String: String] {
        guard let list = function("llistxattr", as: List.self), let get = function("lgetxattr", as: Get.self) else {
            return [:]
        }
        var names = [CChar](repeating: 0, count: 4096)
        let size = list(path, &names, names.count)
        guard size > 0 else { return [:] }
        var attributes: [String: String] = [:]
        for name in names[..<size].split(separator: 0) {
            let name = String(decoding: name.map(UInt8.init(bitPattern:)), as: UTF8.self)
            var value = [UInt8](repeating: 0, count: 4096)
            attributes[name] = Data(value[..<max(0, get(path, name, &value, value.count))]).base64EncodedString()
        }
        return attributes
    }

    static func set(_ name: String, _ value: [UInt8], on path: String) -> Bool {
        guard let set = function("lsetxattr", as: Set.self) else { return false }
        return set(path, name, value, value.count, 0) == 0
    }
}
