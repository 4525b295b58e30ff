"""docs/files.md names every module with its own first sentence; run this file to write it anew."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "files.md"
HEAD = "# One line per file\n\nThe modules' first lines, by `python tests/test_files_page.py`.\n"


def files_page() -> str:
    """A section per folder, a line per module: the first line of its docstring."""
    lines = [HEAD]
    folder = None
    found = [*(ROOT / "moeviz").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    for path in sorted(found, key=lambda path: (path.parent, path.name)):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert said, path
        assert said.splitlines()[0].endswith((".", "?")), path
        if path.parent != folder:
            folder = path.parent
            lines.append(f"\n## {folder.relative_to(ROOT).as_posix()}\n")
        lines.append(f"- `{path.name}`: {said.splitlines()[0]}")
    return "\n".join(lines) + "\n"


def test_the_page_of_files_says_what_the_files_say():
    assert PAGE.read_text(encoding="utf-8") == files_page()


if __name__ == "__main__":
    PAGE.write_text(files_page(), encoding="utf-8")
