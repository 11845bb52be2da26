# Fetches and builds the real Aeron: what of it goes into the cache, and how. Sourced by `build`,
# which calls build_aeron with an empty folder; versions.env holds the pins, as shell variables.
#
#   lib/       libaeron.so, libaeron_driver.so: Aeron's own release build
#   include/   aeronc.h, aeronmd.h; aeron/ the client's other C headers, aeron-cpp/ the C++ wrapper
#   java/      aeron-all.jar
#   bin/       Aeron's own operator tools and samples in C (aeron_stat, loss_stat, ...)

AERON_C_TOOLS=(aeron_stat error_stat loss_stat driver_tool basic_publisher basic_subscriber
               cpong streaming_publisher rate_subscriber)

say() { echo "peers: $*" >&2; }

die() {
    say "$*"
    exit 1
}

# Runs a command with its output in a log that is shown only if the command fails.
logged() {
    local log="$1"
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "failed (its last lines are above): $*"
    fi
}

check_sha256() {
    local file="$1" expected="$2" actual
    actual="$(sha256sum "$file" | cut -d' ' -f1)"
    [[ "$actual" == "$expected" ]] ||
        die "$(basename "$file") has the SHA-256 $actual, not the pinned $expected;" \
            "if the version was changed on purpose, pin the new sum in versions.env"
}

# True if the first dotted version is at least the second.
is_at_least() { [[ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" == "$2" ]]; }

has_recent_cargo() {
    local version
    version="$(cargo --version 2>/dev/null | cut -d' ' -f2)" || return 1
    [[ -n "$version" ]] && is_at_least "$version" "$CARGO_MINIMUM_VERSION"
}

fetch_java() {
    local out="$1"
    say "fetching aeron-all $AERON_JAVA_VERSION"
    mkdir -p "$out/java"
    logged "$out/maven.log" mvn -B -q \
        "org.apache.maven.plugins:maven-dependency-plugin:$MAVEN_DEPENDENCY_PLUGIN_VERSION:copy" \
        "-Dartifact=io.aeron:aeron-all:$AERON_JAVA_VERSION" \
        "-DoutputDirectory=$out/java" -Dmdep.stripVersion=true
    check_sha256 "$out/java/aeron-all.jar" "$AERON_JAVA_SHA256"
    rm "$out/maven.log"
}

# Prints the folder of Aeron's C source, fetched below `work`. cargo checks what it downloads; the
# crate's own sum is checked against our pin as well.
fetch_c_source() {
    local work="$1" crate sum
    say "fetching the source of Aeron $AERON_C_VERSION ($AERON_CRATE $AERON_CRATE_VERSION)"
    mkdir -p "$work/crate/src"
    : >"$work/crate/src/lib.rs"
    cat >"$work/crate/Cargo.toml" <<EOF
[package]
name = "aeron-source"
version = "0.0.0"
edition = "2021"
[dependencies]
$AERON_CRATE = "=$AERON_CRATE_VERSION"
EOF
    logged "$work/fetch.log" cargo vendor --quiet --versioned-dirs \
        --manifest-path "$work/crate/Cargo.toml" "$work/vendor"
    crate="$work/vendor/$AERON_CRATE-$AERON_CRATE_VERSION"
    sum="$(sed -n 's/.*"package":"\([0-9a-f]*\)".*/\1/p' "$crate/.cargo-checksum.json")"
    [[ "$sum" == "$AERON_CRATE_SHA256" ]] ||
        die "$AERON_CRATE $AERON_CRATE_VERSION has the SHA-256 $sum, not the pinned" \
            "$AERON_CRATE_SHA256; if the version was changed on purpose, pin the new sum"
    [[ "$(<"$crate/aeron/version.txt")" == "$AERON_C_VERSION" ]] ||
        die "the crate carries Aeron $(<"$crate/aeron/version.txt"), versions.env says" \
            "$AERON_C_VERSION; make AERON_CRATE_VERSION and AERON_C_VERSION agree"
    printf '%s\n' "$crate/aeron"
}

# Prints a cmake that is new enough: the one on PATH or the pinned wheel.
find_cmake() {
    local work="$1" version
    version="$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')" || true
    if [[ -n "$version" ]] && is_at_least "$version" 3.30; then
        command -v cmake
        return
    fi
    say "installing CMake $CMAKE_WHEEL_VERSION into a virtual environment"
    logged "$work/cmake-wheel.log" python3 -m venv "$work/venv"
    logged "$work/cmake-wheel.log" \
        "$work/venv/bin/pip" install --quiet "cmake==$CMAKE_WHEEL_VERSION"
    printf '%s\n' "$work/venv/bin/cmake"
}

build_c() {
    local source="$1" work="$2" out="$3" cmake
    cmake="$(find_cmake "$work")"
    say "building Aeron $AERON_C_VERSION"
    logged "$work/configure.log" "$cmake" -S "$source" -B "$work/build" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_AERON_DRIVER=ON -DBUILD_AERON_ARCHIVE_API=OFF \
        -DAERON_TESTS=OFF -DAERON_BUILD_SAMPLES=OFF -DAERON_BUILD_DOCUMENTATION=OFF \
        '-DCMAKE_BUILD_RPATH=$ORIGIN'
    logged "$work/build.log" "$cmake" --build "$work/build" -j2 --target aeron aeron_driver
    mkdir -p "$out/lib" "$out/include"
    cp "$work/build/lib/libaeron.so" "$work/build/lib/libaeron_driver.so" "$out/lib/"
}

install_headers() {
    local source="$1" out="$2" c="$1/aeron-client/src/main/c"
    cp "$c/aeronc.h" "$source/aeron-driver/src/main/c/aeronmd.h" "$out/include/"
    mkdir -p "$out/include/aeron"
    (cd "$c" && find . -name '*.h' -exec cp --parents -t "$out/include/aeron" {} +)
    cp -r "$source/aeron-client/src/main/cpp_wrapper" "$out/include/aeron-cpp"
}

# A tool that no longer builds without more than Aeron itself is left out with a word (cping, not
# listed, needs a histogram library).
build_c_tools() {
    local source="$1" work="$2" out="$3" samples="$1/aeron-samples/src/main/c" tool
    mkdir -p "$out/bin"
    for tool in "${AERON_C_TOOLS[@]}"; do
        cc -O2 -D_GNU_SOURCE "-I$out/include/aeron" "-I$out/include" "-I$samples" \
            "-I$source/aeron-driver/src/main/c" \
            -o "$out/bin/$tool" "$samples/$tool.c" "$samples/sample_util.c" \
            "-L$out/lib" -laeron_driver -laeron -lm -pthread '-Wl,-rpath,$ORIGIN/../lib' \
            >"$work/$tool.log" 2>&1 ||
            say "Aeron's $tool does not build alone; going on without it"
    done
}

build_aeron() {
    local out="$1" work="$1/work" source
    mkdir -p "$work"
    has_recent_cargo || die "cargo $CARGO_MINIMUM_VERSION or newer is needed to fetch the crate;" \
                            "install it (packages-rust.txt names Debian's) or put it on PATH"
    fetch_java "$out"
    source="$(fetch_c_source "$work")"
    build_c "$source" "$work" "$out"
    install_headers "$source" "$out"
    build_c_tools "$source" "$work" "$out"
    rm -rf "$work"
}
