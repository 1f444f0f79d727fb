"""How the documentation is built: `nox -s docs`. Nothing here needs a network."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from types import GenericAlias

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

import numpy.typing as npt  # noqa: E402
import warm  # noqa: E402 -- after the path

import evaluatie  # noqa: E402


class ArrayLike:
    """Shown by its name in signatures, instead of all that numpy's alias stands for."""


class NDArray:
    """The same."""

    __class_getitem__ = classmethod(GenericAlias)


for _alias in (ArrayLike, NDArray):
    _alias.__module__ = "numpy.typing"
    setattr(npt, _alias.__name__, _alias)

project = "evaluatie"
author = "the evaluatie contributors"
project_copyright = "the evaluatie contributors, EUPL-1.2"
release = version = evaluatie.__version__
language = "en"
smartquotes_action = "qe"  # a --option keeps both its dashes

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "mathml",
    "offline",
    "reference_pages",
]
exclude_patterns = ["_extensions", "_static"]
needs_sphinx = "8.2"

# Pages with code: run in the build, each in an empty folder; an error stops the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
nb_number_source_lines = False
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

# Figures as vectors, without a line of set-up on every page.
_scratch = Path(tempfile.mkdtemp(prefix="evaluatie-docs-"))
os.environ["IPYTHONDIR"] = str(_scratch)
_profile = _scratch / "profile_default"
_profile.mkdir()
(_profile / "ipython_config.py").write_text(
    'c = get_config()\nc.InteractiveShellApp.matplotlib = "inline"\n'
    'c.InlineBackend.figure_formats = {"svg"}\n'
    "c.HistoryManager.enabled = False\nc.IPKernelApp.log_level = 40\n",
    "utf-8",
)
# Commands on the pages: output whole and in order, as in a terminal, without the colours that
# the kernel asks for. The magic of IPython gives it in pieces, broken anywhere.
(_profile / "startup").mkdir()
(_profile / "startup" / "bash.py").write_text(
    """
import os
import subprocess
for name in ("FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
    os.environ.pop(name, None)

def bash(line, cell):
    done = subprocess.run(
        ["bash", "-e", "-c", cell], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(done.stdout, end="")
    done.check_returncode()

get_ipython().register_magic_function(bash, "cell")
del bash, name
""",
    "utf-8",
)
os.environ["COLUMNS"] = "80"
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ.pop("EVALUATIE_RAW", None)
# Invented official files, for pages that read some.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(HERE.parent / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
)
sys.path.insert(0, str(HERE.parent / "tests"))
# Pages are read in parallel already: no more processes for what they run.
os.environ["LOKY_MAX_CPU_COUNT"] = "1"
if warm.can_fork():
    os.environ.update(warm.install(_scratch))

# Reference from the docstrings.
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 72
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
add_module_names = False
toc_object_entries_show_parents = "hide"

# Libraries of others are named, not linked: their inventories would need a network.
nitpick_ignore_regex = [
    (r"py:class", r"'\w+'"),  # the values of a Literal
    (r"py:class", "Figure|Axes"),  # of matplotlib, imported for types only
    (
        r"py:.*",
        r"(pandas|pd|numpy|np|npt|matplotlib|pyarrow|pa|scipy|lxml|joblib|collections)\b.*",
    ),
    (
        r"py:.*",
        r"(pathlib|typing|datetime|dt|fractions|abc|types|Path|enum|dataclasses|io|os)\b.*",
    ),
]

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "evaluatie"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = ""
html_theme_options = {
    "navigation_with_keys": False,
    "light_css_variables": {
        "color-brand-primary": "#12436d",
        "color-brand-content": "#12436d",
        "color-brand-visited": "#6b4c9a",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8ab8e0",
        "color-brand-content": "#8ab8e0",
        "color-brand-visited": "#c3a9e6",
    },
}
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
