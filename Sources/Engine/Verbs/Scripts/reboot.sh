# shellcheck shell=sh disable=SC2154
# Reboots a moment after this script has ended, so that its end can still be told.
case $RUNBOOK_ACTION in
predict)
    before "$(uptime -s 2>/dev/null | sed 's/^/up since /')"
    after "rebooted"
    would_change
    ;;
apply)
    if [ -d /run/systemd/system ]; then
        systemd-run --quiet --collect --on-active=3s --timer-property=AccuracySec=100ms systemctl --no-wall reboot </dev/null >&2 ||
            stop "systemd refused to reboot"
    else
        command -v reboot >/dev/null 2>&1 || stop "there is no reboot command"
        setsid sh -c 'sleep 3; exec reboot' </dev/null >/dev/null 2>&1 &
    fi
    ;;
esac
exit 0
