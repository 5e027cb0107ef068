import CLibSSH2

/// A signature that libssh2 asks for in a C callback, where nothing can be awaited.
///
/// The callback stores the bytes and says EAGAIN; the owner has them signed and calls libssh2 again, which calls the
/// callback again and finds the signature.
///
/// Invariant of `@unchecked Sendable`: touched on the session's event loop alone.
final class SignatureRequest: @unchecked Sendable {
    /// The bytes to sign, once libssh2 has asked.
    fileprivate(set) var data: [UInt8]?
    /// The signature in the encoding of its key type, without the type's name.
    var signature: [UInt8]?
    /// Set when there will be no signature.
    var isRefused = false

    /// Whether libssh2 waits for a signature rather than for the server.
    var isWaiting: Bool { data != nil && signature == nil }

    /// Calls `libssh2_userauth_publickey` once.
    static func authenticate(_ session: OpaquePointer, user: String, publicKey: [UInt8], io: SessionIO) -> CInt {
        var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(io).toOpaque()
        return libssh2_userauth_publickey(
            session, user, publicKey, publicKey.count,
            { _, signature, length, data, dataLength, abstract in
                guard let context = abstract?.pointee, let signature, let length else {
                    return CInt(LIBSSH2_ERROR_ALLOC)
                }
                let io = Unmanaged<SessionIO>.fromOpaque(context).takeUnretainedValue()
                let bytes = UnsafeRawBufferPointer(start: data, count: dataLength)
                guard let request = io.signatureRequest, !request.isRefused else {
                    return CInt(LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
                }
                guard let made = request.signature else {
                    request.data = Array(bytes)
                    return CInt(LIBSSH2_ERROR_EAGAIN)
                }
                guard let copy = io.allocate(made.count) else { return CInt(LIBSSH2_ERROR_ALLOC) }
                copy.copyMemory(from: made, byteCount: made.count)
                signature.pointee = copy.assumingMemoryBound(to: UInt8.self)
                length.pointee = made.count
                return 0
            }, &context)
    }
}
