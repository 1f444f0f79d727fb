"""The questions of the evaluation, one room each."""
