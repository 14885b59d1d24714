# To be sourced: asks cargo where it puts what it builds, because its configuration may say another place than `target`.

# built_program NAME (--bin|--example): the path of that program, as `scripts/test` has built it, so that there it is not built
# again with other features.
built_program() {
    local path
    path=$(cargo build --quiet --workspace --all-features "$2" "$1" --message-format json |
        sed -n "s|.*\"executable\":\"\([^\"]*/$1\)\".*|\1|p")
    [ -x "$path" ] || { echo "$0: cargo has built no program $1" >&2; return 1; }
    printf '%s\n' "$path"
}

# target_directory [MANIFEST]
target_directory() {
    cargo metadata --no-deps --format-version 1 ${1:+--manifest-path "$1"} | sed -n 's|.*"target_directory":"\([^"]*\)".*|\1|p'
}
