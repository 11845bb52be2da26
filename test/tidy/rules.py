"""What the tidy test demands of the source tree: one function a rule.

A rule takes a SourceFile, or the list of them all, and yields Finding. Rules read text, not the
compiler's mind: cheap, and strict enough that what they let pass is rare.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

MAX_COLUMNS = 100
MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 600

# The layers, and what each may include: docs/architecture.md. CMake enforces the same by targets;
# this table is here so that a wider DEPENDS line does not go unnoticed.
LAYERS = {
    "base": set(),
    "protocol": {"base"},
    "shm": {"base"},
    "logbuffer": {"base", "protocol", "shm"},
    "uri": {"base"},
    "driver": {"base", "protocol", "shm", "logbuffer", "uri"},
    "client": {"base", "protocol", "shm", "logbuffer", "uri"},
    "platform": {"base", "shm", "driver", "client"},
    "runtime": {"base", "protocol", "shm", "logbuffer", "uri", "driver", "client", "platform"},
    "cli": {"base", "protocol", "shm", "logbuffer", "uri", "driver", "client", "platform",
            "runtime", "cli"},
}
CORE = {"base", "protocol", "shm", "logbuffer", "uri", "driver", "client"}

OS_HEADERS = re.compile(
    r"(sys|netinet|arpa|net|linux|asm)/.*|"
    r"(unistd|fcntl|pthread|signal|poll|sched|dlfcn|pwd|grp|dirent|netdb|semaphore|syslog|termios|"
    r"ifaddrs|spawn|ucontext|errno|time)\.h|csignal|filesystem|fstream")
NAME_IT_FROM_THE_ROOT = "name it from the root, as tern/<layer>/<file>"
REGISTRIES = re.compile(
    r"\b(crates\.io|repo1?\.maven\.org|repo\.maven\.apache\.org|pypi\.org|pythonhosted\.org|"
    r"registry\.npmjs\.org|proxy\.golang\.org|deb\.debian\.org)\b")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


class SourceFile:
    """One text file of the tree. `path` is relative to its root, with forward slashes."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")

    @property
    def suffix(self):
        return PurePosixPath(self.path).suffix

    @property
    def is_cpp(self):
        return self.suffix in (".cpp", ".hpp", ".c", ".h")

    @property
    def is_code(self):
        name = PurePosixPath(self.path).name
        return self.is_cpp or name == "CMakeLists.txt" or self.suffix in (
            ".py", ".sh", ".cmake") or self.text.startswith("#!")

    @property
    def is_test(self):
        parts = PurePosixPath(self.path).parts
        return parts[0] == "test" or self.path.endswith("_test.cpp") or "testing" in parts

    @property
    def layer(self):
        """The layer of a file under src/; None elsewhere."""
        parts = PurePosixPath(self.path).parts
        return parts[1] if len(parts) > 2 and parts[0] == "src" else None

    @cached_property
    def blanked(self):
        """The text with comments, strings and preprocessor lines blanked out, line by line."""
        return blank_out(self.text)

    def finding(self, line, rule, text):
        return Finding(self.path, line, rule, text)

    def search(self, pattern, rule, text, blanked=False):
        lines = self.blanked.split("\n") if blanked else self.lines
        for number, line in enumerate(lines, 1):
            if match := re.search(pattern, line):
                yield self.finding(number, rule, text.format(match.group(0).strip()))


