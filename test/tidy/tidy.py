#!/usr/bin/env python3
"""Reads the source tree and fails on what rules.py forbids.

usage: tidy.py ROOT
Exit status: 0 nothing found, 1 something was, 2 wrong usage.
"""

import os
import sys
from pathlib import Path

import rules

SUFFIXES = {".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".cmake", ".md", ".txt", ".json", ".java",
            ".env", ".xml", ".toml", ".lock", ".in"}
NAMES = {"dev", "run", "build", ".clang-format", ".gitignore", "LICENSE"}
SKIPPED_FOLDERS = {".git", "build", "__pycache__", "shared", "target"}


def source_files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders
                            if name not in SKIPPED_FOLDERS or Path(folder) != Path(root)
                            and name not in (".git", "__pycache__", "target"))
        for name in sorted(names):
            path = Path(folder) / name
            if (path.suffix in SUFFIXES or name in NAMES) and not path.is_symlink():
                yield rules.SourceFile(path.relative_to(root).as_posix(), path.read_text("utf-8"))


def main(arguments):
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__.strip(), file=sys.stderr)
        return 2
    files = list(source_files(arguments[0]))
    found = rules.check(files)
    for finding in found:
        print(finding)
    print(f"{len(files)} files read, {len(found)} findings")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
