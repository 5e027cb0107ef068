# shellcheck shell=sh disable=SC2154,SC2034
# Replaces one file as a whole: the new bytes are written beside the old ones and renamed over them.
#
# Nobody but root and the one who works may be able to swap a folder or a link on the way. So the path is walked, one
# real folder after the other. Beneath a folder that another user owns, the work is handed to that user, who can then
# hurt nobody else. A folder that several others may write to is refused.

_self=$(id -u)
_limit=12582912

# The users that belong to group $1, one a line.
group_members() {
    if command -v getent >/dev/null 2>&1; then
        _passwd=$(getent passwd) _groups=$(getent group "$1")
    else
        _passwd=$(cat /etc/passwd) _groups=$(awk -F: -v gid="$1" '$3 == gid' /etc/group)
    fi
    printf '%s\n' "$_passwd" | awk -F: -v gid="$1" '$4 == gid { print $1 }'
    printf '%s\n' "$_groups" | cut -d: -f4 | tr ',' '\n'
}

# Whether root, and the user with id $2, are the only ones in group $1.
group_is_private() {
    _friend=$(id -nu "$2" 2>/dev/null)
    for _member in $(group_members "$1"); do
        [ "$_member" = root ] || [ "$_member" = "$_friend" ] || return 1
    done
}

# Looks at the folder in which the shell stands: sets _owner to a user to whom the work must be handed, or to nothing,
# and _shared where others may add names to it, though not take away ours.
look_around() {
    _owner='' _shared=''
    # shellcheck disable=SC2046
    set -- $(stat -c '%u %g %a' .)
    [ $# -eq 3 ] || stop "the folder ${_dir:-/} can't be looked at"
    case $3 in
    *[2367])
        case $3 in [1357]???) _shared=yes ;; *) stop "anybody may write to the folder ${_dir:-/}" ;; esac
        ;;
    *[2367]?)
        if [ -z "${3%???}" ] || [ "$(( ${3%???} & 1 ))" -eq 0 ]; then
            case $(ls -ld .) in ??????????+*) stop "an access list lets others write to the folder ${_dir:-/}" ;; esac
            group_is_private "$2" "$1" || stop "its group may write to the folder ${_dir:-/}"
        else
            _shared=yes
        fi
        ;;
    esac
    [ "$1" -eq 0 ] || [ "$1" -eq "$_self" ] && return
    [ -z "$_shared" ] || stop "several users may write to the folder ${_dir:-/}"
    [ "$_self" -eq 0 ] || stop "the folder ${_dir:-/} belongs to another user"
    _owner=$1
}

# Goes on as the user with id $1, in the folder in which the shell stands.
work_as() {
    _primary=$(id -g "$1" 2>/dev/null) || _primary=$(stat -c %g .)
    RUNBOOK_WALKED=$_dir RUNBOOK_REST=$_rest
    export RUNBOOK_WALKED RUNBOOK_REST
    unset RUNBOOK_STATE RUNBOOK_CHECK
    if setpriv --reuid "$1" --regid "$_primary" --clear-groups -- true 2>/dev/null; then
        trap - EXIT
        exec setpriv --reuid "$1" --regid "$_primary" --clear-groups -- sh -c "$RUNBOOK_PROGRAM" runbook
    fi
    _friend=$(id -nu "$1" 2>/dev/null) || stop "the folder $_dir belongs to user id $1, who has no name here"
    for _tool in runuser su; do
        "$_tool" -s /bin/sh "$_friend" -c true 2>/dev/null || continue
        trap - EXIT
        # shellcheck disable=SC2093
        exec "$_tool" -s /bin/sh "$_friend" -c "$RUNBOOK_PROGRAM"
    done
    stop "the folder $_dir belongs to $_friend, and neither setpriv nor runuser nor su lets the work be done as that user"
}

