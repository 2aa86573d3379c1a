"""Makes a failing case small: statements that set up, and one that fails."""


def reduce_statement(node, fails, budget):
    """`fails(node)` says whether the difference is still there; at most `budget` questions are asked."""
    progress = True
    while progress:
        progress = False
        for candidate in node.smaller():
            if budget <= 0:
                return node
            if len(str(candidate)) >= len(str(node)):
                continue
            budget -= 1
            if fails(candidate):
                node = candidate
                progress = True
                break
    return node


def reduce_setup(statements, fails, budget):
    """Drops statements, then what is within them; `fails(statements)`."""
    chunk = max(1, len(statements) // 2)
    while chunk and budget > 0:
        start = 0
        while start < len(statements) and budget > 0:
            rest = statements[:start] + statements[start + chunk:]
            budget -= 1
            if fails(rest):
                statements = rest
            else:
                start += chunk
        chunk //= 2
    for i, statement in enumerate(statements):
        if not isinstance(statement, str):
            statements = list(statements)
            statements[i] = reduce_statement(statement, lambda s, i=i: fails(statements[:i] + [s] + statements[i + 1:]), min(budget, 40))
            budget -= 40
            if budget <= 0:
                break
    return statements
