# Installs the Debian packages that a list names and that this machine lacks. To be sourced.
#
#   source tools/apt.sh
#   install_packages_of test/interop/peers/packages.txt [more lists...]
#
# A list has one package a line, `first|second` where either will do, and comments after `#`.
# Quiet and quick when nothing is missing; messages go to stderr.

# The alternatives of each entry of the given lists, one entry a line.
_listed_packages() {
    sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$@"
}

_is_package_installed() {
    [[ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" == "install ok installed" ]]
}

# Prints the entries of which no alternative is installed.
missing_packages_of() {
    local entry alternative alternatives
    while read -r entry; do
        IFS='|' read -r -a alternatives <<<"$entry"
        for alternative in "${alternatives[@]}"; do
            if _is_package_installed "$alternative"; then continue 2; fi
        done
        printf '%s\n' "$entry"
    done < <(_listed_packages "$@")
}

# The first alternative that apt can install.
_installable_alternative() {
    local alternative alternatives candidate
    IFS='|' read -r -a alternatives <<<"$1"
    for alternative in "${alternatives[@]}"; do
        candidate="$(apt-cache policy "$alternative" 2>/dev/null | sed -n 's/^  Candidate: //p')"
        if [[ -n "$candidate" && "$candidate" != "(none)" ]]; then
            printf '%s\n' "$alternative"
            return
        fi
    done
    printf '%s\n' "${alternatives[0]}"    # apt-get will say what is wrong with it
}

install_packages_of() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "apt: not a Debian system; make sure yourself of what these list: $*" >&2
        return 0
    fi
    local missing entry wanted=() as_root=()
    missing="$(missing_packages_of "$@")"
    [[ -z "$missing" ]] && return 0
    if [[ "$(id -u)" != 0 ]]; then
        if ! sudo -n true 2>/dev/null; then
            echo "apt: as root, please: apt-get install" \
                 "$(sed 's/|.*//' <<<"$missing" | paste -sd ' ')" >&2
            return 1
        fi
        as_root=(sudo -n)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
               apt-get -q -y -o DPkg::Lock::Timeout=600)
    echo "apt: refreshing the package index" >&2
    "${apt[@]}" update >&2 || echo "apt: could not refresh it; going on with the old one" >&2
    while read -r entry; do wanted+=("$(_installable_alternative "$entry")"); done <<<"$missing"
    echo "apt: installing ${wanted[*]}" >&2
    "${apt[@]}" install --no-install-recommends "${wanted[@]}" >&2
}
