import Model

extension InventoryReader {
    /// Receivers of notifications by name; the same name twice is an error that names both places.
    func readReceivers(_ root: YAMLNode) {
        for entry in root["notify"]?.entries ?? [] where isName(entry, of: "a receiver") {
            let position = position(entry.keyMark)
            if let former = draft.receivers.first(where: { $0.name == entry.key }) {
                report(
                    entry.keyMark, "the receiver '\(entry.key)' is set twice",
                    hint: "the first is at \(former.position)")
                continue
            }
            draft.receivers.append(
                Receiver(
                    name: entry.key, plugin: entry.value.text("plugin") ?? "", settings: arguments(entry.value),
                    always: (entry.value["always"]?.items ?? []).compactMap { item in
                        item.scalar.flatMap { word in Notifications.Occasion.allCases.first { $0.key == word.text } }
                    },
                    position: position))
        }
    }

    /// A plugin's settings; a secret stands by its reference.
    func arguments(_ node: YAMLNode) -> [String: Value] {
        (node["with"]?.entries ?? []).reduce(into: [:]) { $0[$1.key] = $1.value.value.readingSecret }
    }
}
