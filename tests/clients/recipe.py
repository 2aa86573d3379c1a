"""Prints a piece of code of docs/testing-with-clones.md.

    recipe.py DOCUMENT HEADING NUMBER    the NUMBERth (from 1) indented piece below "## HEADING"
"""
import re
import sys
import textwrap

document, heading, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(document, encoding="utf-8") as file:
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", file.read(), re.S | re.M)
pieces = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section[1], re.M)
print(textwrap.dedent(pieces[number - 1]))
