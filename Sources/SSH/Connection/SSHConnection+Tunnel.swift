import NIOCore

extension SSHConnection {
    /// A tunnel from the node to another host, as the transport of a session with that host.
    ///
    /// The tunnel keeps this connection alive. A deadline or cancellation while other tunnels are open leaves them
    /// alone: the opening is then finished in the background.
    func openTunnel(to next: SSHTarget) async throws(SSHError) -> TunnelTransport {
        do throws(OpenFailure) {
            let what = OpenRequest.What.tunnel(host: next.address, port: next.port)
            let channel = try await openChannel(what, until: .now + next.deadlines.open)
            return TunnelTransport(channel, of: core, owner: self)
        } catch {
            throw self.error(error.kind, .open)
        }
    }
}
