import Testing

/// Verbs that need a real system around them: one lab, one test at a time.
@Suite("On real nodes", .serialized, .enabled(if: LabFixture.isPossible, "it needs root and systemd-nspawn"))
struct LabVerbTests {}
