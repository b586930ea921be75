# Read by run and test, not started by itself: finds Python, makes .venv, installs a locked list.
# POSIX sh; needs nothing but Python >= 3.11. Sets $root and $python, defines say, prepare.

say() { printf '%s\n' "kentongan: $*" >&2; }

# A name may exist and still be too old, or not start at all.
is_new_enough() { "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# $PYTHON if given, else the newest one there is.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" && command -v "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3.14 python3 python; do
        if is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    found=$(find_python) || {
        old=$("${PYTHON:-python3}" --version 2>/dev/null) || old="no Python"
        say "needs Python 3.11 or newer, found $old. Install it from https://www.python.org/downloads/"
        say "or with your package manager (Debian, Ubuntu: sudo apt install python3 python3-venv)."
        exit 2
    }
    if ! said=$("$found" -m venv --clear "$root/.venv" 2>&1); then
        say "could not make $root/.venv with $found:"
        printf '%s\n' "$said" >&2
        say "On Debian and Ubuntu the missing part is: sudo apt install python3-venv"
        exit 2
    fi
}

# The package itself needs no build: a path file and a starter are all that an editable install would be.
link_project() {
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root" >"$site/kentongan.pth"
    printf '#!/bin/sh\nexec "%s" -m dispatch.cli "$@"\n' "$python" >"$root/.venv/bin/kentongan"
    chmod +x "$root/.venv/bin/kentongan"
    printf '%s\n' "$root" >"$root/.venv/location"
}

# A .venv knows where it lies: after the folder was moved or copied it must be made again.
is_in_place() {
    [ -x "$python" ] && [ -f "$root/.venv/location" ] && read -r location <"$root/.venv/location" &&
        [ "$location" = "$root" ]
}

# prepare LOCKFILE: installs it unless exactly this list was installed before.
prepare() {
    lock=$root/$1
    stamp=$root/.venv/installed-$1
    python=$root/.venv/bin/python
    if is_in_place && cmp -s "$lock" "$stamp"; then
        return 0
    fi
    is_in_place && "$python" -m pip --version >/dev/null 2>&1 || make_venv
    say "installing the dependencies of $1 (about a minute, only when the list has changed) ..."
    if ! "$python" -m pip install --quiet --disable-pip-version-check --no-input --retries 2 \
        --only-binary :all: --require-hashes -r "$lock" >"$root/.venv/install.log" 2>&1; then
        grep -v '^WARNING' "$root/.venv/install.log" | tail -n 10 >&2
        say "could not install the dependencies; the lines above say why (the whole log: .venv/install.log)."
        say "Without network this cannot work; behind a proxy set HTTPS_PROXY. Then run the same command again."
        exit 2
    fi
    link_project
    cp "$lock" "$stamp"
}
