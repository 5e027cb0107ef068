# Prints the state of each argument (KIND:SUBJECT), one line a thing: its key, its attributes, its content in base64.
LC_ALL=C
export LC_ALL
set -f
say() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
encoded() { base64 -w 0; }

# Everything below these paths: one program for all of a kind, since nodes are asked often.
watch_paths() {
    for path in "$@"; do
        shift
        if [ -e "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"; else say "path:$path" absent ''; fi
    done
    [ $# -gt 0 ] || return 0
    # A folder's and a link's size and times say nothing about what is in it.
    find "$@" -xdev -type d -printf 'path:%p\td %m %U:%G\t\n' -o -type l -printf 'path:%p\tl %U:%G -> %l\t\n' \
        -o -printf 'path:%p\t%y %m %U:%G %s\t\n' || :
    find "$@" -xdev -type f -exec sha256sum -- {} + | while read -r hash file; do say "path:$file#sha256" "$hash" ''; done
    if command -v getfattr >/dev/null; then
        getfattr -R -P -d -m - -e hex --absolute-names -- "$@" 2>/dev/null | while IFS= read -r line; do
            case $line in
            '# file: '*) file=${line#\# file: } ;;
            *=*) say "path:$file#${line%%=*}" "${line#*=}" '' ;;
            esac
        done
    fi
    # perlfunc(1), pack: uuencoding is base64 with other letters and a length before each line.
    find "$@" -xdev -type f -size -64k -print0 | head -z -n 200 | perl -0ne '
        chomp;
        open(my $file, "<", $_) or next;
        my $content = do { local $/; <$file> } // "";
        my $text = pack("u", $content);
        $text =~ s/^.//mg; $text =~ s/\n//g; $text =~ tr{` -_}{AA-Za-z0-9+/};
        my $padding = (3 - length($content) % 3) % 3;
        $text =~ s/.{$padding}$/"=" x $padding/e if $padding;
        print "path:$_#content\t\t$text\n"'
}

# One question for all of them: systemctl(1) answers in their order, with an empty line between two.
watch_units() {
    [ $# -gt 0 ] || return 0
    load='' active='' file=''
    {
        systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$@"
        echo
    } | while IFS='=' read -r key value; do
        case $key in LoadState) load=$value ;; ActiveState) active=$value ;; UnitFileState) file=$value ;; esac
        [ -z "$key" ] || continue
        # A unit that is restarted again and again is now failed, now being activated: it is down all the time.
        case $active in active | reloading) active=up ;; *) active=down ;; esac
        say "unit:$1" "$load $active $file" ''
        shift
        load='' active='' file=''
    done
}

watch_package() {
    if command -v dpkg-query >/dev/null; then
        say "package:$1" "$(dpkg-query -W -f '${Version} ${db:Status-Abbrev}' -- "$1" 2>/dev/null || echo absent)" ''
    else
        say "package:$1" "$(rpm -q --qf '%{EVR}' -- "$1" || echo absent)" ''
    fi
}

watch_k8s() {
    case $1 in
    */*/*) set -- "$1" "${1#*/}" -n "${1%%/*}" ;;
    *) set -- "$1" "$1" ;;
    esac
    key=$1 object=$2
    shift 2
    # What a controller writes by itself can't be put back.
    say "k8s:$key" '' "$(timeout 30 kubectl "$@" get "$object" -o json 2>&1 | jq -S '
        {spec, data, labels: .metadata.labels, annotations: (.metadata.annotations // {}
            | del(."deployment.kubernetes.io/revision"))} | del(.spec.taints[]?.timeAdded)' 2>&1 | encoded)"
}

units=''
for thing in "$@"; do
    shift
    subject=${thing#*:}
    case $thing in
    path:*) set -- "$@" "$subject" ;;
    unit:*) units="$units $subject" ;;
    package:*) watch_package "$subject" ;;
    sysctl:*) say "$thing" "$(sysctl -n -- "$subject" 2>&1)" '' ;;
    nft:*) say "$thing" '' "$(nft -s list ruleset 2>&1 | encoded)" ;;
    mount:*) say "$thing" "$(findmnt -rn -o SOURCE,FSTYPE,OPTIONS -M "$subject" || echo absent)" '' ;;
    k8s:*) ! command -v kubectl >/dev/null || watch_k8s "$subject" ;;
    output:*)
        text=$(timeout 30 sh -c "$subject" </dev/null 2>&1) && status=0 || status=$?
        say "output:$(set -- $subject; printf '%.60s' "$*")" "exit $status" "$(printf '%s\n' "$text" | encoded)"
        ;;
    esac
done
watch_paths "$@"
# shellcheck disable=SC2086 # names of units have no spaces
watch_units $units
