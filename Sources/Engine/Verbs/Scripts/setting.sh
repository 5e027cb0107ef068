# shellcheck shell=sh disable=SC2154
# Any live value that a script can get and another can set.
# SETTING_GET prints it; SETTING_SET sets it to $VALUE; both are the author's scripts, in the shell that the step names.

# Sets _now to the value, without its last newlines.
get() {
    _now=$(author "$SETTING_GET")
    _code=$?
    [ $_code -eq 0 ] || stop "its get ended with status $_code"
}

set_to() {
    VALUE=$1
    export VALUE
    author "$SETTING_SET" || stop "its set ended with status $?"
    get
    [ "$_now" = "$1" ] || stop "it is '$(one_line "$_now")' after it was set to '$(one_line "$1")'"
}

_wanted=$VALUE
case $RUNBOOK_ACTION in
predict)
    get
    before "$_now"
    after "$_wanted"
    printf 'before-digest %s\nafter-digest %s\n' "$(digest_of "$_now")" "$(digest_of "$_wanted")"
    [ "$_now" != "$_wanted" ] || nothing_to_do
    would_change
    ;;
capture)
    get
    printf '%s' "$_now"
    ;;
apply)
    get
    [ "$_now" != "$_wanted" ] || exit 0
    expect "$(digest_of "$_now")"
    set_to "$_wanted"
    ;;
undo)
    _former=$(cat)
    get
    [ "$_now" != "$_former" ] || exit 0
    [ -z "${RUNBOOK_EXPECT:-}" ] || expect "$(digest_of "$_now")"
    set_to "$_former"
    ;;
esac
