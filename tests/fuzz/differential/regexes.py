"""Random regular expressions over few letters, with texts that they nearly match."""
from values import quote


def atom(r, depth):
    form = r.random()
    if form < 0.5 or depth <= 0:
        return r.choice(["a", "a", "b", "b", "c", ".", "[ab]", "[^a]", "\\w", "[[:alpha:]]", "\\d"])
    if form < 0.8:
        return f"({pattern(r, depth - 1)})"
    if form < 0.9:
        return f"(?:{pattern(r, depth - 1)})"
    if form < 0.94:
        return r.choice(["(?=", "(?!", "(?<=", "(?<!"]) + pattern(r, depth - 2) + ")"
    return r.choice(["^", "$", "\\m", "\\M", "\\y", "\\Y", "\\A", "\\Z"])


def piece(r, depth):
    text = atom(r, depth)
    if r.random() < 0.45 and not text.startswith(("^", "$", "\\m", "\\M", "\\y", "\\Y", "\\A", "\\Z", "(?=", "(?!", "(?<")):
        text += r.choice(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}", "{1,}", "{2,3}?", "{0,1}", "{1,1}", "{2}?"])
    return text


def pattern(r, depth=3):
    branches = ["".join(piece(r, depth) for _ in range(r.choice([0, 1, 1, 2, 2, 3]))) for _ in range(r.choice([1, 1, 1, 2, 2, 3]))]
    return "|".join(branches)


def with_references(r, text):
    """References behind the first parenthesis that closes; to a group that there is not, both servers object."""
    first = text.find(")") + 1
    for _ in range(r.randint(1, 2) if first else 0):
        at = r.randint(first, len(text))
        text = text[:at] + r.choice(["\\1", "\\1", "\\2", "\\1*", "\\1+", "\\1{2}", "(?:\\1)?", "(\\1|a)", "\\1??"]) + text[at:]
    return text


def calls(r, count):
    """SELECTs of one text each."""
    for _ in range(count):
        text = quote("".join(r.choice("aaabbbcc1 ä") for _ in range(r.randint(0, 9))))
        regex = pattern(r)
        regex = quote(with_references(r, regex) if r.random() < 0.3 else regex)
        flags = r.choice(["", "", "", "i", "n", "x"])
        yield r.choice([f"select regexp_match({text}, {regex}, '{flags}')::text",
                        f"select regexp_replace({text}, {regex}, '<\\&,\\1>', '{flags}g')",
                        f"select string_agg(m::text, '|') from regexp_matches({text}, {regex}, '{flags}g') m",
                        f"select regexp_split_to_array({text}, {regex}, '{flags}')::text",
                        f"select substring({text} from {regex})",
                        f"select regexp_instr({text}, {regex}, 1, {r.randint(1, 2)}, {r.randint(0, 1)}, '{flags}')::text",
                        f"select regexp_count({text}, {regex}, 1, '{flags}')::text",
                        f"select ({text} ~ {regex})::text"])
