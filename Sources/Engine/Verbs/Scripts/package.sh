# shellcheck shell=sh disable=SC2154
# Packages, in one transaction: PACKAGE_NAMES, one a line; PACKAGE_INSTEAD_OF, likewise, those that go; PACKAGE_STATE:
# present, latest, absent; PACKAGE_VERSION, or empty; PACKAGE_DOWNGRADE: yes where an older version may take the place of a
# newer one.
# A version fits when it is equal to the wanted one, or goes on with -, + or ~; an epoch is ignored.

fits() {
    _epochless=${1#*:}
    case $1 in [0-9]*:*) ;; *) _epochless=$1 ;; esac
    case $_epochless in "$2" | "$2"[-+~]*) return 0 ;; esac
    [ "$1" = "$2" ]
}

fits_wanted() { [ -z "$PACKAGE_VERSION" ] || fits "$1" "$PACKAGE_VERSION"; }

# PACKAGE_NAMES is a list of lines; names hold no blanks.
names() { printf '%s\n' "$PACKAGE_NAMES"; }

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then _manager=apt
elif command -v dnf >/dev/null 2>&1; then _manager=dnf
elif command -v yum >/dev/null 2>&1; then _manager=yum
elif command -v zypper >/dev/null 2>&1; then _manager=zypper
else stop "neither apt-get, dnf, yum nor zypper is on this node"
fi

# Each manager has: installed NAME (its version, or nothing); candidate NAME (the version to install, or nothing);
# is_older A B; transaction (what the step would do, a line each: NAME FORMER NEW, `-` for none); obtainable NAME
# VERSION; carry_out; take_back.

# The packages that the step names and that are not as it wants them: NAME FORMER NEW.
wanted_changes() {
    printf '%s\n' "$PACKAGE_INSTEAD_OF" | while IFS= read -r _package; do
        [ -n "$_package" ] || continue
        _has=$(installed "$_package")
        [ -z "$_has" ] || printf '%s %s -\n' "$_package" "$_has"
    done
    names | while IFS= read -r _package; do
        _has=$(installed "$_package")
        case $PACKAGE_STATE in
        absent) [ -z "$_has" ] || printf '%s %s -\n' "$_package" "$_has" ;;
        *)
            if [ -n "$_has" ] && fits_wanted "$_has" && [ "$PACKAGE_STATE" = present ]; then continue; fi
            _new=$(candidate "$_package")
            if [ -z "$_new" ]; then
                [ -z "$_has" ] || [ "$PACKAGE_STATE" = present ] || continue
                printf 'missing %s\n' "$_package"
            elif [ "$_new" = "$_has" ]; then
                continue
            elif [ -n "$_has" ] && is_older "$_new" "$_has"; then
                [ "$PACKAGE_STATE" = present ] || continue
                [ "$PACKAGE_DOWNGRADE" = yes ] || { printf 'older %s %s %s\n' "$_package" "$_has" "$_new"; continue; }
                printf '%s %s %s\n' "$_package" "$_has" "$_new"
            else
                printf '%s %s %s\n' "$_package" "${_has:--}" "$_new"
            fi
            ;;
        esac
    done
}

# Sets _changes, or stops where the step can't be done.
plan_changes() {
    _changes=$(wanted_changes)
    _problem=$(printf '%s\n' "$_changes" | grep -E '^(missing|older) ' | head -n 1)
    # shellcheck disable=SC2086
    set -- $_problem
    case ${1:-} in
    missing) stop "no source of this node offers ${2}${PACKAGE_VERSION:+ $PACKAGE_VERSION}; its package lists may be old" ;;
    older) stop "${2} is at $3, which is newer than $4; allow_downgrade: true would allow it" ;;
    esac
}

# Says of each line NAME FORMER NEW what happens.
in_words() {
    while read -r _package _former _new; do
        case $_former/$_new in
        */-) printf 'remove %s %s, ' "$_package" "$_former" ;;
        -/*) printf 'install %s %s, ' "$_package" "$_new" ;;
        *) printf '%s %s to %s, ' "$_package" "$_former" "$_new" ;;
        esac
    done | sed 's/, $//'
}

versions_now() {
    names | while IFS= read -r _package; do
        _has=$(installed "$_package")
        printf '%s %s, ' "$_package" "${_has:-absent}"
    done | sed 's/, $//'
}

run_step() {
    case $RUNBOOK_ACTION in
    predict)
        plan_changes
        before "$(versions_now)"
        if [ -z "$_changes" ]; then
            after "$(versions_now)"
            nothing_to_do
        fi
        _all=$(transaction) || stop "${_all:-the package manager refuses the transaction}"
        after "$(printf '%s\n' "$_all" | in_words)"
        printf 'before-digest %s\n' "$(digest_of "$_all")"
        _lost=$(printf '%s\n' "$_all" | while read -r _package _former _new; do
            [ "$_former" = - ] || obtainable "$_package" "$_former" || printf '%s %s, ' "$_package" "$_former"
        done | sed 's/, $//')
        if [ -n "$_lost" ]; then
            printf 'undo irreversible %s\n' "$(one_line "no source of this node has $_lost any more, and no package file was kept")"
        else
            printf 'undo exact %s\n' "$(one_line "put back: $(versions_now)")"
        fi
        would_change
        ;;
    capture)
        plan_changes
        [ -n "$_changes" ] || exit 0
        _all=$(transaction) || stop "${_all:-the package manager refuses the transaction}"
        keep "$_all"
        ;;
    apply)
        plan_changes
        [ -n "$_changes" ] || exit 0
        _all=$(transaction) || stop "${_all:-the package manager refuses the transaction}"
        expect "$(digest_of "$_all")"
        carry_out
        _left=$(wanted_changes)
        [ -z "$_left" ] || stop "the package manager ended well, but this is left: $(one_line "$_left")"
        ;;
    undo) take_back ;;
    esac
}
