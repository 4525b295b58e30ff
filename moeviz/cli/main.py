"""The command line: reads the command's name and runs its module.

A command is a module of this package with `add_arguments(parser)` and `run(options)`, which returns
the exit code or raises ConfigError, and a line in COMMANDS. Only that module is
imported, so a command does not wait for another one's imports. Knows nothing of what commands do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from moeviz.config import ConfigError

COMMANDS = {
    "train": "train the lab's model and print what each step measured",
    "methods": "list the routers and balancers that the lab can train with",
    "record": "record the trace that the first picture of the app shows",
    "count": "count the parameters of a Hugging Face config.json, exactly",
}


class _OneLineParser(argparse.ArgumentParser):
    """Reports a bad argument in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"moeviz: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it succeeded, 1 when it failed, 2 for bad arguments."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        parser = _parser(asked=given[0] if given else "")
        options = parser.parse_args(given)
        if options.command is None:
            parser.error(f"give a command: {' or '.join(COMMANDS)}; each has its own --help")
        code: int = _module(options.command).run(options)
    except ConfigError as error:
        print(f"moeviz: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except BrokenPipeError:
        # The reader of our output closed it; there is nothing left to print.
        sys.stderr.close()
        return 0
    return code


def _parser(asked: str) -> argparse.ArgumentParser:
    """Knows all commands by name and the arguments of the one in use."""
    parser = _OneLineParser(prog="moeviz", description="A small real MoE language model.")
    commands = parser.add_subparsers(dest="command", parser_class=_OneLineParser)
    for name, what_it_does in COMMANDS.items():
        command = commands.add_parser(name, help=what_it_does)
        if name == asked:
            _module(name).add_arguments(command)
    return parser


def _module(command: str) -> Any:
    return import_module(f"moeviz.cli.{command}")
