import Model

extension NodeRun {
    /// Causes that detect found, of which a person was told and about which nothing else was done, where the steps that did
    /// change something are for other causes: they stand beside what was mended, and say nothing against it.
    func standingCauses(scope: Int) -> Set<String> {
        var told: Set<String> = []
        var treated: Set<String> = []
        for slot in shared.list.main {
            let places = (slot.enclosing + [EnclosingStep(slot.step, slot.scope)]).filter { $0.scope == scope }
            guard !places.isEmpty else { continue }
            let causes = places.map(\.step.causes).last { !$0.isEmpty }
            switch slot.step.verb {
            case .advise:
                if progress.steps[slot.index]?.ending?.status == .unchanged { told.formUnion(causes ?? []) }
            case .drain, .undrain, .wait, .collect, .approve: continue
            default:
                guard progress.steps[slot.index]?.mayHaveChanged == true else { continue }
                // It may have been meant for any of them.
                guard let causes else { return [] }
                treated.formUnion(causes)
            }
        }
        return treated.isEmpty ? [] : told.subtracting(treated).intersection(findings[scope].causes)
    }
}
