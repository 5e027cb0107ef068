/// How long each part of making a connection may take.
///
/// libssh2 itself gives up on any single reply after 60 seconds, so larger values have no effect on a reply.
package struct SSHDeadlines: Sendable, Hashable {
    /// From the first SYN to an established TCP connection, over all addresses of the name.
    package var connect: Duration
    /// Until the server has sent its version line.
    package var banner: Duration
    /// From the version line to the host key, which is verified by then.
    package var keyExchange: Duration
    /// From the check of the host key to the log-in, questions to a person included.
    package var authentication: Duration
    /// Until the server has answered the opening of a channel, or of a tunnel to the next host.
    package var open: Duration

    package init(
        connect: Duration = .seconds(10),
        banner: Duration = .seconds(20),
        keyExchange: Duration = .seconds(20),
        authentication: Duration = .seconds(30),
        open: Duration = .seconds(10)
    ) {
        self.connect = connect
        self.banner = banner
        self.keyExchange = keyExchange
        self.authentication = authentication
        self.open = open
    }

    /// Those of a node to which a TCP connection may take so long. The server's first line and the exchange of keys take
    /// longer on a slow node too, and behind a jump host the opening is where the connection is made.
    package init(connectTimeout: Duration) {
        self.init(connect: connectTimeout, banner: connectTimeout * 2, keyExchange: connectTimeout * 2)
        open = max(open, connectTimeout)
    }
}
