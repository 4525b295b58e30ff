"""Reads files of installed packages as text, and refuses a package of any version but the pinned.

Files are located by the package's metadata: nothing of a package is imported or run. Knows nothing
of what the files say.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from moeviz.data.sources import Package, package_of


class PackageError(Exception):
    """The training text cannot be read: a package is missing, of another version or damaged."""

    def __init__(self, package: Package, found: str) -> None:
        needed = f"{package.name}=={package.version}"
        super().__init__(
            f"The training text needs the package {needed}, found {found}. "
            f"Install it with: pip install {needed}"
        )
        self.package, self.found = package, found


def read_files(files: Iterable[str]) -> list[str]:
    """The files as text with `\\n` line ends; a path begins with its package's folder.

    Raises:
        PackageError: names the package, what was found and the version that is needed.
    """
    return [_read(file) for file in files]


def _read(file: str) -> str:
    package = package_of(file)
    try:
        return Path(str(_pinned(package).locate_file(file))).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise PackageError(package, f"{package.version} without a readable {file}") from None


@cache
def _pinned(package: Package) -> Distribution:
    """The installed distribution, when it is the pinned one.

    A build of the same version counts: 2.13.0+cpu has the text of 2.13.0.
    """
    try:
        found = distribution(package.name)
    except PackageNotFoundError:
        raise PackageError(package, "none") from None
    if found.version.partition("+")[0] != package.version:
        raise PackageError(package, found.version)
    return found
