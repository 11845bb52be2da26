#!/usr/bin/env bash
# Runs a class of the real Java Aeron, or our RealPeer, with what the JVM must open for it.
#
#   real_java pub aeron:ipc 1001 --count 5        RealPeer, which has real_client's commands
#   real_java driver                              RealPeer's media driver
#   real_java io.aeron.samples.AeronStat          any class of aeron-all.jar
#
# Java's settings are properties. Each AERON_* variable is passed on as one (AERON_MTU_LENGTH as
# aeron.mtu.length), so that C and Java peers are told alike; JAVA_OPTS can add others.
set -euo pipefail

java_dir="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../java" && pwd)"
flags=(-XX:+UseParallelGC -XX:TieredStopAtLevel=1 -Xshare:auto
       --add-opens java.base/jdk.internal.misc=ALL-UNNAMED
       --add-opens java.base/java.util.zip=ALL-UNNAMED
       --add-opens java.base/sun.nio.ch=ALL-UNNAMED
       --add-opens java.base/java.nio=ALL-UNNAMED)
while IFS='=' read -r -d '' name value; do
    [[ "$name" == AERON_* ]] || continue
    name="${name,,}"
    flags+=("-D${name//_/.}=$value")
done < <(env -0)

case "${1:-}" in
    *.*) class="$1"; shift ;;
    *) class=RealPeer ;;
esac
# Unquoted on purpose: JAVA_OPTS is a list of words.
exec java "${flags[@]}" ${JAVA_OPTS:-} -cp "$java_dir/aeron-all.jar:$java_dir/classes" "$class" "$@"
