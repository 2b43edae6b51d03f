"""Completions for three shells. They hold commands, options and the words that an option may be: nothing is started at
a press of Tab, and nothing of the person is read."""

from __future__ import annotations

from tests.commands.tree import NAME, Command, Word

NOTE = "Made from the commands by `make commands`: a change here is lost."


def with_value(tree: Command) -> tuple[str, ...]:
    """Options behind which a value stands wherever they do."""
    return tuple(sorted(_names(tree, valued=True) - _names(tree, valued=False)))


def with_value_here(tree: Command) -> tuple[str, ...]:
    """Options that elsewhere are a switch, behind the command of which they take a value."""
    either = _names(tree, valued=True) & _names(tree, valued=False)
    return tuple(
        f"{' '.join(command.path)} {name}"
        for command in tree.all()
        for word in command.options
        for name in word.names
        if word.value and name in either
    )


def _names(tree: Command, *, valued: bool) -> set[str]:
    return {
        name for command in tree.all() for word in command.options for name in word.names if bool(word.value) == valued
    }


def places(tree: Command) -> tuple[str, ...]:
    """What may stand before the cursor as a command: `watch`, `watch add`."""
    return tuple(" ".join(command.path) for command in tree.all() if command.path)


def options_of(command: Command, tree: Command) -> tuple[Word, ...]:
    """With those that may stand anywhere."""
    own = {name for word in command.options for name in word.names}
    return (*command.options, *(word for word in tree.options if not own & set(word.names)))


def _offered(word: Word) -> str:
    return " ".join(word.choices) if word.choices else "FILES" if word.is_file else ""


def for_bash(tree: Command) -> str:
    at, values = [], []
    for command in tree.all():
        path = " ".join(command.path)
        names = " ".join(name for word in options_of(command, tree) for name in word.names)
        below = " ".join(one.path[-1] for one in command.below)
        argument = next((_offered(word) for word in command.arguments if _offered(word)), "")
        at.append(f'    "{path}") words="{below or argument}" options="{names}" ;;')
        for word in command.options:
            if word.value and _offered(word):
                keys = " | ".join(f'"{path} {name}"' for name in word.names)
                values.append(f'    {keys}) words="{_offered(word)}" ;;')
    return f"""\
# bash completion of {NAME}. {NOTE}
_reupload_monitor() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} at="" words="" options="" skip="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ -n $skip ]]; then skip=""; continue; fi
        case ${{COMP_WORDS[i]}} in
        {" | ".join(with_value(tree))}) skip=yes ;;
        -*)
            case "$at ${{COMP_WORDS[i]}}" in
            {" | ".join(f'"{one}"' for one in with_value_here(tree))}) skip=yes ;;
            esac ;;
        *)
            case "${{at:+$at }}${{COMP_WORDS[i]}}" in
            {" | ".join(f'"{place}"' for place in places(tree))}) at="${{at:+$at }}${{COMP_WORDS[i]}}" ;;
            esac ;;
        esac
    done
    if [[ -n $skip ]]; then
        case "$at $before" in
{chr(10).join("    " + line for line in values)}
        *" --config") words=FILES ;;
        esac
    else
        case "$at" in
{chr(10).join("    " + line for line in at)}
        esac
        [[ $cur == -* ]] && words=$options
    fi
    if [[ $words == FILES ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    fi
}}
complete -F _reupload_monitor {NAME}
"""


def for_zsh(tree: Command) -> str:
    at, values = [], []
    for command in tree.all():
        path = " ".join(command.path)
        options = " ".join(
            _quoted(f"{_colons(name)}:{_short(word.help)}") for word in options_of(command, tree) for name in word.names
        )
        below = " ".join(_quoted(f"{_colons(one.path[-1])}:{one.short}") for one in command.below)
        argument = next((_offered(word) for word in command.arguments if _offered(word)), "")
        at.append(f"        ({_quoted(path)}) found=({below or argument}) options=({options}) ;;")
        for word in command.options:
            if word.value and _offered(word):
                keys = "|".join(_quoted(f"{path} {name}") for name in word.names)
                values.append(f"        ({keys}) found=({_offered(word)}) ;;")
    return f"""\
#compdef {NAME}
# {NOTE}
_reupload_monitor() {{
    local at="" skip="" word
    local -a found options
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        if [[ -n $skip ]]; then skip=""; continue; fi
        case $word in
        ({"|".join(with_value(tree))}) skip=$word ;;
        (-*) case "$at $word" in ({"|".join(_quoted(one) for one in with_value_here(tree))}) skip=$word ;; esac ;;
        (*)
            case "${{at:+$at }}$word" in
            ({"|".join(_quoted(place) for place in places(tree))}) at="${{at:+$at }}$word" ;;
            esac ;;
        esac
    done
    if [[ -n $skip ]]; then
        case "$at $skip" in
{chr(10).join(values)}
        (*" --config") found=(FILES) ;;
        esac
    else
        case "$at" in
{chr(10).join(at)}
        esac
        if [[ $PREFIX == -* ]]; then _describe -o 'option' options; return; fi
    fi
    if [[ $found == FILES ]]; then _files; return; fi
    (( $#found )) && _describe 'word' found
}}
if [[ $funcstack[1] == _{NAME} ]]; then _reupload_monitor "$@"; else compdef _reupload_monitor {NAME}; fi
"""


def for_fish(tree: Command) -> str:
    lines = []
    for command in tree.all():
        here = f"complete -c {NAME} -n {_fish('__reupload_monitor_at ' + ' '.join(command.path))}".replace(" '", " '")
        for one in command.below:
            lines.append(f"{here} -a {one.path[-1]} -d {_fish(one.short)}")
        for word in command.arguments:
            if word.choices:
                lines.append(f"{here} -a {_fish(' '.join(word.choices))}")
            elif word.is_file:
                lines.append(f"{here} -F")
        for word in options_of(command, tree):
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in word.names)
            value = f" -r -a {_fish(' '.join(word.choices))}" if word.choices else " -r -F" if word.is_file else " -r"
            lines.append(f"{here} {names}{value if word.value else ''} -d {_fish(_short(word.help))}")
    return f"""\
# fish completion of {NAME}. {NOTE}
function __reupload_monitor_at
    set -l at
    set -l skip
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip
            continue
        end
        switch $word
            case {" ".join(with_value(tree))}
                set skip yes
            case '-*'
                if contains -- "$at $word" {" ".join(_fish(f" {one}") for one in with_value_here(tree))}
                    set skip yes
                end
            case '*'
                if contains -- "$at $word" {" ".join(_fish(f" {place}") for place in places(tree))}
                    set at "$at $word"
                end
        end
    end
    test "$at" = (string join '' ' '$argv | string collect -a)
end
complete -c {NAME} -f
{chr(10).join(lines)}
"""


def _short(text: str) -> str:
    """A line of a menu has room for."""
    return text.split(". ", 1)[0].split("; ", 1)[0].rstrip(".")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _colons(text: str) -> str:
    return text.replace(":", "\\:")
