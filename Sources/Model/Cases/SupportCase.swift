/// A case that people call support for: what shows, what may be behind it, and the steps that answer it.
package struct SupportCase: Sendable, Hashable, Codable {
    /// Such as `4.1`. Step 3 of it is `4.1/3`, cause 2 is `4.1/c2`.
    package var id: String
    /// As runbooks name it in `case`.
    package var heading: String
    package var problem: String
    /// In words, the first is cause 1.
    package var causes: [String]
    /// In words, the first is step 1.
    package var steps: [String]

    package init(id: String, heading: String, problem: String, causes: [String], steps: [String]) {
        self.id = id
        self.heading = heading
        self.problem = problem
        self.causes = causes
        self.steps = steps
    }

    /// Ids of the steps, in order.
    package var stepIDs: [String] { steps.indices.map { "\(id)/\($0 + 1)" } }
    /// Ids of the causes, in order.
    package var causeIDs: [String] { causes.indices.map { "\(id)/c\($0 + 1)" } }
}
