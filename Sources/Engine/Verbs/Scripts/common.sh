# shellcheck shell=sh
# What every verb's script starts with. RUNBOOK_ACTION says which of its four parts runs: predict, capture, apply, undo.
# Parameters come as environment variables in lower case; names that begin with an underscore are the script's own.
set -u
export LC_ALL=C
unset CDPATH
umask 022

_status=126
case $RUNBOOK_ACTION in predict) trap 'exit "$_status"' EXIT ;; esac
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Puts TEXT on one line that is not too long.
one_line() { printf '%s' "$*" | tr '\n\r\t' '   ' | tr -d '\000-\037' | cut -c1-400; }

# Ends with a reason. While predicting, that is `unknown`.
stop() {
    case $RUNBOOK_ACTION in
    predict)
        printf 'reason %s\n' "$(one_line "$*")"
        exit 126
        ;;
    *)
        printf '%s\n' "$*" >&2
        exit 1
        ;;
    esac
}

# Ends a prediction.
nothing_to_do() { _status=0; exit 0; }
would_change() { _status=1; exit 1; }

before() { printf 'before %s\n' "$(one_line "$*")"; }
after() { printf 'after %s\n' "$(one_line "$*")"; }

# The SHA-256 of standard input.
digest() { sha256sum | cut -c1-64; }
digest_of() { printf '%s' "$1" | digest; }

# The planned former value must be the node's; where none was planned, any will do.
expect() {
    [ -z "${RUNBOOK_EXPECT:-}" ] && return
    [ "$RUNBOOK_EXPECT" = "$1" ] && return
    printf '%s\n' "the node has another value than the one that the plan saw; nothing was changed" >&2
    exit 75
}

# Runs a script of the runbook's author, in the shell that the step names.
author() {
    case ${RUNBOOK_SHELL:-sh} in
    bash) bash -c "$1" </dev/null ;;
    python3) python3 -c "$1" </dev/null ;;
    *) sh -c "$1" </dev/null ;;
    esac
}

if [ "$RUNBOOK_ACTION" = predict ] && [ -n "${RUNBOOK_CHECK:-}" ]; then
    author "$RUNBOOK_CHECK" >/dev/null 2>&1
    _code=$?
    [ $_code -ne 0 ] || nothing_to_do
    [ $_code -le 125 ] || stop "its check ended with status $_code"
fi
