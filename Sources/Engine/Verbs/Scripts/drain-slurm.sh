# shellcheck shell=sh disable=SC2154
# Takes a node out of Slurm's service, and puts it back: DRAIN_NODE, its name there; DRAIN_REASON; DRAIN_WAIT, the
# seconds in which its jobs may end, 0: they go on. The reason begins with runbook:RUN, by which a run knows its own.

command -v scontrol >/dev/null 2>&1 || stop "scontrol is not on this host"
_tag=runbook:$RUNBOOK_RUN

# Sets _flags, such as IDLE+DRAIN, and _reason, without who gave it and when.
look() {
    _shown=$(scontrol -o show node "$DRAIN_NODE" 2>&1) || stop "Slurm does not answer for $DRAIN_NODE: $_shown"
    case $_shown in "NodeName=$DRAIN_NODE "*) ;; *) stop "Slurm has no node $DRAIN_NODE" ;; esac
    _flags=$(printf '%s\n' "$_shown" | sed -n 's/.* State=\([^ ]*\).*/\1/p' | tr -d '*~#!%$@^-' )
    [ -n "$_flags" ] || stop "Slurm's answer for $DRAIN_NODE can't be read"
    _reason=$(printf '%s\n' "$_shown" | sed -n 's/.* Reason=\(.*\)$/\1/p' | sed 's/ \[[^][]*@[^][]*\].*$//')
}

is_drained() { case +$_flags+ in *+DRAIN+* | *+DRAINED+* | *+DRAINING+*) return 0 ;; esac; return 1; }
is_ours() { case $_reason in "$_tag" | "$_tag:"*) return 0 ;; esac; return 1; }
jobs() { squeue -h -t RUNNING,COMPLETING,SUSPENDED,CONFIGURING,STOPPED -o '%i %u' -w "$DRAIN_NODE"; }
count() { printf '%s' "$1" | grep -c .; }

# What the plan saw: whether it was drained, and by whom.
value() { if is_drained; then printf 'drained %s' "$_reason"; else printf 'in service'; fi; }

look
case $RUNBOOK_ACTION in
predict)
    _jobs=$(jobs) || stop "squeue does not answer for $DRAIN_NODE"
    _count=$(count "$_jobs")
    before "$_flags${_reason:+, $_reason}, $_count jobs"
    printf 'before-digest %s\n' "$(digest_of "$(value)")"
    if is_drained; then
        after "stays as it is${_reason:+, $_reason}"
        if [ "$_count" -eq 0 ] || [ "$DRAIN_WAIT" -eq 0 ]; then nothing_to_do; fi
        after "waits until its $_count jobs have ended; stays drained by someone else"
    elif [ "$DRAIN_WAIT" -gt 0 ]; then
        after "drained, $_tag: $DRAIN_REASON; waits for $_count jobs"
    else
        after "drained, $_tag: $DRAIN_REASON; $_count jobs go on"
    fi
    would_change
    ;;
capture) printf 'flags %s\nreason %s\n' "$_flags" "$_reason" ;;
apply)
    expect_drain() { [ -z "${RUNBOOK_EXPECT:-}" ] || is_ours || expect "$(digest_of "$(value)")"; }
    expect_drain
    if ! is_drained; then
        scontrol update NodeName="$DRAIN_NODE" State=DRAIN Reason="$_tag: $DRAIN_REASON" >&2 ||
            stop "Slurm refused to drain $DRAIN_NODE"
        look
        is_drained || stop "$DRAIN_NODE is $_flags after it was drained"
    fi
    [ "$DRAIN_WAIT" -gt 0 ] || exit 0
    _left=$DRAIN_WAIT
    while :; do
        _jobs=$(jobs) || stop "squeue does not answer for $DRAIN_NODE"
        [ -n "$_jobs" ] || break
        [ "$_left" -gt 0 ] ||
            stop "$DRAIN_NODE is drained, but $(count "$_jobs") jobs still run there after $DRAIN_WAIT s: $(one_line "$_jobs")"
        _pause=5
        [ "$_left" -ge $_pause ] || _pause=$_left
        sleep "$_pause"
        _left=$((_left - _pause))
    done
    ;;
undo)
    _was='' _was_reason=''
    while IFS= read -r _line; do
        case $_line in
        'flags '*) _was=${_line#flags } ;;
        'reason '*) _was_reason=${_line#reason } ;;
        esac
    done
    [ -n "$_was" ] || stop "nothing was captured"
    case +$_was+ in *+DRAIN+* | *+DRAINED+* | *+DRAINING+*)
        printf '%s\n' "$DRAIN_NODE was drained before: it stays so"
        exit 0
        ;;
    esac
    if ! is_drained; then
        printf '%s\n' "$DRAIN_NODE is in service already"
        exit 0
    fi
    if ! is_ours; then
        printf '%s\n' "$DRAIN_NODE was drained by someone else meanwhile ($_reason): it stays so"
        exit 0
    fi
    # Only the drain is taken away: a node that was down stays down.
    scontrol update NodeName="$DRAIN_NODE" State=UNDRAIN >&2 || stop "Slurm refused to undrain $DRAIN_NODE"
    [ -z "$_was_reason" ] || scontrol update NodeName="$DRAIN_NODE" Reason="$_was_reason" >&2 ||
        stop "the former reason of $DRAIN_NODE can't be put back"
    look
    ! is_drained || stop "$DRAIN_NODE is still $_flags"
    # Slurm asks the node anew before it gives it work.
    _left=30
    while [ $_left -gt 0 ] && case +$_was+ in *+NOT_RESPONDING+*) false ;; esac; do
        case +$_flags+ in *+NOT_RESPONDING+*) ;; *) break ;; esac
        sleep 1
        _left=$((_left - 1))
        look
    done
    # A node that answers may have come up by that (ReturnToService=2).
    case +$_was+ in *+DOWN+*)
        case +$_flags+ in
        *+DOWN+*) ;;
        *) scontrol update NodeName="$DRAIN_NODE" State=DOWN Reason="${_was_reason:-as before}" >&2 || stop "$DRAIN_NODE can't be set down again" ;;
        esac
        ;;
    esac
    ;;
esac
exit 0
