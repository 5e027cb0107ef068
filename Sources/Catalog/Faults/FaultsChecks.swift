import Model

/// What must hold between a runbook's faults and the runbook.
struct FaultsChecks {
    let plan: FaultPlan
    let reader: FaultsReader

    private var runbook: Runbook { reader.runbook }

    func run() {
        if let node = reader.root["runbook"], plan.runbook != runbook.name {
            reader.report(
                node, "the file tests '\(plan.runbook)' and lies beside '\(runbook.name)'", hint: "name both the same")
        }
        let places = reader.root.list("faults")
        if let list = reader.root["faults"], places.isEmpty { reader.report(list, "there is no fault") }
        if let list = reader.root["watch"], plan.watch.isEmpty { reader.report(list, "nothing is watched") }
        var seen: [String: Int] = [:]
        for (place, fault) in zip(places, plan.faults) {
            if let first = seen.updateValue(place.mark.line + 1, forKey: fault.id), let id = place["id"] {
                reader.report(id, "there are two faults '\(fault.id)'", hint: "the first is on line \(first)")
            }
            check(fault, place)
        }
    }

    private func check(_ fault: Fault, _ place: YAMLNode) {
        for key in ["cause", "behind"] {
            for item in place.oneOrMore(key) { checkCause(item) }
        }
        if fault.independent.isEmpty, fault.ending == .remediated, place["independent"] == nil {
            reader.report(
                place, "nothing but the runbook itself proves that fault '\(fault.id)' is mended",
                hint: "add 'independent', or expect: {outcome: advised}")
        }
        checkNotRestored(fault, place)
        guard let wrong = place["wrong"], let id = fault.wrong else { return }
        checkCause(wrong)
        if fault.causes.contains(id) {
            reader.report(wrong, "'\(id)' is the fault's own cause", hint: "name another one")
        } else if let exchange = RemedyExchange(bytes: runbook.sources.first?.bytes ?? [], path: ""),
            !exchange.differs(fault.causes, id)
        {
            reader.report(wrong, "the remedy of '\(id)' is that of '\(fault.causes.joined(separator: "', '"))' too")
        }
    }

    private func checkNotRestored(_ fault: Fault, _ place: YAMLNode) {
        guard let list = place["not_restored"] else { return }
        if fault.ending == .advised {
            reader.report(list, "advice changes nothing that could stay changed", hint: "leave out 'not_restored'")
        }
        let watched = plan.watch + fault.watch
        // One that can't be read was told of.
        let items = place.list("not_restored")
        guard items.count == fault.notRestored.count else { return }
        for (item, thing) in zip(items, fault.notRestored) where !watched.contains(where: { $0.includes(thing) }) {
            reader.report(
                item, "\(thing.kind.rawValue) '\(thing.subject)' is not watched, and so not missed either",
                hint: "name what 'watch' names, or a path below")
        }
    }

    private func checkCause(_ place: YAMLNode) {
        guard let id = place.scalar?.text else { return }
        let declared = runbook.declaredCauses
        if declared.contains(id) || runbook.linesProbes.contains(where: { $0.script.containsWord(id) }) { return }
        let handled = Set(runbook.steps.flatMap(\.causes))
        let near = Spelling.nearest(to: id, among: declared.union(handled).sorted())
        reader.report(
            place, "no probe of '\(runbook.name)' finds the cause '\(id)'", hint: near.map { "did you mean '\($0)'?" })
    }
}
