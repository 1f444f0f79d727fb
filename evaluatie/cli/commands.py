"""The list of commands: those of the answers, made when they are asked for, and the others."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from evaluatie.answers import COMMANDS, declared
from evaluatie.ground.errors import InputError


class Own(TyperCommand):
    """A command in words of its own: each option once, and no types of Python in its help."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        own: list[Any] = self.params
        for each in own:
            if each.param_type_name == "argument" and not each.type_descriptor.is_choice:
                each.display_type_rich = lambda **_: None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse an option that stands twice and holds one value."""
        for each in self.params:
            if not each.multiple and not getattr(each, "is_flag", False):
                given = [word for word in args if word.partition("=")[0] in each.opts]
                if len(given) > 1:
                    raise InputError(f"{each.opts[0]} can be given once", rule="usage")
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line; what is required has no braces around it."""
        return [re.sub(r"[{}]", "", each) for each in super().collect_usage_pieces(ctx)]


class Commands(TyperGroup):
    """A group that lists the commands of the answers without importing any of them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands of the answers in the order of the report, then the others."""
        return [*COMMANDS, *(name for name in super().list_commands(ctx) if name not in COMMANDS)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, made from its answer when it is asked for."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        from evaluatie.cli.derived import build

        own = declared(COMMANDS[cmd_name][0]).commands
        (command,) = (each for each in own if each.word == cmd_name)
        one = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )
        one.command(cmd_name, cls=Own, help=COMMANDS[cmd_name][1])(build(command))
        return typer.main.get_command(one)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        rows = [
            (name, COMMANDS[name][1] if name in COMMANDS else self._short_help(ctx, name))
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _short_help(self, ctx: Any, name: str) -> str:
        command = super().get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(limit=80)
