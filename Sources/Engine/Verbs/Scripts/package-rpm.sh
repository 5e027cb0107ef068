# shellcheck shell=sh disable=SC2154,SC2329
# Packages by rpm, with dnf, yum or zypper to fetch them.

installed() { rpm -q --qf '%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' -- "$1" 2>/dev/null | grep -v ' ' | tail -n 1; }

# A question must leave nothing behind, and finds the file system read-only: logs, locks and caches go to a folder in
# memory. Large caches are only linked there.
case $RUNBOOK_ACTION in predict | capture) _asks=yes ;; *) _asks='' ;; esac
if [ -n "$_asks" ] && _aside=$(mktemp -d /dev/shm/runbook-XXXXXXXX 2>/dev/null); then
    case $RUNBOOK_ACTION in
    predict) trap 'rm -rf -- "$_aside"; exit "$_status"' EXIT ;;
    capture) trap 'rm -rf -- "$_aside"' EXIT ;;
    esac
    mkdir "$_aside/cache"
    case $_manager in
    dnf) cp -as /var/cache/dnf/. "$_aside/cache" 2>/dev/null ;;
    zypper) cp -r /var/cache/zypp/solv/. "$_aside/cache" 2>/dev/null ;;
    esac
    export ZYPP_LOCKFILE_ROOT="$_aside" ZYPP_LOGFILE=/dev/null
else
    _aside=''
fi

ask() {
    case $_manager/$_aside in
    dnf/?*) dnf -q -C --setopt=logdir="$_aside" --setopt=cachedir="$_aside/cache" "$@" ;;
    dnf/) dnf -q -C "$@" ;;
    zypper/?*) zypper -q --no-refresh --non-interactive --solv-cache-dir "$_aside/cache" "$@" ;;
    zypper/) zypper -q --no-refresh --non-interactive "$@" ;;
    yum/*) yum -q -C "$@" ;;
    esac 2>/dev/null </dev/null
}

# Versions that some source offers, the newest last. Nothing is fetched: what the node has cached counts.
offered() {
    case $_manager in
    dnf) ask repoquery --qf '%{epoch}:%{version}-%{release}\n' -- "$1" | sed -n 's/^0:\(.*\)/\1/p; /^[1-9]/p' ;;
    yum)
        ask --showduplicates list available "$1" | awk -v name="$1" '
            { package = $1; sub(/\.[^.]*$/, "", package) } package == name { sub(/^0:/, "", $2); print $2 }'
        ;;
    zypper)
        ask search -s --match-exact -t package -- "$1" |
            awk -F '|' '$1 !~ /S/ && NF > 5 { gsub(/ /, "", $4); print $4 }'
        ;;
    esac | awk 'NF && !seen[$0]++' | sort -V
}
candidate() {
    offered "$1" | { while IFS= read -r _version; do
        if fits_wanted "$_version"; then _newest=$_version; fi
    done; printf '%s\n' "${_newest:-}"; } | grep .
}
is_older() {
    [ "$1" != "$2" ] || return 1
    [ "$(rpm --eval "%{lua:print(rpm.vercmp('$1', '$2'))}" 2>/dev/null)" = -1 ]
}
obtainable() {
    [ -n "$(find "${RUNBOOK_STATE:-/nonexistent}" -name "$1-${2#*:}.*.rpm" 2>/dev/null | head -n 1)" ] ||
        offered "$1" | grep -qFx -- "$2"
}

# A package at a version, as the manager takes it.
at_version() {
    case $_manager in zypper) printf '%s=%s' "$1" "$2" ;; *) printf '%s-%s' "$1" "${2#*:}" ;; esac
}

# Only what the step names: these managers tell the rest in no form that a program could read.
transaction() { printf '%s\n' "$_changes"; }

everything() { rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH}\n' | grep -v '^gpg-pubkey ' | sort; }

# Keeps the whole list of packages, to tell afterwards what the transaction did; and the digests of package files that
# it fetches, since nothing else proves later on that they are the ones that were kept.
keep() {
    printf 'manager %s\n' "$_manager"
    everything | sed 's/^/package /'
    if [ -n "${RUNBOOK_STATE:-}" ]; then
        printf '%s\n' "$1" | while read -r _package _former _new; do
            [ "$_former" != - ] || continue
            case $_manager in
            dnf)
                # shellcheck disable=SC2086
                dnf -q -y ${_aside:+--setopt=logdir=$_aside --setopt=cachedir=$_aside/cache --setopt=persistdir=$_aside/persist} \
                    reinstall --downloadonly --destdir "$RUNBOOK_STATE" "$_package-${_former#*:}" >/dev/null 2>&1
                ;;
            yum) yum -q -y reinstall --downloadonly --downloaddir="$RUNBOOK_STATE" "$_package-${_former#*:}" >/dev/null 2>&1 ;;
            esac
        done
        find "$RUNBOOK_STATE" -type f -name '*.rpm' | while IFS= read -r _file; do
            printf 'kept %s %s\n' "$(digest <"$_file")" "${_file##*/}"
        done
    fi
    return 0
}

