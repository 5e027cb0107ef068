#pragma once
#include <libssh2.h>
#include <malloc.h>

typedef ssize_t (*runbook_recv_callback)(libssh2_socket_t, void *, size_t, int, void **);
typedef ssize_t (*runbook_send_callback)(libssh2_socket_t, const void *, size_t, int, void **);
typedef void (*runbook_disconnect_callback)(LIBSSH2_SESSION *, int, const char *, int, const char *, int, void **);

/* libssh2 takes callbacks as void *, which Swift cannot convert a function to. */
static inline void runbook_set_callbacks(LIBSSH2_SESSION *session, runbook_recv_callback receive,
                                         runbook_send_callback send, runbook_disconnect_callback disconnect) {
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)disconnect);
}
