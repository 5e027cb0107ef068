import Testing

/// Tests whose node is this machine: one after the other, since a node has one lease.
@Suite(.serialized) enum OnThisMachine {}
