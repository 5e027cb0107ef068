# shellcheck shell=sh disable=SC2154
# A user's password locked or expired: USER_NAME; USER_LOCKED, USER_EXPIRE: yes, no, or empty where the step says nothing.
# The password's hash never leaves the node: only whether it is locked, and the day of its last change.

[ "$(id -u)" -eq 0 ] || stop "only root may lock a password"

# Sets _locked and _changed, the day of the last change, or -1.
look() {
    _entry=$(awk -F: '$1 == ENVIRON["USER_NAME"] { print "found", ($2 ~ /^!/ ? "yes" : "no"), ($3 == "" ? -1 : $3) }' /etc/shadow) ||
        stop "/etc/shadow can't be read"
    [ -n "$_entry" ] || stop "there is no user $USER_NAME in /etc/shadow"
    # shellcheck disable=SC2086
    set -- $_entry
    _locked=$2 _changed=$3
}

value() { printf 'locked %s changed %s' "$_locked" "$_changed"; }
in_words() {
    if [ "$1" = yes ]; then printf 'locked'; else printf 'not locked'; fi
    case $2 in 0) printf ', expired' ;; -1) ;; *) printf ', changed on day %s' "$2" ;; esac
}

plan_account() {
    look
    _new_locked=${USER_LOCKED:-$_locked} _new_changed=$_changed
    case $USER_EXPIRE in
    yes) _new_changed=0 ;;
    no) [ "$_changed" -ne 0 ] || _new_changed=$(($(date +%s) / 86400)) ;;
    esac
}

# Brings the account to $1 (locked) and $2 (day of the last change).
bring() {
    case $1/$_locked in
    yes/no) usermod -L -- "$USER_NAME" >&2 || stop "the password can't be locked" ;;
    no/yes) usermod -U -- "$USER_NAME" >&2 || stop "the password can't be unlocked: it may have none beneath the lock" ;;
    esac
    [ "$2" = "$_changed" ] || chage -d "$2" -- "$USER_NAME" >&2 || stop "the day of the last change can't be set"
    look
    [ "$_locked $_changed" = "$1 $2" ] || stop "it is $(in_words "$_locked" "$_changed")"
}

case $RUNBOOK_ACTION in
predict)
    plan_account
    before "$(in_words "$_locked" "$_changed")"
    after "$(in_words "$_new_locked" "$_new_changed")"
    printf 'before-digest %s\nafter-digest %s\n' "$(digest_of "$(value)")" "$(digest_of "locked $_new_locked changed $_new_changed")"
    [ "$_locked$_changed" != "$_new_locked$_new_changed" ] || nothing_to_do
    would_change
    ;;
capture)
    look
    value
    ;;
apply)
    plan_account
    [ "$_locked$_changed" != "$_new_locked$_new_changed" ] || exit 0
    expect "$(digest_of "$(value)")"
    bring "$_new_locked" "$_new_changed"
    ;;
undo)
    read -r _word _was_locked _word _was_changed || [ -n "${_was_changed:-}" ] || stop "nothing was captured"
    case $_was_locked in yes | no) ;; *) stop "the captured state is damaged" ;; esac
    case $_was_changed in -1 | [0-9]*) ;; *) stop "the captured state is damaged" ;; esac
    look
    [ -z "${RUNBOOK_EXPECT:-}" ] || expect "$(digest_of "$(value)")"
    bring "$_was_locked" "$_was_changed"
    ;;
esac
