# bash completion for sallyport: commands, options and their choices are asked of the program's own help.

# The words that option $2 of command $1 takes, where its help lists them: "... TEXT: one, two".
_sallyport_choices() {
    # shellcheck disable=SC2086 # a command's name may be two words
    sallyport $1 --help 2>/dev/null | sed -nE "s/^  (-., )?$2 [A-Z]+ .*: ([a-z0-9-]+(, [a-z0-9-]+)+)\$/\2/p" | tr -d ' ' | tr , '\n'
}

_sallyport() {
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=() i name options
    COMPREPLY=()
    # `--format=js` comes as three words.
    if [ "$cur" = = ]; then
        cur=
    elif [ "$before" = = ] && [ "$COMP_CWORD" -gt 1 ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* || ${COMP_WORDS[i]} == = ]] || words+=("${COMP_WORDS[i]}")
    done
    local commands
    commands=$(sallyport --help 2>/dev/null | sed -n 's/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p')
    name=
    if grep -qx -- "${words[0]-} ${words[1]-}" <<<"$commands"; then
        name="${words[0]} ${words[1]}"
    elif [ -n "${words[0]-}" ] && grep -qx -- "${words[0]}" <<<"$commands"; then
        name=${words[0]}
    fi
    if [ -z "$name" ]; then
        if [ -n "${words[0]-}" ]; then
            mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^${words[0]} //p" <<<"$commands")" -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$commands" | sort -u) --help" -- "$cur")
        fi
        return
    fi
    if [[ $before == --* ]]; then
        options=$(_sallyport_choices "$name" "$before")
        if [ -n "$options" ]; then
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
            return
        fi
    fi
    local last=${COMP_WORDS[COMP_CWORD - 1]}
    if [ "$last" = --framework ] || [ "$last" = -F ]; then
        mapfile -t COMPREPLY < <(compgen -W "all $(cd /usr/share/sallyport/controls/frameworks 2>/dev/null && printf '%s\n' *.json | sed 's/\.json$//')" -- "$cur")
        return
    fi
    if [[ $cur == -* ]]; then
        # shellcheck disable=SC2086 # a command's name may be two words
        options=$(sallyport $name --help 2>/dev/null | sed '1,/^options:$/d' | grep -oE '^  (-., )?--[a-z0-9-]+' | grep -oE '[-]-[a-z0-9-]+$')
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    case $name in
    explain) options=$(sallyport explain 2>/dev/null | cut -d' ' -f1) ;;
    divert) options="on off status refresh" ;;
    *)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -o filenames -F _sallyport sallyport
