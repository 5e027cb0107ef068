/// All samples of one metric.
struct MetricFamily {
    struct Sample {
        var labels: [(name: String, value: String)] = []
        /// A number, as Prometheus reads it.
        var value: String
    }

    let name: String
    /// Prometheus' own: `counter` or `gauge`.
    let type: String
    let help: String
    let samples: [Sample]

    /// In Prometheus' text format (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    var lines: [String] {
        ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
            + samples.map { sample in
                let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
                return "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)"
            }
    }

    /// As JSON has it.
    var object: [String: Any] {
        [
            "name": name, "type": type, "help": help,
            "samples": samples.map { sample in
                [
                    "labels": Dictionary(sample.labels.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
                    "value": Self.number(sample.value),
                ] as [String: Any]
            },
        ]
    }

    private static func number(_ text: String) -> Any {
        if let whole = Int(text) { return whole }
        return Double(text) ?? 0
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
