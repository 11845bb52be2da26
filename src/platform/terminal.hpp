#pragma once

/// What a program wants to know about the terminal that it talks to. For programs only.

namespace tern::platform {

enum class StandardStream { input, output, errors };

bool is_terminal(StandardStream stream);

/// Columns of standard output; 80 where it is no terminal.
int terminal_width();

}  // namespace tern::platform