# Goes to the folder that holds the path $1. Sets _dir to that folder, _base to the name in it, and _missing to the
# folders that are not there yet. A link at the end is followed where $2 is `follow`; one on the way, where only root
# or the one who works could have put it there.
walk() {
    _missing='' _links=0 _owner='' _shared=''
    if [ -n "${RUNBOOK_REST:-}" ]; then
        _dir=$RUNBOOK_WALKED _rest=$RUNBOOK_REST
    else
        _dir='' _rest=$1
        cd / || stop "the root folder can't be entered"
    fi
    look_around
    while :; do
        case $_rest in /*) _rest=${_rest#/} && continue ;; esac
        case $_rest in
        */*) _name=${_rest%%/*} _next=${_rest#*/} ;;
        *) _name=$_rest _next='' ;;
        esac
        case $_name in
        '') stop "$1 names a folder" ;;
        .) _rest=$_next; continue ;;
        ..)
            cd -P .. || stop "the folder above $_dir can't be entered"
            _dir=${_dir%/*} _rest=$_next
            look_around
            continue
            ;;
        esac
        if [ -n "$_missing" ]; then
            [ -n "$_next" ] || break
            _missing=$_missing/$_name _rest=$_next
        elif [ -L "./$_name" ] && { [ -n "$_next" ] || [ "${2:-}" = follow ]; }; then
            [ "$_self" -eq 0 ] || stop "$_dir/$_name is a symbolic link in a folder of another user"
            [ -z "$_shared" ] || stop "$_dir/$_name is a symbolic link in a folder to which anybody may add one"
            _links=$((_links + 1))
            [ $_links -le 40 ] || stop "there are too many symbolic links on the way to $1"
            _target=$(readlink "./$_name"; printf x)
            _target=${_target%?x}
            case $_target in
            /*)
                cd / || stop "the root folder can't be entered"
                _dir=''
                look_around
                ;;
            esac
            _rest=$_target${_next:+/$_next}
        elif [ -z "$_next" ]; then
            break
        elif [ -d "./$_name" ]; then
            cd -P "./$_name" || stop "the folder $_dir/$_name can't be entered"
            _dir=$_dir/$_name _rest=$_next
            look_around
            [ -z "$_owner" ] || work_as "$_owner"
        elif [ -e "./$_name" ]; then
            stop "$_dir/$_name is not a folder"
        else
            _missing=$_name _rest=$_next
        fi
    done
    _base=$_name
}

# Sets _kind, and for a file _mode, _uid, _gid and _sha, to what stands at _base; _state describes it as a whole.
examine() {
    _kind=absent _mode='' _uid='' _gid='' _sha='' _state=absent
    [ -z "$_missing" ] || return 0
    if [ -L "./$_base" ]; then
        _kind='link'
        _target=$(readlink "./$_base"; printf x)
        _target=${_target%?x}
        _state="link $_target"
    elif [ -f "./$_base" ]; then
        _kind='file'
        # shellcheck disable=SC2046
        set -- $(stat -c '%a %u %g' "./$_base")
        [ $# -eq 3 ] || stop "$_dir/$_base can't be looked at"
        _mode=$1 _uid=$2 _gid=$3
        [ -z "$_shared" ] || [ "$_uid" -eq "$_self" ] || stop "$_dir/$_base belongs to another user in a folder of all"
        [ -r "./$_base" ] || stop "$_dir/$_base can't be read"
        _sha=$(digest <"./$_base")
        _state="file $_mode $_uid $_gid $_sha"
    elif [ -e "./$_base" ]; then
        stop "$_dir/$_base is neither a file nor a symbolic link"
    fi
}

describe() {
    case $1 in
    absent) printf 'absent' ;;
    link*) printf 'a symbolic link to %s' "${1#link }" ;;
    *)
        # shellcheck disable=SC2086
        set -- $1
        printf 'mode %s, owner %s:%s, sha256 %.12s' "$2" "$(id -nu "$3" 2>/dev/null || printf '%s' "$3")" "$4" "$5"
        ;;
    esac
}

# Prints how the bytes would change: the new ones come on standard input.
show_difference() {
    [ -z "${RUNBOOK_SENSITIVE:-}" ] || return 0
    command -v diff >/dev/null 2>&1 || return 0
    case $_kind in file) _old=./$_base ;; *) _old=/dev/null ;; esac
    printf 'diff\n'
    diff -u -L "$_dir${_missing:+/$_missing}/$_base" -L "$_dir${_missing:+/$_missing}/$_base" "$_old" - | head -c 131072
}

# What an undo can't bring back.
say_grade() {
    [ "$_kind" != file ] || [ "$(stat -c %h "./$_base")" -eq 1 ] ||
        printf 'undo compensating put the former file back, under this one of its several names (hard links)\n'
}

# Carries extended attributes, access lists and security labels from one file to another.
copy_attributes() {
    cp --attributes-only --preserve=all -- "$1" "$2" 2>/dev/null && return
    command -v getfattr >/dev/null 2>&1 && command -v setfattr >/dev/null 2>&1 || return 0
    getfattr -h -d -m - -e hex -- "$1" 2>/dev/null | sed "1s|.*|# file: $2|" | setfattr --restore=- 2>/dev/null
    return 0
}

# Makes the folders that are missing, and goes there.
make_folders() {
    while [ -n "$_missing" ]; do
        _name=${_missing%%/*}
        mkdir -m "${_folder_mode:-755}" "./$_name" || stop "the folder $_dir/$_name can't be made"
        [ -z "${_folder_owner:-}" ] || [ "$_self" -ne 0 ] || chown -h "$_folder_owner" "./$_name"
        cd -P "./$_name" || stop "the folder $_dir/$_name can't be entered"
        _dir=$_dir/$_name
        case $_missing in */*) _missing=${_missing#*/} ;; *) _missing='' ;; esac
    done
}

