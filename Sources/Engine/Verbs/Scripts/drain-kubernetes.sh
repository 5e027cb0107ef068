# shellcheck shell=sh disable=SC2154
# Takes a node out of Kubernetes' service, and puts it back: DRAIN_NODE, its name there; DRAIN_REASON; DRAIN_WAIT, the
# seconds in which its pods may go, 0: they stay. An annotation holds runbook:RUN, by which a run knows its own.

command -v kubectl >/dev/null 2>&1 || stop "kubectl is not on this host"
if [ -z "${KUBECONFIG:-}" ] && [ ! -e "${HOME:-/root}/.kube/config" ] && [ -r /etc/kubernetes/admin.conf ]; then
    export KUBECONFIG=/etc/kubernetes/admin.conf
fi
_tag=runbook:$RUNBOOK_RUN
kube() { kubectl --request-timeout=30s "$@" </dev/null; }

# Sets _cordoned (yes or no) and _reason, our annotation.
look() {
    _shown=$(kube get node "$DRAIN_NODE" -o 'jsonpath={.spec.unschedulable}{"\n"}{.metadata.annotations.runbook/drained}' 2>&1) ||
        stop "Kubernetes does not answer for $DRAIN_NODE: $_shown"
    case $_shown in true*) _cordoned=yes ;; *) _cordoned=no ;; esac
    _reason=$(printf '%s\n' "$_shown" | sed 1d)
}
is_ours() { case $_reason in "$_tag" | "$_tag:"*) return 0 ;; esac; return 1; }

# Pods that a drain would evict: not those of daemon sets, of the node itself, or that have ended.
pods() {
    _listed=$(kube get pods --all-namespaces --field-selector "spec.nodeName=$DRAIN_NODE" \
        -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.status.phase} {.metadata.ownerReferences[0].kind}{"\n"}{end}') ||
        return 1
    printf '%s\n' "$_listed" | awk 'NF && $3 != "DaemonSet" && $3 != "Node" && $2 != "Succeeded" && $2 != "Failed" { print $1 }'
}
count() { printf '%s' "$1" | grep -c .; }
value() { if [ "$_cordoned" = yes ]; then printf 'cordoned %s' "$_reason"; else printf 'in service'; fi; }

look
case $RUNBOOK_ACTION in
predict)
    _pods=$(pods) || stop "Kubernetes does not answer for the pods of $DRAIN_NODE"
    _count=$(count "$_pods")
    if [ "$DRAIN_WAIT" -gt 0 ]; then _held="$_count pods to evict" _fate="$_count pods evicted"
    else _held="$_count pods" _fate="$_held stay"; fi
    if [ "$_cordoned" = yes ]; then before "cordoned${_reason:+, $_reason}, $_held"
    else before "schedulable, $_held"; fi
    printf 'before-digest %s\n' "$(digest_of "$(value)")"
    if [ "$_cordoned" = yes ]; then
        if [ "$_count" -eq 0 ] || [ "$DRAIN_WAIT" -eq 0 ]; then after "stays cordoned"; nothing_to_do; fi
        after "$_count pods evicted; stays cordoned by someone else"
    else
        after "cordoned, $_tag: $DRAIN_REASON; $_fate"
    fi
    would_change
    ;;
capture) printf 'cordoned %s\nreason %s\n' "$_cordoned" "$_reason" ;;
apply)
    [ -z "${RUNBOOK_EXPECT:-}" ] || is_ours || expect "$(digest_of "$(value)")"
    if [ "$_cordoned" = no ]; then
        kube annotate --overwrite node "$DRAIN_NODE" "runbook/drained=$_tag: $DRAIN_REASON" >&2 ||
            stop "Kubernetes refused to note why $DRAIN_NODE is drained"
        kube cordon "$DRAIN_NODE" >&2 || stop "Kubernetes refused to cordon $DRAIN_NODE"
    fi
    # kubectl would wait for ever.
    [ "$DRAIN_WAIT" -gt 0 ] || exit 0
    # Never --force: a pod that nothing would start again, or that a disruption budget protects, is a reason to stop.
    kubectl drain "$DRAIN_NODE" --ignore-daemonsets --delete-emptydir-data --timeout="${DRAIN_WAIT}s" </dev/null >&2 ||
        stop "$DRAIN_NODE is cordoned, but not all of its pods may go"
    ;;
undo)
    _was='' _was_reason=''
    while IFS= read -r _line; do
        case $_line in
        'cordoned '*) _was=${_line#cordoned } ;;
        'reason '*) _was_reason=${_line#reason } ;;
        esac
    done
    [ -n "$_was" ] || stop "nothing was captured"
    if [ "$_was" = yes ]; then
        printf '%s\n' "$DRAIN_NODE was cordoned before: it stays so"
        exit 0
    fi
    if ! is_ours; then
        printf '%s\n' "$DRAIN_NODE was drained by someone else meanwhile${_reason:+ ($_reason)}: it stays so"
        exit 0
    fi
    kube uncordon "$DRAIN_NODE" >&2 || stop "Kubernetes refused to uncordon $DRAIN_NODE"
    if [ -n "$_was_reason" ]; then kube annotate --overwrite node "$DRAIN_NODE" "runbook/drained=$_was_reason" >&2
    else kube annotate node "$DRAIN_NODE" runbook/drained- >&2; fi || stop "the note at $DRAIN_NODE can't be taken away"
    ;;
esac
exit 0
