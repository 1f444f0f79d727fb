"""Helpers that run inside the kernel, sent there as text; they import nothing of the package."""

import json
import sys
from collections.abc import Callable


def _evaluatie_prepare(figures: bool, bitmaps: bool) -> None:
    """Make figures appear as SVG, and as PNG too, with the same bytes in every run."""
    if not figures:
        return
    import matplotlib as mpl
    from IPython import get_ipython

    shell = get_ipython()
    assert shell is not None
    shell.run_line_magic("matplotlib", "inline")
    mpl.rcParams["svg.hashsalt"] = "evaluatie"
    if bitmaps:
        from base64 import b64encode

        from IPython.core.pylabtools import print_figure
        from matplotlib.figure import Figure

        def bitmap(figure: Figure) -> str:
            # Without metadata the file does not tell the version of matplotlib.
            write: Callable[..., bytes] = print_figure
            data = write(figure, "png", dpi=220, metadata={"Software": None})
            return b64encode(data).decode()

        shell.display_formatter.formatters["image/png"].for_type(Figure, bitmap)


def _evaluatie_inline(*expressions: str) -> None:
    """Evaluate inline expressions in order and send back what each shows."""
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    assert shell is not None
    results: list[dict[str, str]] = []
    for expression in expressions:
        try:
            value = eval(expression, shell.user_global_ns, shell.user_ns)  # noqa: S307
            markdown = getattr(value, "_repr_markdown_", None)
            text = markdown() if callable(markdown) else None
            if text is not None:
                results.append({"markdown": text})
            elif isinstance(value, (str, int, float)) or type(value).__module__ == "numpy":
                results.append({"text": str(value)})
            else:
                results.append({"error": f"it gives a {type(value).__name__}, not text"})
        except BaseException as error:  # whatever it is, the report tells
            results.append({"error": f"{type(error).__name__}: {error}"})
            break
    sys.stdout.flush()
    display({"application/json": {"evaluatie": json.dumps(results)}}, raw=True)  # type: ignore[no-untyped-call]
