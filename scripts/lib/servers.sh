# To be sourced: finds PostgreSQL, MariaDB and Redis, and installs them where they are missing and it may; otherwise says what
# to install. `postgres_bin` is then the folder with the programs of PostgreSQL.

postgres_bin=

find_postgres() {
    local folder
    for folder in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/x)")"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then postgres_bin=$folder; fi
    done
    [ -n "$postgres_bin" ]
}

# Its server is where only root looks for programs.
find_mariadb() {
    case ":$PATH:" in *:/usr/sbin:*) ;; *) export PATH="$PATH:/usr/sbin" ;; esac
    command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null && command -v mariadb >/dev/null
}

# need_servers [postgres] [mysql] [redis] [nats]
need_servers() {
    local server missing=()
    for server in "$@"; do
        case $server in
        postgres) find_postgres || missing+=(postgresql) ;;
        mysql) find_mariadb || missing+=(mariadb-server) ;;
        redis) command -v redis-server >/dev/null || missing+=(redis-server) ;;
        nats) command -v nats-server >/dev/null || missing+=(nats-server) ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    install_packages "${missing[@]}"
    case " $* " in *" postgres "*) find_postgres ;; esac
    case " $* " in *" mysql "*) find_mariadb ;; esac
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
