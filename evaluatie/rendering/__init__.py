"""From finished results to HTML and PDF, with Quarto or with the embedded renderer."""
