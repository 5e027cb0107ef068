import Model

/// Probes and evidence of a file under `probes/`; its shell functions go to the reader of the runbook.
struct SharedProbes {
    var detect: [Probe]
    var diagnose: [Evidence]
}

extension RunbookReader {
    /// Reads the files that `use` names.
    func readShared() -> [SharedProbes] {
        (root["use"]?.items ?? []).compactMap { node in
            guard let name = node.scalar?.text else { return nil }
            switch surroundings.shared(name) {
            case .success(let file):
                extraSources.append(file.source)
                return readShared(file)
            case .failure(let fault):
                report(node, fault.message, hint: fault.hint)
                return nil
            }
        }
    }

    private func readShared(_ file: RunbookSurroundings.SharedFile) -> SharedProbes? {
        guard
            let (node, text) = YAMLParser.parse(
                file.source.bytes, path: file.source.path, isKept: surroundings.areKept, bag: bag)
        else { return nil }
        let reader = RunbookReader(
            root: node, source: text, bag: bag, surroundings: surroundings, taintedParameters: taintedParameters)
        reader.parameters = parameters
        reader.commonEnvironment = commonEnvironment
        reader.functions = functions
        let probes = reader.readAsShared(name: surroundings.fileName(file.source.path))
        functions = reader.functions
        return probes
    }

    /// This file as one of shared probes.
    func readAsShared(name: String) -> SharedProbes {
        validator.check(root, .block(.sharedProbes), what: "the file")
        if let node = root["name"], let given = node.scalar?.text, given != name {
            report(node, "the probes are named '\(given)', but their file '\(name)'", hint: "name both the same")
        }
        names = RunbookNames(root, shared: [])
        readFunctions()
        return SharedProbes(
            detect: root.list("detect").map { readProbe($0, stage: .detect) },
            diagnose: root.list("diagnose").map { readEvidence($0) })
    }

    /// Whether a shared file reads a parameter.
    func usesInShared(_ parameter: String) -> Bool {
        extraSources.map { String(decoding: $0.bytes, as: UTF8.self) }
            .contains { $0.containsWord(parameter) || $0.containsWord("\(parameter)_file") }
    }
}
