import ArgumentParser

/// Everything about node sets and the inventory.
struct NodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Node sets and the inventory.",
        subcommands: [
            NodesList.self, NodesExpand.self, NodesFold.self, NodesGroups.self, NodesShow.self, NodesPing.self,
            NodesKeys.self,
        ])
}
