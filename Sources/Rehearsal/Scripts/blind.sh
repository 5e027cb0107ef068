# Takes the commands named by its arguments away. Prints each one that was there.
for name in "$@"; do
    found=''
    while path=$(command -v "$name") && [ "${path#/}" != "$path" ]; do
        mv -- "$path" "$path.blinded"
        hash -r
        found=yes
    done
    [ -z "$found" ] || printf '%s\n' "$name"
done
