# shellcheck shell=sh
# What the scripts beside this have in common. Read in, not run.

say() { printf '%s\n' "$*" >&2; }

may_install() { # what: asks, unless CI=true says yes; no terminal means no
    [ "$(id -u)" = 0 ] && [ "${CI:-}" = true ] && return 0
    [ -t 0 ] && [ -t 2 ] || return 1
    printf 'Install %s? [y/N] ' "$1" >&2
    read -r answer
    [ "$answer" = y ] || [ "$answer" = Y ]
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt() {
    as_root apt-get update -q >/dev/null 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

find_python() { # sets $python: $PYTHON, else the first that this program runs on
    python=${PYTHON:-}
    [ -z "$python" ] || return 0
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
            python=$candidate
            return 0
        fi
    done
    say "error: Python 3.11 to 3.14 is needed, and none was found."
    if command -v python3 >/dev/null 2>&1; then say "This computer's own is $(python3 --version 2>&1)."; fi
    say "Debian 12 or newer, Ubuntu 24.04 or newer: sudo apt install python3 python3-venv"
    say "Fedora: sudo dnf install python3.14    Others: any of these versions, named as PYTHON=/path/to/python3.13"
    exit 1
}

need_venv() { # with $python set
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return 0
    if command -v apt-get >/dev/null 2>&1 && may_install "python3-venv (with apt)"; then
        apt python3-venv
        return 0
    fi
    say "error: a part of Python is missing: the one that makes an environment for a program (venv)."
    say "Debian, Ubuntu: sudo apt install python3-venv    Without root: ask whoever looks after this computer for it."
    exit 1
}
