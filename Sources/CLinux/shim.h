/* What glibc has for Linux only and Swift's module of it does not show. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>

/* accept4(2) with SOCK_CLOEXEC: no process that is started meanwhile gets the connection. */
extern int accept4(int, struct sockaddr *, socklen_t *, int);

static inline int clinux_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }

/* posix_spawn_file_actions_addchdir_np(3) */
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);

static inline int clinux_spawn_in(posix_spawn_file_actions_t *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

/* posix_spawn_file_actions_addclosefrom_np(3), since glibc 2.34 */
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

static inline int clinux_spawn_closing(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

/* The process begins with every signal as by default and none blocked, whatever the one that starts it ignores. */
static inline int clinux_spawn_unsignalled(posix_spawnattr_t *attributes, short flags) {
    sigset_t signals;
    int failure;
    sigfillset(&signals);
    if ((failure = posix_spawnattr_setsigdefault(attributes, &signals))) return failure;
    sigemptyset(&signals);
    if ((failure = posix_spawnattr_setsigmask(attributes, &signals))) return failure;
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | flags);
}

/* A process group of its own: the group that is set is 0 where nobody has set another. */
static inline int clinux_spawn_in_own_group(posix_spawnattr_t *attributes) {
    return clinux_spawn_unsignalled(attributes, POSIX_SPAWN_SETPGROUP);
}

/* A session of its own. POSIX_SPAWN_SETSID of <spawn.h> is 0x80 since glibc 2.26. */
static inline int clinux_spawn_in_own_session(posix_spawnattr_t *attributes) {
    return clinux_spawn_unsignalled(attributes, 0x80);
}

#endif
