import Model

/// Says in words what a step does, for people; what is shown of one node comes from its lowered program.
enum StepWording {
    static func summary(of slot: StepSlot) -> String {
        let place = slot.step.on == .target ? "" : " on \(slot.step.on.text)"
        let once = slot.step.runOnce ? ", once for the run" : ""
        return "\(slot.step.verb.keyword)\(place)\(once)"
    }

    static func undo(of slot: StepSlot) -> String {
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
