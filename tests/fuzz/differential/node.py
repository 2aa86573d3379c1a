"""SQL as a tree that can be made smaller without knowing its grammar.

A node is text and other nodes in a row. Three marks say what the reducer may try: an `expression` can give way to an
expression of its type within it or to a constant, an `optional` clause can go, and a `series` can lose members. What
makes no sense after that fails alike on both servers, so it is not taken.
"""
import re

PLACE = re.compile(r"\{([^{}]*)\}")


class Node:
    __slots__ = ("parts", "type", "optional", "separator", "least")

    def __init__(self, *parts, type=None, optional=False, separator=None, least=1):
        self.parts = list(parts)
        self.type = type            # of an expression
        self.optional = optional    # a clause
        self.separator = separator  # of a series
        self.least = least          # members that a series keeps

    def __str__(self):
        return (self.separator or "").join(str(part) for part in self.parts)

    def walk(self):
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()

    def copy(self, old=None, new=None):
        """The tree with `new` in the place of `old`."""
        if self is old:
            return new
        parts = [part.copy(old, new) if isinstance(part, Node) else part for part in self.parts]
        return Node(*parts, type=self.type, optional=self.optional, separator=self.separator, least=self.least)

    def smaller(self):
        """Smaller trees, the boldest cuts first."""
        for node in list(self.walk()):
            if node.optional and node.parts:
                yield self.copy(node, Node())
            if node.separator is not None and len(node.parts) > node.least:
                size = len(node.parts)
                chunk = size // 2 if size > 3 else 1
                while chunk:
                    for start in range(0, size, chunk):
                        rest = node.parts[:start] + node.parts[start + chunk:]
                        if len(rest) >= node.least:
                            yield self.copy(node, Node(*rest, separator=node.separator, least=node.least, type=node.type))
                    chunk = chunk // 2 if size < 40 or chunk > size // 8 else 0
            if node.type and node.parts:
                for inner in node.walk():
                    if inner is not node and inner.type == node.type:
                        yield self.copy(node, inner)
                if len(str(node)) > len(node.type) + 12:
                    constants = ("true", "false", "NULL") if node.type == "bool" else ("NULL", "'1'", "'{}'", "''")
                    for constant in constants:
                        yield self.copy(node, Node(f"{constant}::{node.type}", type=None))


def expression(type, *parts):
    return Node(*parts, type=type)


def optional(*parts):
    return Node(*parts, optional=True)


def series(separator, parts, least=1):
    return Node(*parts, separator=separator, least=least)


def fill(template, make):
    """The parts of a template in which {type} stands for what make(type) gives."""
    pieces = PLACE.split(template)
    return [make(piece) if place % 2 else piece for place, piece in enumerate(pieces)]
