/* What glibc has for Linux only and Swift's module of it does not show. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <sys/socket.h>
#include <spawn.h>

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

/* POSIX_SPAWN_SETSID of <spawn.h>: 0x80 since glibc 2.26. */
static inline short clinux_spawn_setsid(void) { return 0x80; }

#endif