new_file() {
    # What one that was killed here has left. Others may be at work in a folder that is shared.
    _host=$(uname -n)
    for _left in ./.runbook-"$_host".*; do
        _pid=${_left#./.runbook-"$_host".}
        _pid=${_pid%%.*}
        case $_pid in '' | *[!0-9]*) continue ;; esac
        [ -d "/proc/$_pid" ] || rm -f -- "$_left"
    done
    _temp=./.runbook-$_host.$$.XXXXXXXX
    _temp=$(umask 077; mktemp "$_temp~" 2>/dev/null || mktemp "$_temp") ||
        stop "no file can be made in ${_dir:-/}"
    trap 'rm -f -- "$_temp"' EXIT
}

on_disk() { sync -- "$1" 2>/dev/null || sync "$1" 2>/dev/null || sync; }

# Gives _base's name to $1. Busybox looks through a link that it replaces, and fails where it may not.
rename() {
    mv -fT -- "$1" "./$_base" 2>/dev/null || { [ ! -L "./$_base" ] || rm -f -- "./$_base"; mv -fT -- "$1" "./$_base"; }
}

# Puts _temp in the place of _base, once it has its owner ($1:$2) and mode ($3).
take_place() {
    if [ "$_self" -eq 0 ]; then
        chown -h "$1:$2" "$_temp" || stop "the owner of $_dir/$_base can't be set"
    elif [ "$1" -ne "$_self" ]; then
        stop "$_dir is not root's, so the work is done as user id $_self, who can't give a file to user id $1"
    elif [ "$2" != "$(stat -c %g "$_temp")" ]; then
        chown -h ":$2" "$_temp" || stop "the group of $_dir/$_base can't be set by user id $_self"
    fi
    chmod "$3" "$_temp" || stop "the mode of $_dir/$_base can't be set"
    if [ "$RUNBOOK_ACTION" = apply ] && [ -n "${FILE_VALIDATE:-}" ]; then
        FILE=$_dir/${_temp#./}
        export FILE
        author "$FILE_VALIDATE" >&2 || stop "the new $_dir/$_base was refused by its validate command; nothing was changed"
    fi
    on_disk "$_temp"
    [ "$RUNBOOK_ACTION" = undo ] || { examine && expect "$(digest_of "$_state")"; }
    rename "$_temp" || stop "$_dir/$_base can't be replaced"
    trap - EXIT
    on_disk .
}

# Replaces _base by what new_bytes prints, with SHA-256 $1, owner $2:$3 and mode $4, and keeps its other attributes.
replace() {
    make_folders
    new_file
    new_bytes >"$_temp" || stop "the new $_dir/$_base can't be written: $(df -P . 2>/dev/null | awk 'END { print $4 }') KiB are free"
    [ "$(digest <"$_temp")" = "$1" ] || stop "the new $_dir/$_base was cut short while it was written"
    [ "$_kind" != file ] || copy_attributes "./$_base" "$_temp"
    take_place "$2" "$3" "$4"
}

remove() {
    expect "$(digest_of "$_state")"
    rm -f -- "./$_base" || stop "$_dir/$_base can't be removed"
    on_disk .
}

# What changes with every change of a file's attributes or bytes, of which the journal can hold no copy.
seal() { stat -c '%i %Z %z' -- "$1" | digest; }

# Prints the former state: lines, and after a line `bytes` the file itself. A large file is kept in the step's folder.
capture_file() {
    printf 'kind %s\n' "$_kind"
    case $_kind in
    absent)
        [ -z "$_missing" ] || printf 'folders %s\n' "$(printf '%s\n' "$_missing" | tr '/' '\n' | wc -l | tr -d ' ')"
        ;;
    link) printf 'bytes\n%s' "$_target" ;;
    file)
        printf 'mode %s\nuid %s\ngid %s\nsha256 %s\n' "$_mode" "$_uid" "$_gid" "$_sha"
        if command -v getfattr >/dev/null 2>&1; then
            getfattr -h -d -m - -e hex -- "./$_base" 2>/dev/null | sed -n 's/^\([^#].*=.*\)$/xattr \1/p'
            printf 'attributes complete\n'
        elif [ -n "${RUNBOOK_STATE:-}" ]; then
            if cp --attributes-only --preserve=all -- "./$_base" "$RUNBOOK_STATE/attributes" 2>/dev/null; then
                printf 'attributes %s\n' "$(seal "$RUNBOOK_STATE/attributes")"
            fi
        fi
        if [ "$(stat -c %s "./$_base")" -le $_limit ]; then
            printf 'bytes\n'
            cat "./$_base"
        else
            [ -n "${RUNBOOK_STATE:-}" ] || stop "$_dir/$_base is too large to be kept"
            cp -- "./$_base" "$RUNBOOK_STATE/before" || stop "$_dir/$_base is too large to be kept"
            on_disk "$RUNBOOK_STATE/before"
            printf 'kept\n'
        fi
        ;;
    esac
}

