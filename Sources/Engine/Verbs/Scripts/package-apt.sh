# shellcheck shell=sh disable=SC2154
# Packages by apt and dpkg.
if [ "$_manager" = apt ]; then
    export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l UCF_FORCE_CONFFOLD=1
    # Reads without leaving caches behind.
    look_apt() {
        _tool=$1
        shift
        "$_tool" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
    }
    apt() {
        apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
            -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
    }

    installed() {
        dpkg-query -W -f '${db:Status-Status} ${Version}\n' -- "$1" 2>/dev/null | sed -n 's/^installed //p' | head -n 1
    }
    # Versions that some source offers, the newest first.
    offered() {
        look_apt apt-cache policy -- "$1" 2>/dev/null | awk '
            /^  Version table:/ { table = 1; next }
            table && /^( \*\*\*|    ) [^ ]/ { version = ($1 == "***") ? $2 : $1; next }
            table && version != "" && /^ +-?[0-9]+ / && $2 != "/var/lib/dpkg/status" { print version; version = "" }'
    }
    candidate() {
        if [ -n "$PACKAGE_VERSION" ]; then
            offered "$1" | while IFS= read -r _version; do
                if fits_wanted "$_version"; then printf '%s\n' "$_version"; break; fi
            done
        else
            look_apt apt-cache policy -- "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -vFx '(none)'
        fi
    }
    is_older() { dpkg --compare-versions "$1" lt "$2"; }
    # The file of package $1 at version $2 in folder $3.
    # The architecture does not belong to a file's name in the way it belongs to a package's.
    file_in() {
        for _deb in "$3/${1%%:*}_$(printf '%s' "$2" | sed 's/:/%3a/')"_*.deb; do
            [ -f "$_deb" ] && printf '%s\n' "$_deb" && return
        done
        return 1
    }
    own_file() { file_in "$1" "$2" "${RUNBOOK_STATE:-/nonexistent}"; }
    kept_file() { own_file "$@" || file_in "$1" "$2" /var/cache/apt/archives; }
    obtainable() { kept_file "$1" "$2" >/dev/null || offered "$1" | grep -qFx -- "$2"; }

    # The packages that the step names, and what they provide.
    chosen() {
        names
        # shellcheck disable=SC2046
        look_apt apt-cache show -- $(names | while IFS= read -r _package; do
            _new=$(printf '%s\n' "$_changes" | awk -v name="$_package" '$1 == name { print $3; exit }')
            printf '%s=%s\n' "$_package" "${_new:-$(installed "$_package")}"
        done) 2>/dev/null | sed -n 's/^Provides: //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//'
    }
    # What the packages NAME=VERSION need in exactly one version, a line each. Of alternatives the one that the step names,
    # else the one that is installed, else the first.
    bound() {
        look_apt apt-cache show -- "$@" 2>/dev/null | sed -n 's/^\(Pre-\)\{0,1\}Depends: //p' | tr ',' '\n' |
            while IFS= read -r _group; do
                _first='' _there='' _named=''
                while IFS= read -r _choice; do
                    # shellcheck disable=SC2086
                    set -- $_choice
                    [ $# -gt 0 ] || continue
                    _only=''
                    # NAME:ARCHITECTURE is left to apt.
                    case $1/${2:-}/${3:-} in *:*/*/*) ;; */'(='/*')') _only=$1=${3%\)} ;; esac
                    [ -n "$_first" ] || _first=${_only:-any}
                    [ -z "$(installed "$1")" ] || _there=${_there:-${_only:-any}}
                    ! printf '%s\n' "$_chosen" | grep -qFx -- "$1" || _named=${_named:-${_only:-any}}
                done <<END
$(printf '%s' "$_group" | tr '|' '\n')
END
                _only=${_named:-${_there:-$_first}}
                case $_only in *=*) printf '%s\n' "$_only" ;; esac
            done
    }
    # All that goes with NAME at a VERSION that is not the one that apt would take: NAME=VERSION, a line each. apt itself
    # would take the newest version of what NAME needs, and then find that it does not fit.
    tied() {
        _open=$1=$2 _known=' ' _chosen=$(chosen)
        while [ -n "$_open" ]; do
            for _word in $_open; do _known="$_known$_word "; done
            # shellcheck disable=SC2086
            _found=$(bound $_open)
            _open=''
            for _word in $_found; do
                case "$_known $_open " in *" $_word "*) ;; *) _open="$_open $_word" ;; esac
            done
        done
        # shellcheck disable=SC2086
        printf '%s\n' $_known
    }

    # Turns _changes into apt's words.
    words() {
        printf '%s\n' "$_changes" | while read -r _package _former _new; do
            if [ "$_new" = - ]; then printf '%s-\n' "$_package"
            elif look_apt apt-cache policy -- "$_package" | grep -qFx "  Candidate: $_new"; then printf '%s=%s\n' "$_package" "$_new"
            else tied "$_package" "$_new"
            fi
        done | sort -u
    }
    downgrades() { [ "$PACKAGE_DOWNGRADE" != yes ] || printf '%s\n' --allow-downgrades; }

    # All that apt would do, by its own simulation.
    transaction() {
        # shellcheck disable=SC2046
        _simulated=$(look_apt apt-get -s -q -y $(downgrades) install $(words) 2>&1) || {
            printf '%s\n' "$_simulated" | sed -n 's/^E: //p' | head -n 1
            return 1
        }
        printf '%s\n' "$_simulated" | awk '
            $1 == "Inst" {
                former = "-"; at = 3
                if ($3 ~ /^\[/) { former = substr($3, 2, length($3) - 2); at = 4 }
                print $2, former, substr($at, 2)
            }
            $1 == "Remv" || $1 == "Purg" { print $2, substr($3, 2, length($3) - 2), "-" }' | sort -u
    }

    # Keeps what the undo needs: former versions, who asked for them, and package files that no source may have later.
    # Of each such file the digest too, since nothing else proves later on that it is the one that was kept.
    keep() {
        printf 'manager apt\n'
        printf '%s\n' "$1" | while read -r _package _former _new; do
            _mark=manual
            [ -z "$(apt-mark showauto -- "$_package" 2>/dev/null)" ] || _mark=auto
            _rest=$(dpkg-query -W -f '${db:Status-Status}' -- "$_package" 2>/dev/null)
            if [ "$_former" != - ] && [ -n "${RUNBOOK_STATE:-}" ] && ! kept_file "$_package" "$_former" >/dev/null; then
                (cd "$RUNBOOK_STATE" && look_apt apt-get -q download "$_package=$_former" >/dev/null 2>&1)
            fi
            if [ "$_former" != - ] && [ -n "${RUNBOOK_STATE:-}" ]; then
                _deb=$(kept_file "$_package" "$_former") && [ "${_deb%/*}" != "$RUNBOOK_STATE" ] && cp -- "$_deb" "$RUNBOOK_STATE/"
            fi
            _sha=''
            ! _deb=$(own_file "$_package" "$_former") || _sha=$(digest <"$_deb")
            printf 'package %s %s %s %s %s\n' "$_package" "$_former" "$_mark" "${_rest:-not-installed}" "${_sha:--}"
        done
        return 0
    }

    carry_out() {
        _words=$(words)
        # What only goes along with the named packages was not asked for by name, whatever apt makes of the words.
        _along=$(printf '%s\n' "$_words" | sed -n 's/=.*//p' | while IFS= read -r _package; do
            names | grep -qFx -- "$_package" && continue
            [ -n "$(installed "$_package")" ] && [ -z "$(apt-mark showauto -- "$_package" 2>/dev/null)" ] && continue
            printf '%s\n' "$_package"
        done)
        # shellcheck disable=SC2046,SC2086
        apt $(downgrades) install $_words >&2 || {
            _code=$?
            [ -z "$(dpkg --audit 2>/dev/null)" ] || printf '%s\n' "dpkg was interrupted: dpkg --configure -a may mend it" >&2
            stop "apt-get ended with status $_code"
        }
        # shellcheck disable=SC2086
        [ -z "$_along" ] || apt-mark auto $_along >/dev/null
    }

    take_back() {
        _words='' _auto='' _manual='' _gone=''
        while read -r _kind _package _former _mark _rest _sha; do
            [ "$_kind" = package ] || continue
            case $_package$_former in *[!A-Za-z0-9.+:~-]*) stop "the captured state is damaged: $_package $_former" ;; esac
            _has=$(installed "$_package")
            if [ "$_former" = - ]; then
                [ -n "$_has" ] || continue
                _words="$_words $_package-"
                [ "$_rest" = config-files ] || _gone="$_gone $_package"
            else
                case $_mark in auto) _auto="$_auto $_package" ;; *) _manual="$_manual $_package" ;; esac
                [ "$_has" != "$_former" ] || continue
                # Where no file was kept, or none is left, it comes from a source, which vouches for it.
                if [ "${_sha:--}" != - ] && _deb=$(own_file "$_package" "$_former"); then
                    [ "$(digest <"$_deb")" = "$_sha" ] ||
                        stop "the file of $_package $_former is not the one that was kept: ${_deb##*/}; nothing was changed"
                    _words="$_words $_deb"
                else
                    _words="$_words $_package=$_former"
                fi
            fi
        done
        # shellcheck disable=SC2086
        [ -z "$_words" ] || apt --allow-downgrades install $_words >&2 || stop "apt-get ended with status $?"
        # What was not there at all goes with its configuration; what had left its configuration behind keeps that.
        # shellcheck disable=SC2086
        [ -z "$_gone" ] || apt purge $_gone >&2 || stop "apt-get ended with status $?"
        # shellcheck disable=SC2086
        [ -z "$_auto" ] || apt-mark auto $_auto >/dev/null
        # shellcheck disable=SC2086
        [ -z "$_manual" ] || apt-mark manual $_manual >/dev/null
        return 0
    }
    run_step
    exit 0
fi
