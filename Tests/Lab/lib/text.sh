# shellcheck shell=bash
# Words to people, and node sets.

say() { printf 'lab: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

need_value() {
    [ $# -ge 2 ] || { say "$1 needs a value"; exit 64; }
    printf '%s\n' "$2"
}

need_root() { [ "$EUID" = 0 ] || fail "needs root (namespaces, mounts)"; }

# Names of a node set, one a line: `gpu[01-03,07],mds01`. Padding counts. Steps and set operators are not for here.
expand() {
    local rest=$1 item='' char depth=0 i
    for ((i = 0; i < ${#rest}; i++)); do
        char=${rest:i:1}
        case $char in
        '[') depth=1 ;;
        ']') depth=0 ;;
        ,) if [ $depth = 0 ]; then expand_one "$item"; item=''; continue; fi ;;
        esac
        item+=$char
    done
    expand_one "$item"
}

expand_one() {
    local set=$1 head tail range from to width n
    case $set in
    *'['*']'*)
        head=${set%%\[*}
        tail=${set#*\]}
        range=${set#*\[}
        range=${range%%\]*}
        while IFS= read -r -d , range; do
            from=${range%-*}
            to=${range#*-}
            width=${#from}
            [[ $from =~ ^[0-9]+$ && $to =~ ^[0-9]+$ ]] || fail "not a node set: $set"
            for ((n = 10#$from; n <= 10#$to; n++)); do printf "%s%0${width}d%s\n" "$head" "$n" "$tail"; done
        done <<<"$range,"
        ;;
    *)
        [[ $set =~ ^[a-z0-9][a-z0-9.-]*$ ]] || fail "not a node name: '$set'"
        printf '%s\n' "$set"
        ;;
    esac
}

# Folds names that differ in one padded number, given in order: gpu01 gpu02 gpu03 → gpu[01-03].
fold() {
    local out='' head='' number='' first='' last='' name
    for name in "$@" ''; do
        if [[ $name =~ ^(.*[^0-9])([0-9]+)$ ]]; then
            if [ "${BASH_REMATCH[1]}" = "$head" ] && { [ ${#BASH_REMATCH[2]} = ${#last} ] || [[ $last$number != 0* && ${BASH_REMATCH[2]} != 0* ]]; } &&
                [ $((10#${BASH_REMATCH[2]})) = $((10#$last + 1)) ]; then
                last=${BASH_REMATCH[2]}
                continue
            fi
        fi
        if [ -n "$head" ]; then
            if [ "$first" = "$last" ]; then out+=",$head$first"; else out+=",${head}[$first-$last]"; fi
            head=''
        fi
        if [[ $name =~ ^(.*[^0-9])([0-9]+)$ ]]; then
            head=${BASH_REMATCH[1]}
            number=${BASH_REMATCH[2]}
            first=$number
            last=$number
        elif [ -n "$name" ]; then
            out+=",$name"
        fi
    done
    printf '%s\n' "${out#,}"
}
