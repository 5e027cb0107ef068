/// What bash needs besides to complete groups of nodes: it takes the `@` of one for a word of its own.
enum BashGroups {
    static let script = #"""

        # bash cuts words at the '@' of a group, and would quote it: here they are whole, and it stays as it is.
        _runbook_groups() {
            local -a words=()
            local word
            local -i last=-1
            for word in "${COMP_WORDS[@]::COMP_CWORD + 1}"; do
                if [[ "${last}" -ge 0 && "${words[last]}" = @ ]]; then
                    words[last]+="${word}"
                else
                    words[++last]="${word}"
                fi
            done
            local -a COMP_WORDS=("${words[@]}")
            local -i COMP_CWORD="${last}"
            _runbook "${1}" "${2}" "${words[last - 1]}"
            [[ "${COMPREPLY[0]}" != @* ]] || compopt +o filenames
        }
        complete -o filenames -F _runbook_groups runbook

        """#
}
