import Foundation
import Synchronization

/// Threads for code that waits for processes. The usual ones are as many as processors, and who blocks one of them holds
/// up what has nothing to do with it.
final class WaitingThreads: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let arrived = DispatchSemaphore(value: 0)

    /// They go on until the process ends.
    init(_ count: Int) {
        for _ in 0..<count {
            Thread.detachNewThread { [self] in
                while true {
                    arrived.wait()
                    jobs.withLock { $0.removeFirst() }.runSynchronously(on: asUnownedTaskExecutor())
                }
            }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrived.signal()
    }
}
