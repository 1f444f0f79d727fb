"""What every room stands on: errors, files, words, numbers and dates, printed tables."""
