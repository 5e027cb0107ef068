import Model

extension StepLowering {
    /// What takes nodes out of service here.
    struct Scheduler {
        var script: NodeScript
        var location: Location
        /// The node's name there.
        var node: String
    }

    /// Out of the scheduler's service, by its role host.
    func drain(_ verb: DrainVerb) throws(Stop) -> StepAction {
        guard let scheduler = try scheduler() else { return .skipped(reason: "no scheduler has this node") }
        let reason = try text(verb.reason, key: "drain.reason", .steering)
        guard !reason.contains(where: { $0 == "[" || $0 == "]" }) else {
            throw stop(
                .value, "drain.reason", "a bracket can't stand in a reason: Slurm writes who gave it in brackets")
        }
        let (wait, isTainted) = try value(verb.wait, key: "drain.wait")
        guard !isTainted else { throw tainted("drain.wait") }
        guard case .duration(let duration) = wait, duration >= .zero else {
            throw stop(.value, "drain.wait", "it is not a duration", hint: "write it as 30m or 2h")
        }
        return .program(
            try program(
                TypedProgram(
                    script: scheduler.script,
                    values: [
                        "DRAIN_NODE": scheduler.node, "DRAIN_REASON": reason,
                        "DRAIN_WAIT": String(duration.components.seconds),
                    ],
                    summary: duration == .zero
                        ? "drain \(scheduler.node), and let its work go on"
                        : "drain \(scheduler.node) and wait up to \(duration.text) for its work",
                    undoSummary: "put \(scheduler.node) back into service, unless someone else drained it")))
    }

    /// The variables of a node by which its scheduler and its name there are found.
    static let schedulerVariables = ["scheduler", "slurm_node", "kubernetes_node"]

    /// The scheduler of this node: the only one of the inventory, or the one that the node's `scheduler` variable names,
    /// which may be `none`.
    func scheduler() throws(Stop) -> Scheduler? {
        let variables = context.evaluation.node.variables
        if case .string("none") = variables["scheduler"] { return nil }
        let isThere = (
            slurm: context.roles["slurm-controller"].map { $0.count > 0 } ?? false,
            kubernetes: context.roles["kubernetes-control"].map { $0.count > 0 } ?? false
        )
        let wanted: String
        switch (isThere.slurm, isThere.kubernetes) {
        case (false, false): return nil
        case (true, false): wanted = "slurm"
        case (false, true): wanted = "kubernetes"
        case (true, true):
            guard case .string(let named) = variables["scheduler"], named == "slurm" || named == "kubernetes" else {
                throw stop(
                    .value, "drain",
                    "the inventory has Slurm and Kubernetes, and the node doesn't say which is its own",
                    hint: "set the variable `scheduler` of \(context.evaluation.node.name) to slurm, kubernetes or none"
                )
            }
            wanted = named
        }
        func name(_ variable: String) throws(Stop) -> String {
            guard case .string(let own) = variables[variable] else { return context.evaluation.node.name }
            return try self.name(own, key: "variable \(variable)", extra: "._-")
        }
        return wanted == "slurm"
            ? Scheduler(script: .slurm, location: .role("slurm-controller"), node: try name("slurm_node"))
            : Scheduler(script: .kubernetes, location: .role("kubernetes-control"), node: try name("kubernetes_node"))
    }
}
