# shellcheck shell=sh disable=SC2154,SC2153,SC2034
# A file with these bytes, owner, group and mode, or none.
# FILE_PATH; FILE_CONTENT: bytes, absent, unchanged; FILE_SHA256 of the bytes, which come on standard input;
# FILE_OWNER, FILE_GROUP, FILE_MODE, FILE_VALIDATE: empty where the step says nothing.

case $FILE_CONTENT in unchanged) walk "$FILE_PATH" follow ;; *) walk "$FILE_PATH" ;; esac
examine

new_bytes() { cat; }

# Sets _new_uid, _new_gid, _new_mode and _wanted, the description of the file that is wanted.
plan_file() {
    _new_uid=$_uid _new_gid=$_gid _new_mode=$_mode _new_sha=$FILE_SHA256
    [ "$_kind" = file ] || { _new_uid=$_self _new_gid=$(id -g) _new_mode=644; }
    if [ -n "$FILE_OWNER" ]; then _new_uid=$(user_id "$FILE_OWNER") || stop "there is no user $FILE_OWNER"; fi
    if [ -n "$FILE_GROUP" ]; then _new_gid=$(group_id "$FILE_GROUP") || stop "there is no group $FILE_GROUP"; fi
    [ -z "$FILE_MODE" ] || _new_mode=$FILE_MODE
    case $FILE_CONTENT in
    absent) _wanted=absent ;;
    unchanged)
        [ "$_kind" = file ] || stop "$FILE_PATH is not there, and the step gives it no content"
        _new_sha=$_sha
        _wanted="file $_new_mode $_new_uid $_new_gid $_sha"
        ;;
    *) _wanted="file $_new_mode $_new_uid $_new_gid $_new_sha" ;;
    esac
    [ "$_wanted" = absent ] || [ "$_self" -eq 0 ] || [ "$_new_uid" -eq "$_self" ] ||
        stop "the work in $_dir is done as user id $_self, who can't give a file to user id $_new_uid"
}

case $RUNBOOK_ACTION in
predict)
    plan_file
    before "$(describe "$_state")"
    after "$(describe "$_wanted")"
    printf 'before-digest %s\nafter-digest %s\n' "$(digest_of "$_state")" "$(digest_of "$_wanted")"
    [ "$_state" != "$_wanted" ] || nothing_to_do
    say_grade
    case $FILE_CONTENT in
    bytes) [ "$_sha" = "$FILE_SHA256" ] || show_difference ;;
    absent) [ "$_kind" != file ] || show_difference </dev/null ;;
    esac
    would_change
    ;;
capture) capture_file ;;
apply)
    plan_file
    [ "$_state" != "$_wanted" ] || exit 0
    case $FILE_CONTENT in
    absent) remove ;;
    unchanged)
        new_bytes() { cat "./$_base"; }
        replace "$_new_sha" "$_new_uid" "$_new_gid" "$_new_mode"
        ;;
    *)
        replace "$_new_sha" "$_new_uid" "$_new_gid" "$_new_mode"
        ;;
    esac
    ;;
undo) restore_file ;;
esac
