#pragma once

/// How help looks: "  -r,--rate N    messages a second (default: 5)", without types of C++ and
/// lists of what excludes what.

#include <CLI/CLI.hpp>

namespace tern::cli {

class HelpFormat final : public CLI::Formatter {
  public:
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_option_opts(const CLI::Option* option) const override;
    std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace tern::cli
