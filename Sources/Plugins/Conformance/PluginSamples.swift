import Model

/// Requests as they could come, and what their answers have to hold.
struct PluginSamples {
    private let manifest: PluginManifest

    init(_ manifest: PluginManifest) { self.manifest = manifest }

    func request(_ operation: String, _ settings: [String: Value]) -> PluginRequest {
        var members: [String: PluginRequest.Member] = ["settings": .value(.map(settings))]
        switch operation {
        case "send": members["message"] = .json(Self.message)
        case "check":
            members["node"] = .value(.string("gpu01"))
            members["run"] = .value(.string("00000000000000000000000000000000"))
            members["step"] = .value(.string("sample"))
        case "get": members["reference"] = .value(.string("sample/entry"))
        default: break
        }
        return PluginRequest(operation, members)
    }

    /// A notification with texts that mean something to mail, chat and browsers.
    static let message = #"""
        {"host":"controller","id":"00000000000000000000000000000000","kind":"apply","node_count":2,"nodes":"gpu[01-02]",\#
        "occasion":"failure","outcomes":{"failed":1,"remediated":1},"reason":"<script>alert(1)</script>\r\nBcc: x@y\n@here",\#
        "requester":"alice","run":"00000000000000000000000000000000","runbook":"sample","show":"runbook show 00000000",\#
        "site":"00000000000000000000000000000000","text":"sample on gpu[01-02]: 1 failed, 1 remediated","time":0,"version":1}
        """#

    /// What is wrong with an answer; nil where nothing is.
    func fault(of answer: PluginAnswer, to operation: String) -> String? {
        switch operation {
        case "check":
            guard answer.bool("changes") != nil else { return "it does not say \"changes\": true or false" }
            let tells = !manifest.canUndo || answer.members["state"] != nil
            return tells ? nil : "it can undo, but tells no \"state\""
        case "get": return answer.text("secret") == nil ? "there is no text \"secret\" in its answer" : nil
        default: return nil
        }
    }
}
