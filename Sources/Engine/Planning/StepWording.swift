import Model

/// In words, for people: what a step does and how it is undone.
struct StepWording: Sendable, Hashable {
    var summary: String
    var undo: String

    init(summary: String, undo: String) {
        self.summary = summary
        self.undo = undo
    }

    /// What can be said of a step that was not lowered for any node.
    init(of slot: StepSlot) { self.init(summary: Self.summary(of: slot), undo: Self.undo(of: slot)) }

    private static func summary(of slot: StepSlot) -> String {
        let place = slot.step.on == .target ? "" : " on \(slot.step.on.text)"
        let once = slot.step.runOnce ? ", once for the run" : ""
        return "\(slot.step.verb.keyword)\(place)\(once)"
    }

    private static func undo(of slot: StepSlot) -> String {
        switch slot.step.verb {
        case .run:
            if slot.step.undo == nil { return "can't be undone" }
            return slot.step.capture == nil ? "its undo script" : "its undo script, from what was captured"
        case .file, .edit: return "the former file is put back"
        case .service: return "the former state is put back"
        case .package: return "the former version is put back"
        case .setting: return "the former value is set"
        case .mount: return "the former mount is put back"
        case .user: return "the former entry is put back"
        case .drain: return "the former state is put back"
        case .reboot: return "can't be undone"
        case .plugin: return "the plugin's undo"
        default: return "nothing to undo"
        }
    }
}
