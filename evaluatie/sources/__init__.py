"""Official and media files to rows: one reader a format, no repairs."""
