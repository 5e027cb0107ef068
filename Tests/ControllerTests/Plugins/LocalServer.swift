import Foundation
import Glibc
import TestSupport

/// A real server on the loopback, in Python: an HTTP receiver, a document store, or a mail server. It writes what it gets
/// as JSON Lines.
final class LocalServer: Sendable {
    let port: Int
    private let process: SpawnedProcess
    private let folder: TemporaryFolder

    /// Runs `script`, which serves on the port that it prints first. `state` is a file that it may look into.
    init(_ script: String) async throws {
        folder = try TemporaryFolder(prefix: "server")
        try folder.write("server.py", Self.common + script)
        try folder.write("state", "200")
        process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", folder.path("server.py"), folder.path("log"), folder.path("state")]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let files = folder
        _ = try await becomes { (try? files.read("port").hasSuffix("\n")) == true }
        port = Int(try folder.read("port").trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What the server goes by: for a receiver the status that it answers with.
    func set(_ state: String) throws { try folder.write("state", state) }

    /// Where it writes what it gets.
    var logPath: String { folder.path("log") }

    /// What it got, in order.
    var log: [[String: Any]] {
        let text = (try? folder.read("log")) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    private static let common = """
        import hashlib, hmac, json, os, socketserver, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        def log(**members):
            with open(sys.argv[1], "a") as file: file.write(json.dumps(members) + "\\n")
        def state(): return open(sys.argv[2]).read()
        def ready(server):
            place = os.path.join(os.path.dirname(sys.argv[1]), "port")
            with open(place, "w") as file: file.write(str(server.server_address[1]) + "\\n")
            server.serve_forever()

        """

    /// Takes posts, checks the signature under `key`, and answers with the status in its state.
    static func receiver(key: String = "") -> String {
        """
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signed = (self.headers.get("X-Runbook-Timestamp", "") + ".").encode() + body
                good = "sha256=" + hmac.new(b"\(key)", signed, hashlib.sha256).hexdigest()
                log(
                    message=json.loads(body), signed=self.headers.get("X-Runbook-Signature") == good,
                    delivery=self.headers.get("X-Runbook-Delivery"), token=self.headers.get("Authorization"))
                self.send_response(int(state()))
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
            def log_message(self, *_): pass
        ready(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        """
    }

    /// Holds documents by their path, with versions, for whoever has the token.
    static func documents(token: String) -> String {
        """
        documents = {}
        class Handler(BaseHTTPRequestHandler):
            def answer(self, status, body=b"", tag=None):
                self.send_response(status)
                if tag: self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def tag(self):
                held = documents.get(self.path)
                return None if held is None else '"' + hashlib.sha256(held).hexdigest()[:8] + '"'
            def refused(self):
                if self.headers.get("Authorization") != "Bearer \(token)": self.answer(401)
                elif self.headers.get("If-Match", self.tag()) != self.tag(): self.answer(412)
                elif "If-None-Match" in self.headers and self.path in documents: self.answer(412)
                else: return False
                return True
            def do_GET(self):
                if self.headers.get("Authorization") != "Bearer \(token)": return self.answer(401)
                held = documents.get(self.path)
                self.answer(404) if held is None else self.answer(200, held, self.tag())
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.refused(): return
                documents[self.path] = body
                log(put=body.decode(), path=self.path)
                self.answer(204)
            def do_DELETE(self):
                if self.refused(): return
                documents.pop(self.path, None)
                log(deleted=self.path)
                self.answer(204)
            def log_message(self, *_): pass
        ready(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        """
    }

    /// Takes mails over SMTP; with state 451 it refuses recipients for now.
    static let mail = """
        class Handler(socketserver.StreamRequestHandler):
            def say(self, text): self.wfile.write((text + "\\r\\n").encode())
            def handle(self):
                self.say("220 here")
                sender, recipients = "", []
                for line in self.rfile:
                    word = line.decode().strip()
                    verb = word[:4].upper()
                    if verb in ("EHLO", "HELO"): self.say("250 here")
                    elif verb == "MAIL": sender = word; self.say("250 ok")
                    elif verb == "RCPT":
                        if state() == "451": self.say("451 later"); continue
                        recipients.append(word); self.say("250 ok")
                    elif verb == "DATA":
                        self.say("354 go on")
                        lines = []
                        for line in self.rfile:
                            if line == b".\\r\\n": break
                            lines.append(line.decode())
                        log(sender=sender, recipients=recipients, text="".join(lines))
                        self.say("250 ok")
                    elif verb == "QUIT": self.say("221 bye"); return
                    else: self.say("250 ok")
        ready(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler))
        """
}
