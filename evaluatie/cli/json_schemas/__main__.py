"""Print one schema: ``python -m evaluatie.cli.json_schemas rates``; without a name, the names."""

from __future__ import annotations

import json
import sys

from evaluatie.cli.json_schemas import commands, schema
from evaluatie.ground.errors import UnknownNameError


def main(arguments: list[str]) -> int:
    """Print to standard output; 2 for an unknown name."""
    if not arguments:
        sys.stdout.write("\n".join(commands()) + "\n")
        return 0
    try:
        text = json.dumps(schema(arguments[0]), ensure_ascii=False, indent=2)
    except UnknownNameError as error:
        sys.stderr.write(f"evaluatie: {error}\n")
        return 2
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
