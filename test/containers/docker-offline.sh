#!/bin/sh
# What wrangler takes for docker (WRANGLER_DOCKER_BIN) where there is neither buildx nor a registry. `build` loses the
# flags that only buildx knows and is told the local base image; a `pull` of what is here already has succeeded.
set -eu
case "${1:-}" in
  build)
    for word in "$@"; do
      shift
      case "$word" in --load | --provenance=*) ;; *) set -- "$@" "$word" ;; esac
    done
    shift
    DOCKER_BUILDKIT=0 exec "$REAL_DOCKER" build --build-arg "BASE=$TOWNKEEPER_BASE" "$@"
    ;;
  pull)
    for image in "$@"; do :; done
    "$REAL_DOCKER" image inspect "$image" >/dev/null 2>&1 && exit 0
    ;;
esac
exec "$REAL_DOCKER" "$@"
