"""Official and media files to rows: one reader a format, no repairs.

Whatever a file holds, a reader raises nothing but an ``InputError``, which names the file, the
line, element or unit, the rule that is broken, what was met and what was expected. It is said
here once; a reader whose rules are its own tells them.
"""
