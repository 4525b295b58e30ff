"""What the readers keep of a file: code without its words, sentences without code, French."""

from __future__ import annotations

import ast
import json

import pytest

from moeviz.data.packages import read_files
from moeviz.data.prose import prose
from moeviz.data.python_source import without_docstrings
from moeviz.data.real_text import REAL_DOMAINS, cpp_passages, french_passages, python_passages
from moeviz.data.sources import SOURCES

PYTHON = '''# Copyright of somebody.
# Licensed.

"""What the module is for."""
import os


class Empty(Exception):
    """Raised never."""


def f(x: str = "kept") -> str:
    r"""Say it.

    In many words.
    """
    if x:

        def inner():
            """Hidden."""
            return """kept
too"""
    return x  # kept


x: int = 1
"""Documented below."""
'''
CPP = """// Copyright of somebody.
#pragma once

/*
 * What the file is for.
 */
namespace a {

/// Documented.
int f(int x); // kept
#define TWICE(x)      \\
  ((x) + (x))

#endif  // !defined(TORCH_STABLE_ONLY)
"""
DOCSTRING = '''
def f():
    r"""Returns the sum of all values along the given axis.

    Parameters
    ----------
    axis : int, optional
        Axis along which the sum of the ``values`` is
        computed by :func:`~lib.add`.

    .. math:: \\\\sum_i x_i of all the values that are there and so on.

    >>> print("Here is a line that looks like words to a reader.")

    mask (Tensor, optional): The values that are true at this place are left out.

    Too short a line.
    """
'''


def test_code_comes_without_docstrings_and_licence_and_stays_python() -> None:
    code = "\n\n".join(python_passages(PYTHON))
    assert code.startswith("import os")
    for gone in ("Copyright", "Licensed", "What the module", "Raised", "Say it", "Hidden", "below"):
        assert gone not in code
    assert code.count("kept") == 3
    assert "class Empty(Exception):\n    pass" in code
    ast.parse(code)


def test_no_string_of_a_file_that_is_read_stays_as_a_statement() -> None:
    for file in read_files(SOURCES["python"].files):
        for node in ast.walk(ast.parse(without_docstrings(file))):
            match node:
                case ast.Expr(value=ast.Constant(value=str(words))):
                    pytest.fail(words)


def test_prose_is_sentences_on_one_line_without_markup() -> None:
    assert list(prose(DOCSTRING)) == [
        "Returns the sum of all values along the given axis.",
        "Axis along which the sum of the values is computed by lib.add.",
        "The values that are true at this place are left out.",
    ]


def test_headers_come_without_comment_lines() -> None:
    assert list(cpp_passages(CPP)) == [
        "#pragma once", "namespace a {",
        "int f(int x); // kept\n#define TWICE(x) \\\n  ((x) + (x))",
    ]  # fmt: skip


def test_french_messages_are_translated_sentences_without_markup() -> None:
    catalogue = {
        "": {"language": "fr_FR"},
        "Open the file": ["Ouvrir le fichier"],
        "menu\x04Close the last file": ["Fermer le dernier fichier"],
        "%1 of %2": ["%1 de %2"],
        "Undo": ["Annuler"],
        "Run the next cell": ["Run the next cell"],
        "help\x04Save the notebook now": ["Save the notebook now"],
        "See <b>the</b> settings": ["Voir <b>les</b> bons paramètres"],
        "A & B are equal": ["A &amp; B sont bien égaux"],
        "%1 new file": ["%1 nouveau fichier ici", "%1 nouveaux fichiers ici"],
    }
    assert list(french_passages(json.dumps(catalogue))) == [
        "Ouvrir le fichier", "Fermer le dernier fichier",
        "%1 nouveau fichier ici", "%1 nouveaux fichiers ici",
    ]  # fmt: skip


def test_python_and_english_read_different_files() -> None:
    assert not {*SOURCES["python"].files} & {*SOURCES["english"].files}


@pytest.mark.parametrize("domain", REAL_DOMAINS)
def test_origin_names_every_package_with_version_and_licence(domain: str) -> None:
    source = SOURCES[domain]
    assert source.packages
    for package in source.packages:
        assert f"{package.name} {package.version} ({package.licence})" in source.origin
