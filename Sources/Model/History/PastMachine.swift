/// The machine on which a run worked under a node's name.
package struct PastMachine: Sendable, Hashable {
    package var run: RunID
    /// Its `/etc/machine-id`.
    package var machineID: String
    /// When, in milliseconds since 1970.
    package var time: Int

    package init(run: RunID, machineID: String, time: Int) {
        self.run = run
        self.machineID = machineID
        self.time = time
    }
}
