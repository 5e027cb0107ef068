# shellcheck shell=sh disable=SC2154,SC2034,SC2153
# A file system mounted or not, and its line in fstab: MOUNT_PATH, MOUNT_SOURCE, MOUNT_TYPE, MOUNT_OPTIONS (empty where
# the step says nothing), MOUNT_STATE (mounted, unmounted), MOUNT_FSTAB: yes where the line is managed too.
# Nothing here looks inside a mount: one that hangs would hang this script.

# Blanks and the like, as mountinfo and fstab write them.
escaped() {
    printf '%s' "$1" | awk 'BEGIN { ORS = "" } { gsub(/\\/, "\\134"); gsub(/ /, "\\040"); gsub(/\t/, "\\011"); print }'
}
unescaped() { printf '%b' "$(printf '%s' "$1" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')"; }

_escaped_path=$(escaped "$MOUNT_PATH")
_fstab=/etc/fstab

# The topmost mount at the path: _up, and its _source, _type, _flags (of the mount) and _super (of the file system). The trigger of
# an automount of systemd's, which has the same path, is none.
look() {
    _up=no _source='' _type='' _flags='' _super=''
    _found=$(WHERE=$_escaped_path awk '$5 == ENVIRON["WHERE"] {
        for (i = 7; $i != "-"; i++);
        if ($(i + 1) != "autofs") line = $(i + 2) " " $(i + 1) " " $6 " " $(i + 3) } END { print line }' /proc/self/mountinfo)
    [ -n "$_found" ] || return 0
    # shellcheck disable=SC2086
    set -f -- $_found
    set +f
    _up=yes _source=$(unescaped "$1") _type=$2 _flags=$3 _super=$4
}

# The options of a mount that can be compared: what was asked and what the kernel says.
differs() {
    for _option in $(printf '%s' "$MOUNT_OPTIONS" | tr ',' ' '); do
        case $_option in
        ro | nosuid | nodev | noexec | noatime | relatime) case ,$_flags, in *,"$_option",*) ;; *) return 0 ;; esac ;;
        rw) case ,$_flags, in *,rw,*) ;; *) return 0 ;; esac ;;
        suid | dev | exec | atime) case ,$_flags, in *,"no$_option",*) return 0 ;; esac ;;
        esac
    done
    return 1
}

