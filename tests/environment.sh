#!/usr/bin/env bash
# Makes the virtual environments of the Makefile.
#   environment.sh install FOLDER REQUIREMENTS.txt   make FOLDER, or bring it up to date
#   environment.sh lock STEM...                      pin in STEM.txt what STEM.in asks for
# PYTHON names the interpreter; without it the first suitable one on the path is taken.
set -euo pipefail
cd "$(dirname "$0")/.."

# ansible 12 needs 3.11, ansible-core 2.17 of the oldest set ends with 3.12. The newest set begins there.
versions_for() { # REQUIREMENTS
    case $1 in
        *-newest.*) echo 3.12 3.13 ;;
        *) echo 3.11 3.12 ;;
    esac
}

# Takes seconds where pip takes minutes, for the thousands of files in `ansible`.
uv=uv==0.13.9

find_python() { # REQUIREMENTS
    local versions version candidate candidates=()
    read -ra versions < <(versions_for "$1")
    if [[ -n ${PYTHON:-} ]]; then
        candidates=("$PYTHON")
    else
        candidates=("${versions[@]/#/python}" python3)
        # pyenv has them off the path, unless they are chosen for this folder.
        for version in "${versions[@]}"; do
            candidates+=("${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python)
        done
    fi
    for candidate in "${candidates[@]}"; do
        # An interpreter that is there may still not start, as a version manager's shim.
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if [[ " ${versions[*]} " == *" $version "* ]]; then
            echo "$candidate"
            return
        fi
    done
    echo "$1 needs Python ${versions[0]} or ${versions[1]}; tried: ${candidates[*]}." >&2
    echo "Install it, or name one: make PYTHON=/path/to/python${versions[0]}" >&2
    return 1
}

make_environment() { # FOLDER REQUIREMENTS
    local python log
    python=$(find_python "$2")
    log=.build/logs/$(basename "$1").log
    mkdir -p "$(dirname "$log")"
    echo "Setting up $1 from $2 with $("$python" --version); this takes a minute ..."
    if ! { "$python" -m venv --without-pip "$1" && give_pip "$1/bin/python"; } >"$log" 2>&1; then
        cat "$log" >&2
        echo "$python could not make the virtual environment $1." >&2
        grep -q ensurepip "$log" && echo "On Debian and Ubuntu install the package python3-venv." >&2
        return 1
    fi
    install_with_uv "$1" "$2" >>"$log" 2>&1 && return
    echo "uv could not install $2 (see $log); pip takes longer ..."
    if ! install_with_pip "$1" "$2" >>"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "$2 could not be installed; the whole log: $log" >&2
        return 1
    fi
}

give_pip() { # PYTHON
    "$1" -m pip --version || "$1" tests/checks/get_pip.py
}

# uv reads none of pip's settings, so it is handed those that say where packages are.
install_with_uv() { # FOLDER REQUIREMENTS
    local python=$1/bin/python index certificates
    "$python" -m pip install --disable-pip-version-check "$uv" || return
    index=$(pip_setting "$python" index-url)
    certificates=$(pip_setting "$python" cert)
    UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index} SSL_CERT_FILE=${SSL_CERT_FILE:-$certificates} \
        "$python" -m uv pip install --no-progress --python "$python" -r "$2"
}

# For whoever has settings of pip that uv lacks.
install_with_pip() { # FOLDER REQUIREMENTS
    # Python compiles what is imported; of all that is installed that is next to nothing.
    "$1/bin/python" -m pip install --disable-pip-version-check --no-compile -r "$2"
}

pip_setting() { # PYTHON NAME
    # Lines such as global.cert='/etc/...', those of the environment first. `pip config get` looks into one file alone.
    "$1" -m pip config list | sed -n "s/^[^=]*\.$2='\(.*\)'\$/\1/p" | head -n 1
}

lock() { # STEM
    local scratch
    scratch=$(mktemp -d .build/lock-XXXXXX)
    make_environment "$scratch" "$1.in"
    {
        echo "# Made by \`make lock\` from $(basename "$1").in; change that file instead."
        "$scratch/bin/python" -m pip freeze --exclude uv
    } >"$scratch/locked"
    mv "$scratch/locked" "$1.txt"
    rm -rf "$scratch"
}

case ${1:-} in
    install) make_environment "$2" "$3" ;;
    lock)
        mkdir -p .build
        for stem in "${@:2}"; do lock "$stem"; done
        ;;
    *)
        sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
