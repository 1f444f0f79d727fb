"""From a run to variables, tables and figures, and to finished pages."""
