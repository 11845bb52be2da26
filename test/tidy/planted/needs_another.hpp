#pragma once

/// Planted: a header that compiles only behind <string>. See CMakeLists.txt.

std::string needs_another();
