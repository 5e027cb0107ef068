/// A plan that was kept, with the digest under which it was shown and approved.
package struct StoredPlan: Sendable, Hashable, Codable {
    package var digest: String
    package var plan: Plan

    package init(digest: String, plan: Plan) {
        self.digest = digest
        self.plan = plan
    }
}
