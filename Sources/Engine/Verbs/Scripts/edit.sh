# shellcheck shell=sh disable=SC2154,SC2153,SC2034
# One setting inside a file; all other bytes stay as they are.
# EDIT_PATH; EDIT_CHANGE: key_value (EDIT_KEY, EDIT_VALUE, EDIT_SEPARATOR), line (EDIT_MATCH, an extended regular
# expression, and EDIT_LINE) or block (EDIT_TEXT, EDIT_BEGIN, EDIT_END); EDIT_ABSENT: yes to remove; FILE_VALIDATE.

walk "$EDIT_PATH" follow
examine

# What the file would be, on standard output. Reads nothing but the file itself; values come from the environment,
# where awk takes them as they are.
edited() {
    if [ "$_kind" = file ]; then cat "./$_base"; fi | awk '
        function without_cr(text) { sub(/\r$/, "", text); return text }
        function trimmed(text) { sub(/^[ \t]+/, "", text); sub(/[ \t]+$/, "", text); return text }
        # Whether a line sets the key; the rest of it is left in value.
        function sets(text, rest) {
            text = trimmed(without_cr(text))
            if (substr(text, 1, length(key)) != key) return 0
            rest = substr(text, length(key) + 1)
            if (mark == "") {
                if (rest != "" && rest !~ /^[ \t]/) return 0
                value = trimmed(rest)
                return 1
            }
            sub(/^[ \t]+/, "", rest)
            if (substr(rest, 1, length(mark)) != mark) return 0
            value = trimmed(substr(rest, length(mark) + 1))
            return 1
        }
        function uncommented(text) { return sub(/^[ \t]*[#;]+[ \t]*/, "", text) ? text : "" }
        function indentation(text) { match(text, /^[ \t]*/); return substr(text, 1, RLENGTH) }
        function add(text) { lines[++count] = text (crlf ? "\r" : ""); added = 1 }
        function put(place, text) { lines[place] = text (lines[place] ~ /\r$/ ? "\r" : "") }

        { lines[++count] = $0 }
        NR == 1 { crlf = /\r$/ }
        END {
            change = ENVIRON["EDIT_CHANGE"]
            absent = ENVIRON["EDIT_ABSENT"] == "yes"
            if (change == "key_value") {
                key = ENVIRON["EDIT_KEY"] ""
                mark = trimmed(ENVIRON["EDIT_SEPARATOR"])
                wanted = ENVIRON["EDIT_VALUE"]
                for (i = 1; i <= count; i++) {
                    if (sets(lines[i])) {
                        active = i
                        had = value
                        if (absent) gone[i] = 1
                    } else if (sets(uncommented(lines[i]))) comment = i
                }
                line = key ENVIRON["EDIT_SEPARATOR"] wanted
                if (absent) { }
                else if (active) { if (had != trimmed(wanted)) put(active, indentation(lines[active]) line) }
                else if (comment) put(comment, indentation(lines[comment]) line)
                else add(line)
            } else if (change == "line") {
                line = ENVIRON["EDIT_LINE"] ""
                total = split(ENVIRON["EDIT_NUMBERS"], numbers, " ")
                if (absent && ENVIRON["EDIT_MATCH"] == "") {
                    for (i = 1; i <= count; i++) if (without_cr(lines[i]) == line) gone[i] = 1
                } else if (absent) {
                    for (i = 1; i <= total; i++) gone[numbers[i]] = 1
                } else if (total > 0) {
                    put(numbers[1], line)
                    for (i = 2; i <= total; i++) gone[numbers[i]] = 1
                } else {
                    for (i = 1; i <= count; i++) if (without_cr(lines[i]) == line) present = 1
                    if (!present) add(line)
                }
            } else {
                first = ENVIRON["EDIT_BEGIN"] ""
                last = ENVIRON["EDIT_END"] ""
                for (i = 1; i <= count; i++) {
                    if (without_cr(lines[i]) == first) { begins++; from = i }
                    if (without_cr(lines[i]) == last) { ends++; to = i }
                }
                if (begins != ends || begins > 1 || from > to) exit 3
                total = split(ENVIRON["EDIT_TEXT"], text, "\n")
                if (begins && absent) for (i = from; i <= to; i++) gone[i] = 1
                else if (begins) {
                    block = ""
                    for (i = 1; i <= total; i++) block = block text[i] (lines[from] ~ /\r$/ ? "\r" : "") "\n"
                    for (i = from + 1; i < to; i++) gone[i] = 1
                    inside = from
                } else if (!absent) {
                    add(first)
                    for (i = 1; i <= total; i++) add(text[i])
                    add(last)
                }
            }
            ORS = ""
            for (i = 1; i <= count; i++) {
                if (gone[i]) continue
                print lines[i]
                if (i < count || added || ENVIRON["EDIT_OPEN_END"] == "") print "\n"
                if (inside == i) print block
            }
        }'
}
new_bytes() { edited; }

# Sets _new_sha and _wanted.
plan_edit() {
    [ "$_kind" != link ] || stop "$EDIT_PATH leads to a link that leads nowhere"
    EDIT_OPEN_END='' EDIT_NUMBERS=''
    if [ "$_kind" = file ]; then
        [ "$(tr -d '\000' <"./$_base" | digest)" = "$_sha" ] || stop "$EDIT_PATH is not a text file"
        [ -z "$(tail -c 1 "./$_base")" ] || EDIT_OPEN_END=yes
        if [ "$EDIT_CHANGE" = line ] && [ -n "$EDIT_MATCH" ]; then
            _found=$(tr -d '\r' <"./$_base" | grep -nE -e "$EDIT_MATCH")
            [ $? -le 1 ] || stop "the match is not an extended regular expression"
            EDIT_NUMBERS=$(printf '%s\n' "$_found" | cut -d: -f1 | tr '\n' ' ')
        fi
    elif [ "$EDIT_ABSENT" = yes ]; then
        _wanted=absent
        return
    fi
    export EDIT_OPEN_END EDIT_NUMBERS
    # A second look, for awk's status: in a pipe it would be lost.
    edited >/dev/null || stop "the marker lines of the block in $EDIT_PATH are not one pair, the first above the last"
    _new_sha=$(edited | digest)
    _new_uid=$_uid _new_gid=$_gid _new_mode=$_mode
    [ "$_kind" = file ] || { _new_uid=$_self _new_gid=$(id -g) _new_mode=644; }
    _wanted="file $_new_mode $_new_uid $_new_gid $_new_sha"
}

case $RUNBOOK_ACTION in
predict)
    plan_edit
    before "$(describe "$_state")"
    after "$(describe "$_wanted")"
    printf 'before-digest %s\nafter-digest %s\n' "$(digest_of "$_state")" "$(digest_of "$_wanted")"
    [ "$_state" != "$_wanted" ] || nothing_to_do
    say_grade
    edited | show_difference
    would_change
    ;;
capture) capture_file ;;
apply)
    plan_edit
    [ "$_state" != "$_wanted" ] || exit 0
    expect "$(digest_of "$_state")"
    replace "$_new_sha" "$_new_uid" "$_new_gid" "$_new_mode"
    ;;
undo) restore_file ;;
esac
