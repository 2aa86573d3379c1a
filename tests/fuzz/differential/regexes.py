"""Random regular expressions over few letters, with texts that they nearly match."""
from values import quote


def bracket(r):
    items = ["a", "b", "c", "A", "a-c", "B-b", "1-3", "\\n", "\\w", "\\d", "\\s", "\\W", "\\D", "\\S", "ä", "à-ü", "-", "_", ".", "\\x61", "[.a.]", "[=b=]",
             "[.hyphen.]", "[.a.]-[.c.]"] + [f"[:{name}:]" for name in (
                 "alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "cntrl", "print", "graph", "xdigit", "word")]
    return r.choice(["[", "[", "[^"]) + "".join(r.choice(items) for _ in range(r.randint(1, 3))) + "]"


def atom(r, depth):
    form = r.random()
    if form < 0.4 or depth <= 0:
        return r.choice(["a", "a", "b", "b", "c", ".", "[ab]", "[^a]", "\\w", "[[:alpha:]]", "\\d"])
    if form < 0.5:
        return r.choice(["\\W", "\\D", "\\s", "\\S", "\\n", "A", "B", "ä", "Ä", "1", "-", "\\.", " ", "#", "(?#b)", "\\x61", "\\u00e4", "{", bracket(r), bracket(r), bracket(r)])
    if form < 0.8:
        return f"({pattern(r, depth - 1)})"
    if form < 0.9:
        return f"(?:{pattern(r, depth - 1)})"
    if form < 0.94:
        return r.choice(["(?=", "(?!", "(?<=", "(?<!"]) + pattern(r, depth - 2) + ")"
    return r.choice(["^", "$", "\\m", "\\M", "\\y", "\\Y", "\\A", "\\Z", "[[:<:]]", "[[:>:]]"])


def piece(r, depth):
    text = atom(r, depth)
    if r.random() < 0.45 and not text.startswith(("^", "$", "\\m", "\\M", "\\y", "\\Y", "\\A", "\\Z", "(?=", "(?!", "(?<")):
        text += r.choice(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}", "{1,}", "{2,3}?", "{0,1}", "{1,1}", "{2}?", "{ 1 }"])
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


def basic(r, depth=2):
    """A BRE, that is."""
    text = ""
    for _ in range(r.randint(0, 4)):
        form = r.random()
        if form < 0.25 and depth > 0:
            text += f"\\({basic(r, depth - 1)}\\)"
        elif form < 0.35:
            text += r.choice(["^", "$", "\\<", "\\>", "*", "\\1", "+", "?", "|", "(", ")", "{1}"])
            continue
        else:
            text += r.choice(["a", "a", "b", "c", ".", "[ab]", "[^a]", "[\\d]", "ä", "\\.", "1", " "])
        if r.random() < 0.4:
            text += r.choice(["*", "*", "\\{2\\}", "\\{1,2\\}", "\\{0,\\}"])
    return text


COLLATIONS = ["", "", "", ' COLLATE "und-x-icu"', ' COLLATE "C.utf8"', ' COLLATE "de-x-icu"']
LETTERS = "aaabbbcc1 ä"
MORE_LETTERS = LETTERS + "ABÄ-_\n\n.ßſǅİıΣς٣é"


def calls(r, count):
    """SELECTs of one text each."""
    for _ in range(count):
        letters = r.choice([LETTERS, MORE_LETTERS])
        text = quote("".join(r.choice(letters) for _ in range(r.randint(0, 9)))) + r.choice(COLLATIONS)
        if r.random() < 0.1:
            regex, flags = quote(basic(r)), r.choice(["b", "e", "bi", "bx", "bn"])
        else:
            regex = pattern(r)
            regex = quote(r.choice([""] * 12 + ["(?i)", "(?n)", "(?x)", "(?e)", "(?q)", "***:", "***="]) +
                          (with_references(r, regex) if r.random() < 0.3 else regex))
            flags = r.choice(["", "", "", "", "i", "n", "x", "p", "w", "s", "m", "in", "iw", "ip", "xp", "ni", "q", "iq", "c", "t"])
        yield r.choice([f"select regexp_match({text}, {regex}, '{flags}')::text",
                        f"select regexp_replace({text}, {regex}, '<\\&,\\1>', '{flags}g')",
                        f"select regexp_replace({text}, {regex}, '<\\&,\\2>', {r.randint(1, 4)}, {r.randint(0, 2)}, '{flags}')",
                        f"select string_agg(m::text, '|') from regexp_matches({text}, {regex}, '{flags}g') m",
                        f"select string_agg(m, '|') from regexp_split_to_table({text}, {regex}, '{flags}') m",
                        f"select regexp_split_to_array({text}, {regex}, '{flags}')::text",
                        f"select substring({text} from {regex})",
                        f"select regexp_instr({text}, {regex}, {r.randint(1, 3)}, {r.randint(1, 2)}, {r.randint(0, 1)}, '{flags}', {r.randint(0, 2)})::text",
                        f"select regexp_substr({text}, {regex}, {r.randint(1, 3)}, {r.randint(1, 2)}, '{flags}', {r.randint(0, 2)})",
                        f"select regexp_count({text}, {regex}, 1, '{flags}')::text",
                        f"select regexp_like({text}, {regex}, '{flags}')::text",
                        f"select ({text} {r.choice(['~', '~', '~*', '!~*'])} {regex})::text"])
