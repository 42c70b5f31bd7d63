# bash completion for sallyport: commands, options and their choices are asked of the program's own help.
_sallyport() {
    local cur=${COMP_WORDS[COMP_CWORD]} words=() i name options
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] || words+=("${COMP_WORDS[i]}")
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
            mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$commands" | sort -u)" -- "$cur")
        fi
        return
    fi
    if [[ $cur == -* ]]; then
        # shellcheck disable=SC2086 # a command's name may be two words
        options=$(sallyport $name --help 2>/dev/null | grep -oE '(^  | )--[a-z0-9-]+' | tr -d ' ')
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    if [ "$name" = explain ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(sallyport explain 2>/dev/null | cut -d' ' -f1)" -- "$cur")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _sallyport sallyport
