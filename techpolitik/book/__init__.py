"""What makes the book: the Sphinx extension, the runs of notebooks, generated pages, the PDF."""
