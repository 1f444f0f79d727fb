"""A package whose functions keep their names.

Importing ``evaluatie.rates`` makes Python bind the name ``rates`` of the package to that module,
and would hide the function of the same name from whoever calls ``evaluatie.rates(…)``.
"""

from __future__ import annotations

from types import ModuleType


class Face(ModuleType):
    """A module in which the names in ``_PUBLIC`` are never taken by a module."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in self.__dict__.get("_PUBLIC", ()):
            return
        super().__setattr__(name, value)
