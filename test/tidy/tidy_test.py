#!/usr/bin/env python3
"""The tidy test's own test: each rule finds a planted violation, and lets its neighbour pass."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import rules


def findings(path, text):
    return [(found.rule, found.line) for found in rules.check([rules.SourceFile(path, text)])]


class Lengths(unittest.TestCase):
    def test_counts_columns_not_bytes(self):
        self.assertEqual(findings("a.cpp", "é" * 100 + "\n"), [])
        self.assertEqual(findings("a.cpp", "\n" + "x" * 101 + "\n"), [("line-length", 2)])

    def test_lets_tables_of_documents_be_wide(self):
        self.assertEqual(findings("a.md", "| " + "x" * 200 + " |\n"), [])
        self.assertEqual(findings("a.md", "x" * 200 + "\n"), [("line-length", 1)])

    def test_limits_files(self):
        self.assertEqual(findings("a.cpp", "\n" * 600), [])
        self.assertEqual(findings("a.cpp", "\n" * 601), [("file-length", 601)])

    def test_limits_functions(self):
        def function(lines):
            return ("namespace a {\nclass B {\n    int f(int x) const {\n"
                    + "        if (x) { x(); }\n" * (lines - 2) + "    }\n};\n}\n")
        self.assertEqual(findings("a.cpp", function(70)), [])
        self.assertEqual(findings("a.cpp", function(71)), [("function-length", 3)])

    def test_counts_a_head_that_spans_lines(self):
        text = "Foo::Foo(int a)\n    : a_{a},\n      b_(a) {\n" + "x();\n" * 70 + "}\n"
        self.assertEqual(findings("a.cpp", text), [("function-length", 2)])

    def test_is_not_misled_by_braces_in_text(self):
        text = 'void f() {\n    g("{", \'{\', R"(})");  // {\n}\n#define X {\n' + "int x;\n" * 80
        self.assertEqual(findings("a.cpp", text), [])

    def test_takes_no_table_for_a_function(self):
        text = "constexpr Row kRows[] = {\n" + "    {1, f(2)},\n" * 100 + "};\n"
        self.assertEqual(findings("a.cpp", text), [])


class Blanks(unittest.TestCase):
    def test_finds_tabs_trailing_blanks_and_a_missing_newline(self):
        self.assertEqual(findings("a.py", "\tx\n"), [("blanks", 1)])
        self.assertEqual(findings("a.py", "x \n"), [("blanks", 1)])
        self.assertEqual(findings("a.py", "x\r\n"), [("blanks", 1)])
        self.assertEqual(findings("a.py", "x"), [("blanks", 1)])


class Layers(unittest.TestCase):
    def test_keeps_the_operating_system_in_platform(self):
        for header in ("sys/mman.h", "unistd.h", "netinet/in.h", "csignal"):
            text = f"#include <{header}>\n"
            self.assertEqual(findings("src/shm/a.cpp", text), [("os-header", 1)], header)
            self.assertEqual(findings("src/platform/a.cpp", text), [])
            self.assertEqual(findings("test/system/a.cpp", text), [])
        self.assertEqual(findings("src/shm/a.cpp", "#include <vector>\n"), [])

    def test_knows_which_layer_may_include_which(self):
        driver = '#include "tern/driver/a.hpp"\n'
        self.assertEqual(findings("src/client/a.cpp", driver), [("include", 1)])
        self.assertEqual(findings("src/base/a.cpp", driver), [("include", 1)])
        self.assertEqual(findings("src/driver/a.cpp", driver), [])
        self.assertEqual(findings("src/runtime/a.cpp", driver), [])
        self.assertEqual(findings("src/driver/a.cpp", '#include "tern/client/a.hpp"\n'),
                         [("include", 1)])

    def test_wants_names_from_the_root(self):
        self.assertEqual(findings("src/shm/a.cpp", '#include "../base/a.hpp"\n'), [("include", 1)])
        self.assertEqual(findings("src/shm/a.cpp", '#include "a.hpp"\n'), [("include", 1)])


class Calls(unittest.TestCase):
    def test_lets_only_programs_print(self):
        for call in ('printf("x");', "std::cerr << 1;", "fprintf(f, 1);", "std::puts(x);"):
            self.assertEqual(findings("src/driver/a.cpp", call + "\n"), [("printing", 1)], call)
            self.assertEqual(findings("src/cli/a.cpp", call + "\n"), [])
            self.assertEqual(findings("src/runtime/a.cpp", call + "\n"), [])
        self.assertEqual(findings("src/driver/a.cpp", "snprintf(text, 1);\n"), [])
        self.assertEqual(findings("src/driver/a.cpp", "// printf(x)\n"), [])

    def test_lets_only_platform_make_threads(self):
        self.assertEqual(findings("src/client/a.cpp", "std::thread t;\n"), [("thread", 1)])
        self.assertEqual(findings("src/client/a.cpp", "std::thread::id t;\n"), [])
        self.assertEqual(findings("src/platform/a.cpp", "std::thread t;\n"), [])
        self.assertEqual(findings("src/client/a_test.cpp", "std::thread t;\n"), [])

    def test_lets_no_test_sleep(self):
        call = "std::this_thread::sleep_for(1ms);\n"
        self.assertEqual(findings("src/client/a_test.cpp", call), [("sleep", 1)])
        self.assertEqual(findings("test/system/a_test.cpp", call), [("sleep", 1)])
        self.assertEqual(findings("test/system/a.sh", "    sleep 1\n"), [("sleep", 1)])
        self.assertEqual(findings("test/system/a.py", "time.sleep(1)\n"), [("sleep", 1)])
        self.assertEqual(findings("test/support/a.cpp", call), [])
        self.assertEqual(findings("src/platform/a.cpp", call), [])


class Words(unittest.TestCase):
    def test_finds_places_of_one_machine(self):
        for text in ("see /root/x", "cd /work/main", "/home/joe/a", "https://pypi.org/x"):
            self.assertEqual(findings("a.md", text + "\n"), [("place", 1)], text)
        for text in ("/dev/shm/x", "net/work/x", "$HOME/root/x", "the work/root"):
            self.assertEqual(findings("a.md", text + "\n"), [], text)

    def test_finds_left_overs(self):
        self.assertEqual(findings("src/shm/a.cpp", "// TODO: more\n"), [("left-over", 1)])
        self.assertEqual(findings("src/shm/a.cpp", "int TODOS;\n"), [])


class Pairs(unittest.TestCase):
    def check(self, *texts):
        files = [rules.SourceFile(f"src/shm/{number}.cpp", text + "\n")
                 for number, text in enumerate(texts)]
        return [found.text for found in rules.check(files)]

    def test_wants_both_ends_of_a_pair(self):
        self.assertEqual(self.check("// sync[a-b] release; acquire elsewhere",
                                    "// sync[a-b] acquire"), [])
        self.assertEqual(self.check("// sync[a-b] release"),
                         ["sync[a-b] has no acquire end anywhere"])
        self.assertEqual(self.check("// sync[a] acquire", "// sync[b] release",
                                    "// sync[b] acquire"), ["sync[a] has no release end anywhere"])

    def test_wants_a_tag_to_say_which_end_it_is(self):
        self.assertEqual(len(self.check("// sync[a]: a mention")), 2)
        self.assertEqual(len(self.check("// sync[a] relaese", "// sync[a] release",
                                        "// sync[a] acquire")), 1)
        self.assertEqual(self.check("// sync[Some Name] release")[0],
                         "sync[Some Name]: a name is lower-case words")

    def test_wants_a_row_for_each_pair_and_a_pair_for_each_row(self):
        files = [rules.SourceFile("src/shm/a.cpp", "// sync[a] release\n// sync[a] acquire\n"
                                                   "// sync[b] release\n// sync[b] acquire\n"),
                 rules.SourceFile("docs/shared-memory.md",
                                  "| field |\n| `x` |\n\n| pair |\n| --- |\n| `a` |\n| `c` |\n")]
        self.assertEqual([found.text for found in rules.check(files)],
                         ["there is no sync[c]", "sync[b] has no row in docs/shared-memory.md"])

    def test_does_not_count_a_tag_in_a_test(self):
        files = [rules.SourceFile("src/shm/a.cpp", "// sync[a] release\n"),
                 rules.SourceFile("src/shm/a_test.cpp", "// sync[a] acquire\n")]
        self.assertEqual(len(rules.check(files)), 1)


class Program(unittest.TestCase):
    def run_on(self, root):
        program = Path(__file__).with_name("tidy.py")
        return subprocess.run([sys.executable, program, root], capture_output=True, text=True,
                              check=False)

    def test_walks_the_tree_but_not_what_was_built(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("src/shm", "build/x", "test/peers"):
                (Path(root) / name).mkdir(parents=True)
            (Path(root) / "build/x/a.cpp").write_text("\t\n")
            (Path(root) / "src/shm/a.cpp").write_text("int x;\n")
            self.assertEqual(self.run_on(root).returncode, 0)
            (Path(root) / "test/peers/build").write_text("#!/bin/sh \n")
            ended = self.run_on(root)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("test/peers/build:1: [blanks]", ended.stdout)

    def test_finds_an_empty_tree_suspicious(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(self.run_on(root).returncode, 1)
        self.assertEqual(self.run_on("no/such/folder").returncode, 2)


if __name__ == "__main__":
    unittest.main()
