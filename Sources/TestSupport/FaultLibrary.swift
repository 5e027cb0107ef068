import Foundation

/// A library that makes a journal's syncs fail, or kills the process at one of them, and shows a time of day that the
/// test chooses, for a program that is started with it.
package struct FaultLibrary: Sendable {
    /// What happens to a sync of a journal's file.
    package enum Fault: String, Sendable, CaseIterable {
        /// It fails with EIO; later ones work.
        case fail
        /// It fails with EIO, and every later one does.
        case failing
        /// The process is killed before it, by SIGKILL.
        case killedBefore
        /// The process is killed once the bytes are on the disk.
        case killedAfter
    }

    private let path: String

    /// Compiles it into `folder`.
    package init(in folder: String) throws {
        path = folder + "/faults.so"
        let source = folder + "/faults.c"
        try Self.source.write(toFile: source, atomically: true, encoding: .utf8)
        try Keygen.run(["-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"], tool: "/usr/bin/cc")
    }

    /// What a program has to be started with for a fault at its `call`th sync, counted from 1.
    package func environment(_ fault: Fault, at call: Int) -> [String: String] {
        ["LD_PRELOAD": path, "RUNBOOK_TEST_SYNC": "\(call)", "RUNBOOK_TEST_FAULT": fault.rawValue]
    }

    /// What a program has to be started with whose time of day is so many seconds off.
    package func environment(clockShift seconds: Int) -> [String: String] {
        ["LD_PRELOAD": path, "RUNBOOK_TEST_SHIFT": "\(seconds)"]
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <signal.h>
        #include <stdatomic.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static atomic_int count;
        static int is_journal(int fd) {
            char name[64], path[4096];
            snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
            ssize_t n = readlink(name, path, sizeof path - 1);
            if (n <= 0) return 0;
            path[n] = 0;
            return strstr(path, "runbook.db") != 0;
        }
        #define SYNC(name) int name(int fd) { \\
            static int (*real)(int); \\
            if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name); \\
            const char *wanted = getenv("RUNBOOK_TEST_SYNC"), *fault = getenv("RUNBOOK_TEST_FAULT"); \\
            if (!wanted || !fault || !is_journal(fd)) return real(fd); \\
            int at = atoi(wanted), now = ++count; \\
            if (now == at && !strcmp(fault, "killedBefore")) kill(getpid(), SIGKILL); \\
            if ((now == at && !strncmp(fault, "fail", 4)) || (now > at && !strcmp(fault, "failing"))) { \\
                errno = EIO; \\
                return -1; \\
            } \\
            int result = real(fd); \\
            if (now == at && !strcmp(fault, "killedAfter")) kill(getpid(), SIGKILL); \\
            return result; }
        SYNC(fsync)
        SYNC(fdatasync)
        static long shift(void) {
            const char *text = getenv("RUNBOOK_TEST_SHIFT");
            return text ? atol(text) : 0;
        }
        int clock_gettime(clockid_t id, struct timespec *time) {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(id, time);
            if (!result && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) time->tv_sec += shift();
            return result;
        }
        int gettimeofday(struct timeval *time, void *zone) {
            static int (*real)(struct timeval *, void *);
            if (!real) real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
            int result = real(time, zone);
            if (!result) time->tv_sec += shift();
            return result;
        }
        time_t time(time_t *place) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (place) *place = now.tv_sec;
            return now.tv_sec;
        }
        """
}