def blank_out(text):
    skipped = re.compile(
        r'R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/|"
        r"^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
    return skipped.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


# --- lengths and blanks ---------------------------------------------------------------------------

def line_length(file):
    for number, line in enumerate(file.lines, 1):
        is_table = file.suffix == ".md" and line.lstrip().startswith("|")
        if len(line) > MAX_COLUMNS and not is_table:
            yield file.finding(number, "line-length", f"{len(line)} columns; {MAX_COLUMNS} at most")


def file_length(file):
    if file.is_code and len(file.lines) > MAX_FILE_LINES:
        yield file.finding(len(file.lines), "file-length",
                           f"{len(file.lines)} lines; {MAX_FILE_LINES} at most")


def function_length(file):
    if not file.is_cpp:
        return
    for name, first, last in functions_of(file.blanked):
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield file.finding(first, "function-length", f"{name} has {last - first + 1} lines; "
                                                         f"{MAX_FUNCTION_LINES} at most")


def functions_of(blanked):
    """(name, first line, last line) of each outermost function body of blanked-out C or C++."""
    scope = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$|=\s*$")
    head_start, depth, function = 0, 0, None
    for place in re.finditer(r"[{};]", blanked):
        if place.group() == "{":
            head = blanked[head_start:place.start()]
            if function is None and "(" in head and not scope.search(head):
                start = head_start + len(head) - len(head.lstrip())
                name = re.search(r"([~\w:]+)\s*\(", head)
                function = (name.group(1) if name else "?", start, depth)
            depth += 1
        elif place.group() == "}":
            depth -= 1
            if function is not None and depth == function[2]:
                yield (function[0], blanked.count("\n", 0, function[1]) + 1,
                       blanked.count("\n", 0, place.start()) + 1)
                function = None
        head_start = place.end()


def blanks(file):
    yield from file.search(r"\t", "blanks", "a tab")
    yield from file.search(r"[ \t\r]+$", "blanks", "blanks at the end of the line")
    if file.text and not file.text.endswith("\n"):
        yield file.finding(len(file.lines), "blanks", "no newline at the end of the file")


# --- layers ---------------------------------------------------------------------------------------

def os_headers(file):
    """Only src/platform/ speaks to the operating system; tests and tools may."""
    if file.layer not in CORE | {"runtime"} or file.is_test:
        return
    for number, line in enumerate(file.lines, 1):
        match = re.match(r"\s*#\s*include\s*<([^>]+)>", line)
        if match and OS_HEADERS.fullmatch(match.group(1)):
            yield file.finding(number, "os-header",
                               f"<{match.group(1)}> belongs into src/platform/")


def include_direction(file):
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if not match:
            continue
        target = match.group(1)
        parts = target.split("/")
        if ".." in parts:
            yield file.finding(number, "include", f'"{target}": {NAME_IT_FROM_THE_ROOT}')
        elif file.layer in LAYERS and parts[0] == "tern" and len(parts) > 2:
            if parts[1] != file.layer and parts[1] not in LAYERS[file.layer]:
                yield file.finding(number, "include",
                                   f"{file.layer} may not include {parts[1]} ({target})")
        elif file.layer in LAYERS and "/" not in target and not file.is_test:
            yield file.finding(number, "include", f'"{target}": {NAME_IT_FROM_THE_ROOT}')


# --- calls and words ------------------------------------------------------------------------------

def printing(file):
    if not file.is_cpp or file.is_test or file.layer not in CORE | {"platform"}:
        return
    if file.path == "src/base/assert.hpp":
        return   # the last words of a process
    yield from file.search(
        r"\b(std::)?(v?f?printf|puts|fputs|putchar|perror)\s*\(|"
        r"\bstd::(cout|cerr|clog)\b",
        "printing", "'{}': a library prints nothing; only src/cli/ and src/runtime/ do", True)


def threads(file):
    if not file.is_cpp or file.is_test or file.layer not in CORE:
        return
    yield from file.search(r"\bstd::(jthread|async)\b|\bstd::thread\b(?!::id)|\bpthread_create\b",
                           "thread", "'{}': threads come from src/platform/, or src/runtime/", True)


def sleeping(file):
    """A test waits for what it wants to see; only the helpers of test/support/ know how. The peers
    are programs that pace themselves, no tests."""
    if not file.is_test or file.path.startswith(("test/support/", "test/interop/peers/")):
        return
    pattern = r"\b(sleep_for|sleep_until|usleep|nanosleep|time\.sleep|(?<![\w.])sleep)\s*\("
    if file.is_cpp:
        yield from file.search(pattern, "sleep", "'{}': wait for the outcome instead", True)
    elif file.suffix in (".py", ".sh") and not file.path.startswith("test/tidy/"):
        yield from file.search(pattern + r"|^\s*sleep\s+[\d.]", "sleep",
                               "'{}': wait for the outcome instead")


def places(file):
    """Paths of one machine and hosts of package registries do not belong into a repository."""
    if file.path.startswith("test/tidy/"):
        return
    yield from file.search(
        r"(?<![\w.$}])/(root|home/\w+|work|Users/\w+|tmp/bash\w*)(/|\b)(?![-.\w])",
        "place", "'{}': a path of one machine")
    yield from file.search(REGISTRIES, "place", "'{}': a registry's host")


def left_overs(file):
    if file.path.startswith("test/tidy/"):
        return
    yield from file.search(r"\b(TODO|FIXME|XXX)\b", "left-over",
                           "'{}': finish it, or file an issue")


# --- the whole tree -------------------------------------------------------------------------------

def rows_of_pairs(document):
    """The names in its tables of ordering pairs, and where each stands."""
    is_in_table = False
    for number, line in enumerate(document.lines, 1):
        is_in_table = line.startswith("| pair |") or (is_in_table and line.startswith("|"))
        if is_in_table and (match := re.match(r"\| `([^`]+)` \|", line)):
            yield match.group(1), (document, number)


def ordering_pairs(files):
    """Each sync[name] tag has a release end, an acquire end, and a row in docs/shared-memory.md."""
    mentions, ends, rows = {}, {}, None
    for file in files:
        if file.path == "docs/shared-memory.md":
            rows = dict(rows_of_pairs(file))
        if not file.is_cpp or file.is_test:
            continue
        for number, line in enumerate(file.lines, 1):
            for match in re.finditer(r"sync\[([^\]]*)\](?: *(\w+))?", line):
                name, end = match.groups()
                mentions.setdefault(name, (file, number))
                if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
                    yield file.finding(number, "sync", f"sync[{name}]: a name is lower-case words")
                elif end is not None and end not in ("release", "acquire"):
                    yield file.finding(number, "sync", f"'{match.group(0)}': say release, "
                                                       "acquire, or no end at all")
                elif end is not None:
                    ends.setdefault(name, set()).add(end)
    for name, (file, number) in sorted(mentions.items()):
        for end in sorted({"release", "acquire"} - ends.get(name, set())):
            yield file.finding(number, "sync", f"sync[{name}] has no {end} end anywhere")
        if rows is not None and name not in rows:
            yield file.finding(number, "sync", f"sync[{name}] has no row in docs/shared-memory.md")
    for name, (file, number) in (rows or {}).items():
        if name not in mentions:
            yield file.finding(number, "sync", f"there is no sync[{name}]")


FILE_RULES = (line_length, file_length, function_length, blanks, os_headers, include_direction,
              printing, threads, sleeping, places, left_overs)
TREE_RULES = (ordering_pairs,)


def check(files):
    """All findings, in order of files and lines."""
    found = [finding for file in files for rule in FILE_RULES for finding in rule(file)]
    found += [finding for rule in TREE_RULES for finding in rule(files)]
    return sorted(found, key=lambda finding: (finding.path, finding.line))
