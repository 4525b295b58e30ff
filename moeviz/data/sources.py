"""What each built-in domain is made of: words, files of pinned packages, licences.

`sources.toml` declares it once, for the reader of the files and for the page that names origin and
licence. Knows neither the texts nor how they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moeviz.data.domains import DOMAINS
from moeviz.texts import fill, strings

_TABLE = strings(__file__)


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution that text is read from.

    Attributes:
        version: the one whose text the models are trained on, as requirements.txt pins it.
        folder: what it installs, relative to where it is installed.
        licence: SPDX identifier of the files that are read.
    """

    name: str
    version: str
    folder: str
    licence: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.licence})"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text of a domain comes from.

    Attributes:
        origin: in words, its packages and their licences included.
        files: those that are read, in order; none where the app generates the text.
    """

    origin: str
    files: tuple[str, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        """Those of the files, by first use."""
        return tuple(dict.fromkeys(map(package_of, self.files)))


PACKAGES: tuple[Package, ...] = tuple(
    Package(name, **facts) for name, facts in _TABLE["packages"].items()
)
_PACKAGE_OF_FOLDER = {package.folder: package for package in PACKAGES}


def package_of(file: str) -> Package:
    """The package that installs a file."""
    return _PACKAGE_OF_FOLDER[file.partition("/")[0]]


def _source(words: str, files: tuple[str, ...]) -> Source:
    packages = dict.fromkeys(map(package_of, files))
    named = {"packages": ", ".join(map(str, packages))} if packages else {}
    return Source(fill(words, **named), files)


SOURCES: Mapping[str, Source] = {
    domain: _source(_TABLE[domain]["words"], tuple(_TABLE[domain].get("files", ())))
    for domain in DOMAINS
}
"""By domain, in the order of DOMAINS."""
