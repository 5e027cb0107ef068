# shellcheck shell=sh disable=SC2154
# A systemd unit: SERVICE_NAME, and empty where the step says nothing: SERVICE_STATE (started, stopped, restarted,
# reloaded), SERVICE_ENABLED (yes, no), SERVICE_MASKED (yes, no). To its undo: SERVICE_AGAIN (yes: what it reads when it
# starts may have been put back just now).

case $SERVICE_NAME in
*.service | *.socket | *.target | *.timer | *.mount | *.automount | *.path | *.slice | *.scope | *.swap | *.device) _unit=$SERVICE_NAME ;;
*) _unit=$SERVICE_NAME.service ;;
esac
ctl() { systemctl --no-ask-password --no-pager --quiet "$@" </dev/null; }
command -v systemctl >/dev/null 2>&1 || stop "systemctl is not on this node"

# Sets _load, _active, _sub, _file (the state of the unit file), _type, _result, _reload, _restarts (those that systemd
# did by itself since the last start) and _since (microseconds after boot at which it was started last).
look() {
    _properties=$(systemctl show --no-pager \
        -p LoadState -p ActiveState -p SubState -p UnitFileState -p Type -p Result -p NeedDaemonReload \
        -p NRestarts -p InactiveExitTimestampMonotonic \
        -- "$_unit") || stop "systemd does not answer for $_unit"
    _load='' _active='' _sub='' _file='' _type='' _result='' _reload='' _restarts='' _since=''
    while IFS= read -r _line; do
        case $_line in
        LoadState=*) _load=${_line#*=} ;;
        ActiveState=*) _active=${_line#*=} ;;
        SubState=*) _sub=${_line#*=} ;;
        UnitFileState=*) _file=${_line#*=} ;;
        Type=*) _type=${_line#*=} ;;
        Result=*) _result=${_line#*=} ;;
        NeedDaemonReload=*) _reload=${_line#*=} ;;
        NRestarts=*) _restarts=${_line#*=} ;;
        InactiveExitTimestampMonotonic=*) _since=${_line#*=} ;;
        esac
    done <<END
$_properties
END
    case $_load in masked) [ -n "$_file" ] || _file=masked ;; esac
    [ -n "$_load" ] || stop "systemd does not answer for $_unit"
}

is_up() {
    case $_active.$_sub in
    activating.auto-restart*) return 1 ;;
    active.* | reloading.* | activating.* | refreshing.*) return 0 ;;
    esac
    return 1
}
is_masked() { case $_file in masked*) return 0 ;; esac; return 1; }
is_enabled() { case $_file in enabled* | static | alias | indirect | generated | transient) return 0 ;; esac; return 1; }
up_or_down() { if is_up; then printf up; else printf down; fi; }
# Ends again and again, and systemd goes on starting it: seen between two starts, or up for a moment after one.
is_crashing() {
    case $_active.$_sub in
    activating.auto-restart*) return 0 ;;
    active.* | activating.*) ;;
    *) return 1 ;;
    esac
    [ "${_restarts:-0}" -gt 0 ] || return 1
    read -r _now _rest </proc/uptime
    [ $((${_now%%.*} - ${_since:-0} / 1000000)) -lt 15 ]
}

# The value that the plan saw. A restart does not depend on whether the unit is up just now.
value() {
    case $SERVICE_STATE in
    started | stopped) printf '%s %s' "$(up_or_down)" "$_file" ;;
    *) printf 'any %s' "$_file" ;;
    esac
}

# What the step would make of it; empty where it is so already.
steps_needed() {
    if [ "$SERVICE_MASKED" = no ] && is_masked; then printf 'unmask '; fi
    if [ "$SERVICE_ENABLED" = yes ]; then
        if is_masked && [ "$SERVICE_MASKED" = no ]; then
            # What it is beneath the mask shows only once that is gone.
            printf 'enable '
        elif ! is_enabled; then printf 'enable '; fi
    fi
    if [ "$SERVICE_ENABLED" = no ]; then case $_file in enabled* | linked*) printf 'disable ' ;; esac; fi
    case $SERVICE_STATE in
    started) is_up || printf 'start ' ;;
    stopped) if is_up || is_crashing; then printf 'stop '; fi ;;
    restarted) printf 'restart ' ;;
    reloaded) printf 'reload ' ;;
    esac
    if [ "$SERVICE_MASKED" = yes ] && ! is_masked; then printf 'mask '; fi
}