manage() {
    case $_manager in
    zypper) zypper --non-interactive --no-refresh "$@" </dev/null >&2 ;;
    *) "$_manager" -y "$@" </dev/null >&2 ;;
    esac
}

carry_out() {
    _downs='' _ups='' _removals=''
    while read -r _package _former _new; do
        case $_former/$_new in
        */-) _removals="$_removals $_package" ;;
        -/*) _ups="$_ups $(at_version "$_package" "$_new")" ;;
        *)
            if is_older "$_new" "$_former"; then _downs="$_downs $(at_version "$_package" "$_new")"
            else _ups="$_ups $(at_version "$_package" "$_new")"; fi
            ;;
        esac
    done <<END
$_changes
END
    change_all
}

# Installs _ups, puts _downs to an older version, and removes _removals.
change_all() {
    [ -z "$PACKAGE_INSTEAD_OF" ] || [ -z "$_removals" ] || [ -z "$_ups$_downs" ] || exchange
    # shellcheck disable=SC2086
    case $_manager in
    zypper)
        [ -z "$_ups$_downs" ] || manage install --oldpackage $_ups $_downs || stop "zypper ended with status $?"
        ;;
    *)
        [ -z "$_ups" ] || manage install $_ups || stop "$_manager ended with status $?"
        [ -z "$_downs" ] || manage downgrade $_downs || stop "$_manager ended with status $?"
        ;;
    esac
    # shellcheck disable=SC2086
    [ -z "$_removals" ] || manage remove $_removals || stop "$_manager ended with status $?"
}

# One thing in the place of another. That goes first, since the scripts of a package that goes would take from the disk what
# those of the new one have put there; and alone, since what needs one of them is content with the other.
exchange() {
    # What can't be fetched, or does not fit, has to be seen while all is still there.
    # shellcheck disable=SC2046,SC2086
    case $_manager in
    dnf) manage install --downloadonly --allowerasing $_ups $_downs ;;
    zypper) manage install --download-only --oldpackage $_ups $_downs $(printf ' !%s' $_removals) ;;
    *)
        # yum's swap does one thing besides the removal.
        if [ -n "$_ups" ]; then set -- install $_ups; else set -- downgrade $_downs; fi
        manage --downloadonly swap -- remove $_removals -- "$@"
        ;;
    esac || stop "$_manager ended with status $?; nothing was changed"
    # shellcheck disable=SC2086
    rpm -e --nodeps $_removals >&2 || stop "rpm ended with status $?"
    _removals=''
    # Given a version, dnf installs it, whatever is there. For yum and zypper older ones are a case of their own.
    [ "$_manager" != dnf ] || { _ups="$_ups $_downs" _downs=''; }
}

# Undoes what differs from the captured list among the packages that the transaction touched.
take_back() {
    _captured=$(cat)
    [ -n "$_captured" ] || exit 0
    _before=$(printf '%s\n' "$_captured" | sed -n 's/^package //p')
    [ -z "$(printf '%s' "$_before" | tr -d 'A-Za-z0-9.+:~^_ \n-')" ] || stop "the captured state is damaged"
    _now=$(everything)
    _downs='' _ups='' _removals=''
    _words=$(
        {
            printf '%s\n' "$_before" | sed 's/^/b /'
            printf '%s\n' "$_now" | sed 's/^/n /'
        } | awk '
            { id = $2 "." $4; if ($1 == "b") before[id] = $3; else now[id] = $3; name[id] = $2 }
            END {
                for (id in name) {
                    was = (id in before) ? before[id] : "-"
                    has = (id in now) ? now[id] : "-"
                    if (was != has) print id, was, has
                }
            }'
    )
    while read -r _package _was _has; do
        case $_was/$_has in
        /) ;;
        -/*) _removals="$_removals $_package" ;;
        */-)
            package_word "$_package" "$_was"
            _ups="$_ups $_word"
            ;;
        *)
            package_word "$_package" "$_was"
            if is_older "$_was" "$_has"; then _downs="$_downs $_word"; else _ups="$_ups $_word"; fi
            ;;
        esac
    done <<END
$_words
END
    change_all
}

# Sets _word to NAME.ARCH and a version as the managers take them, or to the file that was kept. Where none was kept, or
# none is left, it comes from a source, which vouches for it.
package_word() {
    _name=${1%.*}-${2#*:}.${1##*.}.rpm
    _sha=$(printf '%s\n' "$_captured" | awk -v name="$_name" '$1 == "kept" && $3 == name { print $2; exit }')
    _file=''
    [ -z "$_sha" ] || _file=$(find "${RUNBOOK_STATE:-/nonexistent}" -name "$_name" 2>/dev/null | head -n 1)
    if [ -n "$_file" ]; then
        if [ ! -f "$_file" ] || [ "$(digest <"$_file")" != "$_sha" ]; then
            stop "the file $_name is not the one that was kept; nothing was changed"
        fi
        _word=$_file
    elif [ "$_manager" = zypper ]; then _word=${1%.*}=$2
    else _word=${1%.*}-${2#*:}.${1##*.}; fi
}

run_step
exit 0
