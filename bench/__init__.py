"""Measurements behind the claims of speed and size: `make bench`.

Each module has a function `rows()` that measures and gives a list of rows: what, ours, peer (the
same thing done by stock Jupyter Book, if there is one), unit, limit (for the ratio, or for ours
where there is no peer). Everything in a table comes from one run on one machine.
"""
