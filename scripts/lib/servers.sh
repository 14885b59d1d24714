# To be sourced: finds PostgreSQL and Redis, and installs them where they are missing and it may; otherwise says what to
# install. `postgres_bin` is then the folder with the programs of PostgreSQL.

postgres_bin=

find_postgres() {
    local folder
    for folder in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/x)")"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then postgres_bin=$folder; fi
    done
    [ -n "$postgres_bin" ]
}

# need_servers [postgres] [redis] [nats]
need_servers() {
    local server missing=()
    for server in "$@"; do
        case $server in
        postgres) find_postgres || missing+=(postgresql) ;;
        redis) command -v redis-server >/dev/null || missing+=(redis-server) ;;
        nats) command -v nats-server >/dev/null || missing+=(nats-server) ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    install_packages "${missing[@]}"
    case " $* " in *" postgres "*) find_postgres ;; esac
}

install_packages() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "$0: install the packages: $*" >&2
        return 1
    fi
    local log
    log=$(mktemp)
    # The packages would start servers of their own.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1 ||
        { tail -5 "$log" >&2; rm -f "$log"; echo "$0: install the packages: $*" >&2; return 1; }
    rm -f "$log"
}
