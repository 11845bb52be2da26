/// Runs a fuzz target over its corpus without a fuzzer: each file as it is, and cut at every length
/// if it is short. The last file named is the one that failed.
///
///   <name>_replay FOLDER-OR-FILE...

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "target.hpp"

namespace {

constexpr std::size_t kLongestToCut = 1024;

std::vector<char> content_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void run_whole_and_cut(const std::filesystem::path& file) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    const std::vector<char> whole = content_of(file);
    const auto run_first = [&whole](std::size_t length) {
        const std::vector<char> exact(whole.begin(),
                                      whole.begin() + static_cast<std::ptrdiff_t>(length));
        tern::fuzz::run(std::as_bytes(std::span{exact}));
    };
    run_first(whole.size());
    if (whole.size() > kLongestToCut) return;
    for (std::size_t length = 0; length < whole.size(); ++length) run_first(length);
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& place) {
    if (!std::filesystem::is_directory(place)) return {place};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{place}) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int count, char** arguments) {
    int ran = 0;
    for (int i = 1; i < count; ++i) {
        for (const auto& file : files_in(arguments[i])) {
            run_whole_and_cut(file);
            ++ran;
        }
    }
    std::printf("%d inputs\n", ran);
    return ran > 0 ? 0 : 1;
}
