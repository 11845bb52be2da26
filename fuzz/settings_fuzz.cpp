/// A properties file, from its text to the settings in effect and their printout. Input: the text.

#include "target.hpp"
#include "tern/driver/config/dump.hpp"
#include "tern/driver/config/load_settings.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::fuzz {

void run(ConstBytes bytes) {
    MemoryFileSystem files;
    driver::ConfigValues values;
    TERN_ASSERT(files.write_text("/p", std::string{text_of(bytes)}));
    (void)values.define(text_of(bytes));
    (void)values.load_file("/p", files);
    const auto loaded = driver::load_settings(values);
    if (!loaded) {
        TERN_ASSERT(!loaded.error().text.empty());
        return;
    }
    for (const std::string& warning : loaded->warnings) TERN_ASSERT(!warning.empty());
    if (!validate(loaded->settings)) return;
    TERN_ASSERT(dump(loaded->settings, {}, {}).ends_with('\n'));
}

}  // namespace tern::fuzz
