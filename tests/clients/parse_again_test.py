# A text that is parsed again and again through the extended protocol, while what it is made of
# changes: nothing may show that its plan was kept. Runs against PostgreSQL 15 as well.
from wire import Client, columns, error, rows

INT4, INT8, TEXT, DATE = 23, 20, 25, 1082

client = Client()
client.query("CREATE TABLE s (id int PRIMARY KEY, a int); INSERT INTO s VALUES (1, 10), (2, 20)")


def thrice(text, parameters, expected_columns, expected_rows, types=()):
    for _ in range(3):
        answer = client.extended(text, parameters, types)
        assert error(answer) is None, error(answer)
        assert columns(answer) == expected_columns, columns(answer)
        assert rows(answer) == expected_rows, rows(answer)


everything = "SELECT * FROM s WHERE id = $1"
thrice(everything, ["1"], [("id", INT4), ("a", INT4)], [("1", "10")])
thrice(everything, ["2"], [("id", INT4), ("a", INT4)], [("2", "20")])
thrice(everything, [None], [("id", INT4), ("a", INT4)], [])

# Unlike a statement that was prepared once, each Parse sees the table as it is.
client.query("ALTER TABLE s ADD COLUMN b text DEFAULT 'new'")
thrice(everything, ["1"], [("id", INT4), ("a", INT4), ("b", TEXT)], [("1", "10", "new")])
client.query("ALTER TABLE s ALTER COLUMN a TYPE bigint")
thrice(everything, ["1"], [("id", INT4), ("a", INT8), ("b", TEXT)], [("1", "10", "new")])
client.query("CREATE SCHEMA other; CREATE TABLE other.s (id int, c text); INSERT INTO other.s VALUES (1, 'x')")
client.query("SET search_path = other, public")
thrice(everything, ["1"], [("id", INT4), ("c", TEXT)], [("1", "x")])
client.query("BEGIN")
client.query("SET LOCAL search_path = public")
thrice("SELECT a FROM s WHERE id = $1", ["2"], [("a", INT8)], [("20",)])
client.query("COMMIT")
answer = client.extended("SELECT a FROM s WHERE id = $1", ["2"])
assert error(answer)["C"] == "42703" and error(answer)["P"] == "8", error(answer)
client.query("RESET search_path")

# Declared types are part of the question.
thrice("SELECT $1", ["5"], [("?column?", TEXT)], [("5",)])
thrice("SELECT $1", ["5"], [("?column?", INT4)], [("5",)], types=[INT4])
thrice("SELECT $1", ["5"], [("?column?", INT8)], [("5",)], types=[INT8])
thrice("SELECT $1", ["5"], [("?column?", TEXT)], [("5",)])

# So are settings that decide what a constant means.
for style, expected in (("ISO, DMY", "2020-01-02"), ("ISO, MDY", "2020-02-01"), ("ISO, DMY", "2020-01-02")):
    client.query("SET DateStyle = '%s'" % style)
    thrice("SELECT date '02/01/2020' AS d WHERE $1 = 1", ["1"], [("d", DATE)], [(expected,)])

# Rows that are left unread do not disturb the next run of the same text.
for _ in range(3):
    answer = client.extended("SELECT id FROM s WHERE id > $1 ORDER BY id", ["0"], limit=1)
    assert rows(answer) == [("1",)] and any(kind == "s" for kind, _ in answer), answer

# A failed transaction runs nothing, known or not.
client.query("BEGIN")
assert error(client.extended("SELECT 1 / $1", ["0"]))["C"] == "22012"
assert error(client.extended("SELECT id FROM s WHERE id > $1 ORDER BY id", ["0"]))["C"] == "25P02"
client.query("ROLLBACK")

for _ in range(3):
    assert error(client.extended("SELECT * FROM s WHERE id = $1", ["x"]))["C"] == "22P02"
    assert error(client.extended("SELECT nothing FROM s WHERE id = $1", ["1"]))["P"] == "8"
client.query("DROP TABLE s, other.s; DROP SCHEMA other")
assert error(client.extended(everything, ["1"]))["C"] == "42P01"
print("parse again: ok")
