import Model

/// An inventory that was read and found right.
package struct LoadedInventory: Sendable {
    package let inventory: Inventory
    /// Programs that list further nodes.
    package let sources: [SourceDeclaration]
    /// Sorted by place.
    package let warnings: [Diagnostic]
    /// Who is who and who may do what; nil where the inventory does not say.
    package let access: AccessFile?
    /// Calendars of change windows, as they are declared.
    package let calendars: [CalendarDeclaration]
    /// Jobs of `schedules`.
    package let jobs: [ScheduledJob]
    /// Receivers of notifications.
    package let receivers: [Receiver]
    /// What the site asks of changes, in the order in which it counts.
    package let changeRules: [ChangeRule]

    private let draft: InventoryDraft
    private let dynamic: [DynamicNodes]

    init(draft: InventoryDraft, dynamic: [DynamicNodes]) throws(DiagnosticsError) {
        self.draft = draft
        self.dynamic = dynamic
        let bag = DiagnosticBag()
        draft.warnings.forEach(bag.add)
        dynamic.flatMap(\.warnings).forEach(bag.add)
        inventory = InventoryBuilder(draft: draft, dynamic: dynamic, bag: bag).build()
        guard !bag.hasErrors else { throw DiagnosticsError(bag.sorted) }
        sources = draft.sources
        access = draft.access
        calendars = draft.calendars
        jobs = draft.jobs
        receivers = draft.receivers
        changeRules = draft.changeRules
        warnings = bag.sorted
    }

    /// This inventory with the nodes and groups that a source printed, in Ansible's dynamic-inventory JSON.
    ///
    /// Of a node's variables only `ansible_host`, `ansible_port` and `ansible_user` are taken; others that change how
    /// Ansible connects are refused. Nodes and groups of the files can't be changed.
    /// - Parameter formerCount: how many nodes the source listed before; fewer than half of them is an error.
    /// - Throws: why the answer can't be believed. Keep the last good one then, and say so.
    package func merging(
        dynamicInventoryJSON json: [UInt8], from source: SourceDeclaration, formerCount: Int? = nil
    ) throws(DiagnosticsError) -> LoadedInventory {
        let nodes = try DynamicInventoryParser(draft: draft, source: source).parse(json, formerCount: formerCount)
        let others = dynamic.filter { $0.source != source }
        return try LoadedInventory(draft: draft, dynamic: others + [nodes])
    }

    /// How many nodes a source has listed.
    package func count(from source: SourceDeclaration) -> Int? {
        dynamic.first { $0.source == source }?.nodes.count
    }
}