# Waits until it is up, and still up a second later. The step's own timeout ends the waiting.
await_up() {
    while :; do
        look
        case $_active in
        active)
            sleep 1
            look
            [ "$_active" != active ] || return 0
            ;;
        failed) break ;;
        inactive)
            [ "$_type" != oneshot ] || [ "$_result" != success ] || return 0
            break
            ;;
        esac
        case $_sub in auto-restart*) break ;; esac
        sleep 1
    done
    systemctl status --no-pager --lines=20 -- "$_unit" >&2
    stop "$_unit is $_active ($_sub, result $_result)"
}

# The links by which systemd knows that a unit is wanted or has another name, as `path TAB target`.
links() {
    find /etc/systemd/system /run/systemd/system -maxdepth 2 -type l -printf '%p\t%l\n' 2>/dev/null |
        UNIT=$_unit awk -F '\t' '{
            from = $1; to = $2
            sub(/.*\//, "", from); sub(/.*\//, "", to)
            if (from == ENVIRON["UNIT"] || to == ENVIRON["UNIT"]) print
        }' | sort
}

link_folders() { find /etc/systemd/system /run/systemd/system -maxdepth 1 -type d \( -name '*.wants' -o -name '*.requires' \) 2>/dev/null; }

# Whatever systemctl made of it: the links are again as they were. _was_links has them, _was_folders their folders.
restore_links() {
    _tab=$(printf '\t')
    links | while IFS=$_tab read -r _path _target; do
        case "
$_was_links" in *"
$_path$_tab$_target
"*) ;; *) rm -f -- "$_path" ;; esac
    done
    printf '%s' "$_was_links" | while IFS=$_tab read -r _path _target; do
        case $_path in
        */../* | *//*) continue ;;
        /etc/systemd/system/* | /run/systemd/system/*) ;;
        *) continue ;;
        esac
        if [ -e "$_path" ] || [ -L "$_path" ]; then continue; fi
        mkdir -p -- "${_path%/*}" && ln -s -- "$_target" "$_path"
    done
    link_folders | while IFS= read -r _folder; do
        case "
$_was_folders" in *"
$_folder
"*) ;; *) rmdir -- "$_folder" 2>/dev/null ;; esac
    done
    ctl daemon-reload
}

carry_out() {
    case $1 in
    unmask) ctl unmask -- "$_unit" && ctl daemon-reload ;;
    mask) ctl mask -- "$_unit" ;;
    enable) ctl enable -- "$_unit" ;;
    disable) ctl disable -- "$_unit" ;;
    start)
        ctl reset-failed -- "$_unit" 2>/dev/null
        ctl start -- "$_unit"
        ;;
    stop) ctl stop -- "$_unit" ;;
    restart)
        ctl reset-failed -- "$_unit" 2>/dev/null
        ctl restart -- "$_unit"
        ;;
    reload) ctl reload -- "$_unit" ;;
    esac || {
        _code=$?
        systemctl status --no-pager --lines=20 -- "$_unit" >&2
        stop "systemctl $1 $_unit ended with status $_code"
    }
}

look
case $RUNBOOK_ACTION in
predict)
    [ "$_load" != not-found ] || [ "$SERVICE_STATE$SERVICE_ENABLED" = stoppedno ] || [ "$SERVICE_STATE$SERVICE_ENABLED" = stopped ] ||
        [ "$SERVICE_MASKED" = yes ] || stop "there is no unit $_unit"
    case $_load in bad-setting | error) stop "$_unit can't be loaded ($_load)" ;; esac
    _needed=$(steps_needed)
    if is_masked && [ "$SERVICE_MASKED" != no ]; then
        case $_needed in *start* | *enable*) stop "$_unit is masked; masked: false would take that away" ;; esac
    fi
    case $_needed in
    *' mask '* | 'mask '*)
        [ ! -f "/etc/systemd/system/$_unit" ] || [ -L "/etc/systemd/system/$_unit" ] ||
            stop "/etc/systemd/system/$_unit is a file, which systemd can't mask"
        ;;
    esac
    before "$_active ($_sub), ${_file:-no unit file}"
    after "${_needed:-nothing to do}"
    printf 'before-digest %s\n' "$(digest_of "$(value)")"
    [ -n "$_needed" ] || nothing_to_do
    if [ "$_active" = failed ] && [ "$SERVICE_STATE" != '' ]; then
        printf 'undo exact stop %s: it had failed, and will be inactive\n' "$_unit"
    fi
    would_change
    ;;
capture)
    if is_crashing; then _state=crashing; else _state=$(up_or_down); fi
    printf 'active %s\nfile %s\n' "$_state" "$_file"
    links | sed 's/^/link /'
    link_folders | sed 's/^/folder /'
    ;;
apply)
    _needed=$(steps_needed)
    [ -n "$_needed" ] || exit 0
    expect "$(digest_of "$(value)")"
    [ "$_reload" != yes ] || ctl daemon-reload
    for _step in $_needed; do carry_out "$_step"; done
    case $SERVICE_STATE in
    started | restarted | reloaded) await_up ;;
    stopped)
        look
        if is_up || is_crashing; then stop "$_unit is still $_active ($_sub)"; fi
        ;;
    esac
    look
    if [ "$SERVICE_ENABLED" = yes ] && ! is_enabled; then stop "$_unit is ${_file:-without unit file}, not enabled"; fi
    ;;
undo)
    _was='' _was_file='' _was_links='' _was_folders=''
    while IFS= read -r _line; do
        case $_line in
        'active '*) _was=${_line#active } ;;
        'file '*) _was_file=${_line#file } ;;
        'link '*)
            _was_links="$_was_links${_line#link }
"
            ;;
        'folder '*)
            _was_folders="$_was_folders${_line#folder }
"
            ;;
        esac
    done
    [ -n "$_was" ] || stop "nothing was captured"
    if [ "$SERVICE_MASKED$SERVICE_ENABLED" != '' ] && [ "$_file" != "$_was_file" ]; then
        case $_file in
        masked-runtime) ctl unmask --runtime -- "$_unit" ;;
        masked) ctl unmask -- "$_unit" ;;
        esac
        ctl daemon-reload
        look
        case $_was_file in
        enabled) ctl enable -- "$_unit" 2>/dev/null ;;
        enabled-runtime) ctl enable --runtime -- "$_unit" 2>/dev/null ;;
        disabled) case $_file in enabled* | linked*) ctl disable -- "$_unit" 2>/dev/null ;; esac ;;
        esac
    fi
    look
    if [ "$_was" = down ] && is_up; then ctl stop -- "$_unit" || stop "$_unit can't be stopped"; fi
    if [ "$_was" = up ] && ! is_up; then
        ctl reset-failed -- "$_unit" 2>/dev/null
        ctl start -- "$_unit" || stop "$_unit can't be started"
        await_up
    elif [ "$_was" = up ] && [ "${SERVICE_AGAIN:-}" = yes ]; then
        case $SERVICE_STATE in
        restarted) ctl restart -- "$_unit" || stop "$_unit can't be restarted" ;;
        reloaded) ctl reload -- "$_unit" || stop "$_unit can't be reloaded" ;;
        esac
        await_up
    elif [ "$_was" = crashing ]; then
        ctl stop -- "$_unit" || stop "$_unit can't be stopped"
        ctl start --no-block -- "$_unit" || stop "$_unit can't be started"
    fi
    [ -z "$SERVICE_MASKED$SERVICE_ENABLED" ] || restore_links
    look
    [ "$_was" = crashing ] || [ "$(up_or_down)" = "$_was" ] || stop "$_unit is $_active, not $_was as before"
    [ "$_file" = "$_was_file" ] || [ -z "$SERVICE_MASKED$SERVICE_ENABLED" ] ||
        stop "the unit file of $_unit is '$_file', not '$_was_file' as before"
    ;;
esac
exit 0
