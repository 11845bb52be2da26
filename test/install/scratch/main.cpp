// Runs the two pieces of code in the README, word for word, on a driver inside of this program:
// readme_sends.inc and readme_receives.inc are cut out of it (../install_test.cmake).

#include <tern/embedded_driver.hpp>
#include <tern/tern.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

void send() {
#include "readme_sends.inc"
}

void receive() {
#include "readme_receives.inc"
}

int main() {
    tern::EmbeddedDriver driver;
    setenv("AERON_DIR", driver.directory().c_str(), 1);
    std::thread receiver(receive);
    send();
    receiver.join();
}
