# shellcheck shell=sh disable=SC2154,SC2034,SC2153
# A user's authorized key: USER_NAME; USER_KEY, the whole line; USER_BLOB, its type and bytes; USER_ABSENT: yes to
# remove it. The file is that user's own, so the work is done as that user.

if [ -z "${RUNBOOK_REST:-}" ]; then
    if command -v getent >/dev/null 2>&1; then _entry=$(getent passwd "$USER_NAME")
    else _entry=$(awk -F: '$1 == ENVIRON["USER_NAME"]' /etc/passwd); fi
    [ -n "$_entry" ] || stop "there is no user $USER_NAME"
    USER_HOME=$(printf '%s\n' "$_entry" | cut -d: -f6)
    USER_IDS=$(printf '%s\n' "$_entry" | cut -d: -f3,4)
    export USER_HOME USER_IDS
    case $USER_HOME in /?*) ;; *) stop "$USER_NAME has no home folder" ;; esac
    [ -d "$USER_HOME" ] || stop "the home folder of $USER_NAME, $USER_HOME, is not there"
fi
_path=${USER_HOME%/}/.ssh/authorized_keys
walk "$_path"
examine
[ "$_kind" != link ] || stop "$_path is a symbolic link"
_folder_mode=700 _folder_owner=$USER_IDS

new_bytes() {
    if [ "$_kind" = file ]; then cat "./$_base"; fi | awk '
        # Whether the line holds the key: its type and bytes, as words of their own.
        function holds(text, place, after) {
            if (text ~ /^[ \t]*#/) return 0
            text = " " text " "
            gsub(/[ \t\r]+/, " ", text)
            return index(text, " " ENVIRON["USER_BLOB"] " ") > 0
        }
        { lines[++count] = $0 }
        END {
            absent = ENVIRON["USER_ABSENT"] == "yes"
            for (i = 1; i <= count; i++) {
                if (!holds(lines[i])) print lines[i]
                else if (!absent && !done) { print ENVIRON["USER_KEY"]; done = 1 }
            }
            if (!absent && !done) print ENVIRON["USER_KEY"]
        }'
}

plan_key() {
    _new_sha=$(new_bytes | digest)
    if [ "$USER_ABSENT" = yes ] && [ "$_kind" = absent ]; then _wanted=absent; return; fi
    # Without its key, a file stays as it is, down to the last newline.
    if [ "$_kind" = file ] && [ "$(new_bytes | tr -d '\n' | digest)" = "$(tr -d '\n' <"./$_base" | digest)" ]; then
        _wanted=$_state
        return
    fi
    _new_uid=${USER_IDS%:*} _new_gid=${USER_IDS#*:}
    [ "$_kind" != file ] || _new_uid=$_uid _new_gid=$_gid
    _wanted="file 600 $_new_uid $_new_gid $_new_sha"
}

case $RUNBOOK_ACTION in
predict)
    plan_key
    before "$(describe "$_state")"
    after "$(describe "$_wanted")"
    printf 'before-digest %s\nafter-digest %s\n' "$(digest_of "$_state")" "$(digest_of "$_wanted")"
    [ "$_state" != "$_wanted" ] || nothing_to_do
    say_grade
    new_bytes | show_difference
    would_change
    ;;
capture) capture_file ;;
apply)
    plan_key
    [ "$_state" != "$_wanted" ] || exit 0
    expect "$(digest_of "$_state")"
    replace "$_new_sha" "$_new_uid" "$_new_gid" 600
    ;;
undo) restore_file ;;
esac