number() {
    case $2 in '' | *[!0-9]*) stop "the captured state is damaged: '$1' is not a number" ;; esac
}

# Restores the attributes that were captured; $1 holds their lines.
restore_attributes() {
    if [ -n "$_complete" ]; then
        command -v setfattr >/dev/null 2>&1 || { [ -z "$1" ] || stop "setfattr is missing"; return 0; }
        command -v setfacl >/dev/null 2>&1 && setfacl -b -- "$_temp" 2>/dev/null
        { printf '# file: %s\n' "$_temp"; printf '%s' "$1"; } | setfattr -h --restore=- 2>/dev/null ||
            printf '%s\n' "some extended attributes of $_dir/$_base could not be put back" >&2
    elif [ -n "$_seal" ]; then
        if [ ! -f "${RUNBOOK_STATE:-}/attributes" ] || [ "$(seal "${RUNBOOK_STATE:-}/attributes")" != "$_seal" ]; then
            stop "the attributes that were kept of $_dir/$_base were changed or taken away"
        fi
        copy_attributes "$RUNBOOK_STATE/attributes" "$_temp"
    elif [ "$_kind" = file ]; then
        copy_attributes "./$_base" "$_temp"
    fi
}

# Puts back what capture_file printed, from standard input.
restore_file() {
    _was='' _was_mode='' _was_uid='' _was_gid='' _was_sha='' _folders=0 _xattrs='' _complete='' _kept='' _seal=''
    while IFS= read -r _line; do
        case $_line in
        bytes) break ;;
        kept) _kept=yes ;;
        'attributes complete') _complete=yes ;;
        'attributes '*) _seal=${_line#attributes } ;;
        'kind '*) _was=${_line#kind } ;;
        'mode '*) _was_mode=${_line#mode } ;;
        'uid '*) _was_uid=${_line#uid } ;;
        'gid '*) _was_gid=${_line#gid } ;;
        'sha256 '*) _was_sha=${_line#sha256 } ;;
        'folders '*) _folders=${_line#folders } ;;
        'xattr '*)
            _xattrs="$_xattrs${_line#xattr }
"
            ;;
        esac
    done
    [ -z "${RUNBOOK_EXPECT:-}" ] || expect "$(digest_of "$_state")"
    case $_was in
    absent)
        number folders "$_folders"
        [ "$_kind" = absent ] || rm -f -- "./$_base" || stop "$_dir/$_base can't be removed"
        while [ "$_folders" -gt 0 ] && [ -z "$_missing" ]; do
            _name=${_dir##*/}
            cd -P .. || break
            rmdir "./$_name" 2>/dev/null || break
            _dir=${_dir%/*} _folders=$((_folders - 1))
        done
        on_disk .
        ;;
    link)
        _link=$(cat; printf x)
        _link=${_link%x}
        [ -n "$_link" ] || stop "the captured state is damaged"
        make_folders
        new_file
        rm -f -- "$_temp"
        ln -s -- "$_link" "$_temp" || stop "the link $_dir/$_base can't be made"
        rename "$_temp" || stop "$_dir/$_base can't be put back"
        trap - EXIT
        on_disk .
        ;;
    file)
        number mode "$_was_mode"
        number uid "$_was_uid"
        number gid "$_was_gid"
        # Of anything else than a file one might read for ever.
        [ -z "$_kept" ] || { [ -f "${RUNBOOK_STATE:-}/before" ] && [ ! -L "${RUNBOOK_STATE:-}/before" ]; } ||
            stop "the file that was kept of $_dir/$_base was taken away"
        make_folders
        new_file
        if [ -n "$_kept" ]; then cat "$RUNBOOK_STATE/before" >"$_temp"; else cat >"$_temp"; fi ||
            stop "the former $_dir/$_base can't be written"
        [ "$(digest <"$_temp")" = "$_was_sha" ] || stop "the captured bytes of $_dir/$_base are damaged"
        restore_attributes "$_xattrs"
        take_place "$_was_uid" "$_was_gid" "$_was_mode"
        ;;
    *) stop "nothing was captured" ;;
    esac
}

# The number of user $1 or group $1, from a name or a number; fails where there is none.
user_id() {
    case $1 in *[!0-9]*) id -u -- "$1" 2>/dev/null ;; *) printf '%s\n' "$1" ;; esac
}
group_id() {
    case $1 in
    *[!0-9]*)
        if command -v getent >/dev/null 2>&1; then getent group "$1"; else grep "^$1:" /etc/group; fi | cut -d: -f3 | grep .
        ;;
    *) printf '%s\n' "$1" ;;
    esac
}
