import Foundation
import Glibc
import Model

/// A file that is read as it is, if it can be believed.
package struct TrustedFile: Sendable {
    package let bytes: [UInt8]
    /// When it was written last, in milliseconds since 1970.
    package let modified: Int

    /// Why a file is not read.
    package struct Refusal: Error, Sendable, Hashable {
        /// For a person, without the file's name.
        package var message: String
    }

    /// Reads a regular file that nobody else may write, of at most 8 MiB.
    package init(_ path: String, trust: FileTrust = FileTrust()) throws(Refusal) {
        switch CatalogFiles.read(path, trust: trust) {
        case .success(let bytes): self.bytes = bytes
        case .failure(let fault): throw Refusal(message: fault.message)
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Refusal(message: "can't read it: \(String(cString: strerror(errno)))")
        }
        modified = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1_000_000
    }
}