# Lustre's servers, mds1@tcp:mds2@tcp:/scratch, by the addresses under which the kernel knows them.
by_address() {
    _rest=${1%:/*} _said=''
    while [ -n "$_rest" ]; do
        _nid=${_rest%%[:,]*}
        _after=${_rest#"$_nid"}
        _rest=${_after#?}
        _address=$(timeout 10 getent ahostsv4 "${_nid%%@*}" | awk '{ print $1; exit }')
        _said=$_said${_address:-${_nid%%@*}}@${_nid#*@}${_after%"$_rest"}
    done
    printf '%s:/%s' "$_said" "${1##*:/}"
}

# What a source is called once it is mounted: a loop file by its device, a label by its device, a server by its address.
same_source() {
    [ -n "$MOUNT_SOURCE" ] || return 0
    [ "$_source" != "$MOUNT_SOURCE" ] || return 0
    case $MOUNT_SOURCE in
    UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) [ "$(readlink -f "$_source")" = "$(blkid -l -o device -t "$MOUNT_SOURCE" 2>/dev/null)" ] ;;
    /*)
        case $_source in
        /dev/loop*) [ "$(cat "/sys/block/${_source#/dev/}/loop/backing_file" 2>/dev/null)" = "$MOUNT_SOURCE" ] ;;
        /dev/*) [ "$(readlink -f "$_source")" = "$(readlink -f "$MOUNT_SOURCE")" ] ;;
        *) return 1 ;;
        esac
        ;;
    *@*:/*) [ "$_source" = "$(by_address "$MOUNT_SOURCE")" ] ;;
    *) return 1 ;;
    esac
}

state() {
    if [ "$_up" = yes ]; then printf 'mounted %s %s %s' "$_source" "$_type" "$_flags"; else printf 'unmounted'; fi
}

# The mount's part of the step: mount, remount, unmount, or nothing.
mount_needed() {
    case $MOUNT_STATE in
    unmounted) if [ "$_up" = yes ]; then printf unmount; fi ;;
    mounted)
        if [ "$_up" = no ]; then printf mount
        elif ! same_source; then stop "$MOUNT_PATH is mounted from $_source already"
        elif [ -n "$MOUNT_TYPE" ] && [ "$MOUNT_TYPE" != "$_type" ] && [ "$MOUNT_TYPE" != auto ] && [ "fuse.$MOUNT_TYPE" != "$_type" ]; then
            stop "$MOUNT_PATH is mounted already, as $_type"
        elif differs; then printf remount; fi
        ;;
    esac
}

# The whole new fstab.
new_bytes() {
    if [ "$_kind" = file ]; then cat "./$_base"; fi | WHERE=$_escaped_path LINE=$_line_wanted awk '
        { lines[++count] = $0; if ($2 == ENVIRON["WHERE"] && $1 !~ /^#/) { last = count; ours[count] = 1 } }
        END {
            for (i = 1; i <= count; i++) {
                if (!ours[i]) print lines[i]
                else if (i == last && ENVIRON["LINE"] != "") print ENVIRON["LINE"]
            }
            if (!last && ENVIRON["LINE"] != "") print ENVIRON["LINE"]
        }'
}

plan_fstab() {
    _wanted=$_state _new_sha=$_sha
    [ "$MOUNT_FSTAB" = yes ] || return 0
    [ "$_kind" != link ] || stop "$_fstab leads nowhere"
    _old_line=$(if [ "$_kind" = file ]; then WHERE=$_escaped_path awk '$2 == ENVIRON["WHERE"] && $1 !~ /^#/ { line = $0 } END { print line }' "./$_base"; fi)
    _line_wanted=''
    if [ "$MOUNT_STATE" = mounted ]; then
        # The last two fields stay as they were.
        _tail=$(printf '%s\n' "$_old_line" | awk '{ print ($5 == "" ? 0 : $5), ($6 == "" ? 0 : $6) }')
        _line_wanted="$(escaped "$MOUNT_SOURCE") $_escaped_path ${MOUNT_TYPE:-auto} ${MOUNT_OPTIONS:-defaults} $_tail"
        [ "$(printf '%s\n' "$_old_line" | awk '{ $1 = $1; print }')" != "$(printf '%s\n' "$_line_wanted" | awk '{ $1 = $1; if (NF == 4) $0 = $0 " 0 0"; print }')" ] ||
            return 0
    else
        [ -n "$_old_line" ] || return 0
    fi
    _new_sha=$(new_bytes | digest)
    _new_mode=${_mode:-644} _new_uid=${_uid:-0} _new_gid=${_gid:-0}
    _wanted="file $_new_mode $_new_uid $_new_gid $_new_sha"
}

# The flags $1 as a whole: what is not among them is said not to be, for a remount keeps what it isn't told.
all_flags() {
    printf '%s' "$1"
    for _flag in suid dev exec diratime; do
        case ,$1, in *,"no$_flag",*) ;; *) printf ',%s' "$_flag" ;; esac
    done
    case ,$1, in *,noatime,* | *,relatime,*) ;; *) printf ',strictatime' ;; esac
}

do_mount() {
    set --
    [ -z "$MOUNT_TYPE" ] || set -- "$@" -t "$MOUNT_TYPE"
    [ -z "$MOUNT_OPTIONS" ] || set -- "$@" -o "$MOUNT_OPTIONS"
    if [ -n "$MOUNT_SOURCE" ]; then set -- "$@" -- "$MOUNT_SOURCE" "$MOUNT_PATH"; else set -- "$@" -- "$MOUNT_PATH"; fi
    mount "$@" </dev/null >&2 || {
        _code=$?
        # An automount takes this for the first who asks for what is there, and has mounted it by then.
        look
        { [ "$_up" = yes ] && same_source; } || stop "mount ended with status $_code"
    }
    look
    [ "$_up" = yes ] || stop "mount ended well, but nothing is mounted at $MOUNT_PATH"
}

do_unmount() {
    umount -- "$MOUNT_PATH" </dev/null >&2 || {
        _code=$?
        command -v fuser >/dev/null 2>&1 && fuser -vm "$MOUNT_PATH" >&2 2>&1
        stop "umount ended with status $_code"
    }
}

told_systemd() { if [ -d /run/systemd/system ]; then systemctl daemon-reload </dev/null >&2; fi; }

look
walk "$_fstab" follow
examine
case $RUNBOOK_ACTION in
predict)
    _needed=$(mount_needed) || { printf '%s\n' "$_needed"; exit 126; }
    plan_fstab
    before "$(state)"
    case "$_needed$([ "$_state" = "$_wanted" ] || printf ' fstab')" in
    '') after "$(state)" ;;
    *fstab) after "${_needed:-$(state)}, and its line in $_fstab" ;;
    *) after "$_needed" ;;
    esac
    printf 'before-digest %s\n' "$(digest_of "$(state)
$_state")"
    [ -n "$_needed" ] || [ "$_state" != "$_wanted" ] || nothing_to_do
    case $MOUNT_STATE in
    mounted) [ -n "$MOUNT_SOURCE" ] || grep -q . "$_fstab" || stop "the step names no source, and $_fstab is empty" ;;
    esac
    [ "$_state" = "$_wanted" ] || new_bytes | show_difference
    would_change
    ;;
capture)
    printf 'up %s\n' "$_up"
    if [ "$_up" = yes ]; then
        case $_source in
        /dev/loop*) _backing=$(cat "/sys/block/${_source#/dev/}/loop/backing_file" 2>/dev/null) || _backing='' ;;
        *) _backing='' ;;
        esac
        printf 'source %s\ntype %s\nflags %s\nsuper %s\nbacking %s\n' "$_source" "$_type" "$_flags" "$_super" "$_backing"
    fi
    if [ -d "$MOUNT_PATH" ] || [ "$_up" = yes ]; then printf 'folder yes\n'; else printf 'folder no\n'; fi
    printf 'fstab\n'
    capture_file
    ;;
apply)
    _needed=$(mount_needed) || { printf '%s\n' "$MOUNT_PATH is mounted otherwise already" >&2; exit 1; }
    plan_fstab
    _changes_fstab=no
    [ "$_state" = "$_wanted" ] || _changes_fstab=yes
    [ -n "$_needed" ] || [ $_changes_fstab = yes ] || exit 0
    expect "$(digest_of "$(state)
$_state")"
    RUNBOOK_EXPECT=''
    if [ $_changes_fstab = yes ]; then
        replace "$_new_sha" "$_new_uid" "$_new_gid" "$_new_mode"
        told_systemd
    fi
    case $_needed in
    mount)
        [ -d "$MOUNT_PATH" ] || mkdir -p -- "$MOUNT_PATH" || stop "the folder $MOUNT_PATH can't be made"
        do_mount
        ;;
    remount) mount -o "remount,$MOUNT_OPTIONS" -- "$MOUNT_PATH" </dev/null >&2 || stop "the remount ended with status $?" ;;
    unmount) do_unmount ;;
    esac
    ;;
undo)
    _was_up='' _was_source='' _was_type='' _was_flags='' _was_super='' _was_backing='' _was_folder=''
    while IFS= read -r _line; do
        case $_line in
        fstab) break ;;
        'up '*) _was_up=${_line#up } ;;
        'source '*) _was_source=${_line#source } ;;
        'type '*) _was_type=${_line#type } ;;
        'flags '*) _was_flags=${_line#flags } ;;
        'super '*) _was_super=${_line#super } ;;
        'backing '*) _was_backing=${_line#backing } ;;
        'folder '*) _was_folder=${_line#folder } ;;
        esac
    done
    [ -n "$_was_up" ] || stop "nothing was captured"
    if [ "$MOUNT_FSTAB" = yes ]; then
        restore_file
        told_systemd
    fi
    case $_was_up/$_up in
    no/yes)
        do_unmount
        [ "$_was_folder" = yes ] || rmdir -- "$MOUNT_PATH" 2>/dev/null
        ;;
    yes/no)
        _options=$_was_flags
        # What the file system itself was given; a disk's own ones come by themselves, and may not be taken twice.
        case $_was_type in ext* | xfs | btrfs | vfat) ;; *) _options=$_options,$_was_super ;; esac
        [ -z "$_was_backing" ] || _was_source=$_was_backing _options=$_options,loop
        mount -t "$_was_type" -o "$_options" -- "$_was_source" "$MOUNT_PATH" </dev/null >&2 ||
            mount -- "$MOUNT_PATH" </dev/null >&2 || stop "$MOUNT_PATH can't be mounted as it was"
        ;;
    yes/yes)
        [ "$_flags" = "$_was_flags" ] || mount -o "remount,$(all_flags "$_was_flags")" -- "$MOUNT_PATH" </dev/null >&2 ||
            stop "$MOUNT_PATH can't be remounted with its former options"
        ;;
    no/no) [ "$_was_folder" = yes ] || rmdir -- "$MOUNT_PATH" 2>/dev/null ;;
    esac
    look
    [ "$_up" = "$_was_up" ] || stop "$MOUNT_PATH is not as it was"
    ;;
esac
exit 0
