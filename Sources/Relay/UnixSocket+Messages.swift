import Glibc

extension UnixSocket {
    /// Room for the header and three descriptors, as `CMSG_SPACE` of cmsg(3) has it on 64-bit Linux.
    private static let controlSpace = 32
    private static let streams = 3

    /// Sends a message, with the three descriptors if given.
    func send(_ message: RelayMessage, streams: [CInt] = []) throws {
        var rest = try message.bytes[...]
        if !streams.isEmpty {
            let sent = Self.send(rest, streams, over: descriptor)
            guard sent > 0 else { throw Self.failure }
            rest = rest.dropFirst(sent)
        }
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw Self.failure }
            rest = rest.dropFirst(sent)
        }
    }

    /// The next message; nil where the other side is gone.
    func receive() throws(RelayError) -> RelayMessage? {
        guard let length = try receive(exactly: 4) else { return nil }
        guard let body = try receive(exactly: try Self.length(length)) else { throw Self.cut }
        return try RelayMessage(body)
    }

    /// The first message, and the descriptors that came with it; nil where the other side is gone.
    func receiveWithStreams() throws(RelayError) -> (RelayMessage, streams: [CInt])? {
        var streams: [CInt] = []
        do throws(RelayError) {
            var head: [UInt8] = []
            while head.count < 4 {
                guard let piece = Self.receive(4 - head.count, from: descriptor, &streams) else { throw Self.failure }
                if piece.isEmpty {
                    for stream in streams { close(stream) }
                    return nil
                }
                head += piece
            }
            guard let body = try receive(exactly: try Self.length(head)) else { throw Self.cut }
            return (try RelayMessage(body), streams)
        } catch {
            for stream in streams { close(stream) }
            throw error
        }
    }

    private static func length(_ bytes: [UInt8]) throws(RelayError) -> Int {
        let length = bytes.reduce(0) { $0 << 8 | Int($1) }
        guard length <= RelayMessage.limit else { throw RelayError("A message on the socket is too long.") }
        return length
    }

    private func receive(exactly count: Int) throws(RelayError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, 0)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure }
            if got == 0 {
                if filled == 0 { return nil }
                throw Self.cut
            }
            filled += got
        }
        return bytes
    }

    private static var failure: RelayError {
        RelayError("The connection to the service broke: \(String(cString: strerror(errno))).")
    }

    private static var cut: RelayError { RelayError("The connection to the service broke in the middle of a message.") }

    // MARK: Descriptors, SCM_RIGHTS of unix(7)

    private static func send(_ bytes: ArraySlice<UInt8>, _ streams: [CInt], over descriptor: CInt) -> Int {
        var bytes = Array(bytes)
        var control = [UInt64](repeating: 0, count: controlSpace / 8)
        return bytes.withUnsafeMutableBytes { payload in
            control.withUnsafeMutableBytes { space in
                var header = cmsghdr()
                header.cmsg_len = MemoryLayout<cmsghdr>.size + streams.count * MemoryLayout<CInt>.size
                header.cmsg_level = SOL_SOCKET
                header.cmsg_type = CInt(SCM_RIGHTS)
                space.storeBytes(of: header, as: cmsghdr.self)
                for (index, stream) in streams.enumerated() {
                    space.storeBytes(
                        of: stream, toByteOffset: MemoryLayout<cmsghdr>.size + index * MemoryLayout<CInt>.size,
                        as: CInt.self)
                }
                var piece = iovec(iov_base: payload.baseAddress, iov_len: payload.count)
                return withUnsafeMutablePointer(to: &piece) { pieces in
                    var message = msghdr()
                    message.msg_iov = pieces
                    message.msg_iovlen = 1
                    message.msg_control = space.baseAddress
                    message.msg_controllen = space.count
                    return sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// At most `count` bytes; descriptors that came with them are added to `streams`. Nil on an error.
    private static func receive(_ count: Int, from descriptor: CInt, _ streams: inout [CInt]) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var control = [UInt64](repeating: 0, count: controlSpace / 8)
        var got = 0
        var came = 0
        repeat {
            got = bytes.withUnsafeMutableBytes { payload in
                control.withUnsafeMutableBytes { space in
                    var piece = iovec(iov_base: payload.baseAddress, iov_len: payload.count)
                    return withUnsafeMutablePointer(to: &piece) { pieces in
                        var message = msghdr()
                        message.msg_iov = pieces
                        message.msg_iovlen = 1
                        message.msg_control = space.baseAddress
                        message.msg_controllen = space.count
                        let got = recvmsg(descriptor, &message, CInt(MSG_CMSG_CLOEXEC))
                        came = message.msg_controllen
                        return got
                    }
                }
            }
        } while got < 0 && errno == EINTR
        guard got >= 0 else { return nil }
        if came >= MemoryLayout<cmsghdr>.size {
            control.withUnsafeBytes { space in
                let header = space.load(as: cmsghdr.self)
                guard header.cmsg_level == SOL_SOCKET, header.cmsg_type == CInt(SCM_RIGHTS) else { return }
                let number = (Int(header.cmsg_len) - MemoryLayout<cmsghdr>.size) / MemoryLayout<CInt>.size
                for index in 0..<min(number, Self.streams) {
                    streams.append(
                        space.load(
                            fromByteOffset: MemoryLayout<cmsghdr>.size + index * MemoryLayout<CInt>.size, as: CInt.self)
                    )
                }
            }
        }
        return Array(bytes.prefix(got))
    }
}
