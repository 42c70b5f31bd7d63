#!/bin/bash
# Completion of bash and zsh offers what --help says, for every command; the manual pages have every command too.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
unset -f sallyport # the program itself is asked
D=$(mktemp -d)
trap 'rm -rf "$D"' EXIT
ln -s "$E2E_BUILD/sallyport" "$D/sallyport"
PATH=$D:$PATH
mapfile -t names < <(sallyport --help | sed -n 's/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p')
first=$(printf '%s\n' "${names[@]}" --help | cut -d' ' -f1 | sort -u | paste -sd" " -)
second=$(printf '%s\n' "${names[@]}" | sed -n 's/^policy //p' | sort | paste -sd" " -)
options_of() { # shellcheck disable=SC2086 # a command's name may be two words
    sallyport $1 --help | awk '/^options:$/ { on = 1; next } on { for (i = 1; i <= NF; i++) if ($i ~ /^--/) { print $i; break } }' | sort | paste -sd" " -
}
choices_of() { # COMMAND OPTION
    # shellcheck disable=SC2086
    sallyport $1 --help | awk -v o="$2" '$1 == o || $2 == o' | sed 's/.*: //' | tr -d ' ' | tr , '\n' | sort | paste -sd" " -
}
# Options with a list of words: their value's help ends in one.
listed() { # shellcheck disable=SC2086
    sallyport $1 --help | sed -nE 's/^  (-., )?(--[a-z-]+) [A-Z]+ .*: [a-z0-9-]+(, [a-z0-9-]+)+$/\2/p'
}

# --- bash
# shellcheck source=scripts/completion/sallyport.bash
. "$E2E_TOP/scripts/completion/sallyport.bash"
completes() { # WORD...: what bash offers for the last one
    COMP_WORDS=(sallyport "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _sallyport
    printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd" " -
}
is "bash: the commands" "$first" "$(completes '')"
for name in "${names[@]}"; do
    read -ra words <<<"$name"
    is "bash: options of $name" "$(options_of "$name")" "$(completes "${words[@]}" --)"
    for option in $(listed "$name"); do
        is "bash: words for $name $option" "$(choices_of "$name" "$option")" "$(completes "${words[@]}" "$option" '')"
        is "bash: and after =" "$(choices_of "$name" "$option")" "$(completes "${words[@]}" "$option" = '')"
    done
done
is "bash: second words" "$second" "$(completes policy '')"
is "bash: divert's words" "off on refresh status" "$(completes divert '')"
is "bash: the beginning counts" "--format" "$(completes lint --fo)"

# --- zsh
if command -v zsh >/dev/null; then
    cat >"$D/z" <<'Z'
compadd() { [[ $1 == -a ]] && print -l -- ${(P)2}; }
_describe() { print -l -- ${${(P)2}%%:*}; }
_files() { print -- FILES; }
complete_it() { source $COMPLETION; }
words=(sallyport "$@")
CURRENT=$#words
complete_it
Z
    zcompletes() { COMPLETION=$E2E_TOP/scripts/completion/_sallyport zsh -f "$D/z" "$@" | sort | paste -sd" " -; }
    is "zsh: the commands" "$first" "$(zcompletes '')"
    for name in "${names[@]}"; do
        read -ra words <<<"$name"
        is "zsh: options of $name" "$(options_of "$name")" "$(zcompletes "${words[@]}" --)"
        for option in $(listed "$name"); do
            is "zsh: words for $name $option" "$(choices_of "$name" "$option")" "$(zcompletes "${words[@]}" "$option" '')"
        done
    done
    is "zsh: second words" "$second" "$(zcompletes policy '')"
    is "zsh: files elsewhere" FILES "$(zcompletes lint '')"
else
    skip "zsh" "not installed"
fi

# --- manual pages
"$E2E_TOP/scripts/man-commands" "$E2E_BUILD/sallyport" >"$D/all.8"
main=$(sed 's/^\.It Ic //' "$E2E_TOP/docs/man/sallyport.8" | tr ',' '\n' | sed 's/^ *//')
for name in "${names[@]}"; do
    has "sallyport(8) tells of $name" "^$name( |\$)" "$main"
    has "sallyport-commands(8) has $name" "^\\.Nm sallyport $name( |\$)" "$(sed 's/\\-/-/g' "$D/all.8")"
done
is "and as many options as --help" "$(for name in "${names[@]}"; do options_of "$name"; done | wc -w)" "$(grep -c '^\.It ' "$D/all.8")"
if command -v groff >/dev/null; then
    run groff -mdoc -Tutf8 -ww -z "$D/all.8" "$E2E_TOP"/docs/man/*.8
    is "groff has nothing to say" "0 " "$rc $out"
else
    skip "groff" "not installed"
fi
e2e_end
