#include "tern/runtime/driver_program.hpp"

int main(int argc, char** argv) { return tern::runtime::run_driver(argc, argv); }
