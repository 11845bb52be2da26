/// Connects to the driver of a directory and says on standard error why not; for cnc_file_test.cpp.

#include <cstdio>

#include "tern/tern.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    try {
        const tern::Context ctx{{.directory = argv[1]}};
        return 0;
    } catch (const tern::Exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
