"""What bench/timelines measures; it starts the servers and passes their ports."""
import argparse, os, re, subprocess, sys, time
import psycopg2

p = argparse.ArgumentParser()
p.add_argument("--sextant", type=int)
p.add_argument("--postgres", type=int)
p.add_argument("--directory", help="of the Sextant server: pid, restart, data")
p.add_argument("--scales", type=lambda s: [int(n) for n in s.split(",")])
p.add_argument("--rounds", type=int)
p.add_argument("--clones", type=int)
p.add_argument("--seconds", type=int)
p.add_argument("--history", type=int)
p.add_argument("--rate", type=int)
p.add_argument("--only")
a = p.parse_args()
SEXTANT, POSTGRES = a.sextant, a.postgres
COPIES = 6


def connect(port, database="postgres"):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname=database)
    connection.autocommit = True
    return connection


def one(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def timed(what, *arguments):
    start = time.perf_counter()
    what(*arguments)
    return (time.perf_counter() - start) * 1000


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


def row(name, sextant, unit, goal="", postgres=""):
    number = lambda v: f"{v:,.2f}" if isinstance(v, float) else str(v)
    print(f"{name:<54} {number(sextant):>12} {number(postgres):>12} {unit:<7} {goal}", flush=True)


def wanted(name):
    return not a.only or name in a.only.split(",")


def pgbench(port, database, *options):
    out = subprocess.run(["pgbench", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", *options, database],
                         capture_output=True, text=True)
    found = re.search(r"^tps = ([\d.]+)", out.stdout, re.M)
    if "-i" not in options and not found:
        sys.exit("pgbench: " + out.stderr)
    return float(found.group(1)) if found else None


def ratio(one, other, *options):
    """Of the rates of TPC-B-like runs on two databases of ours: the median of runs in pairs, each pair the
    other way round than the one before, so that what else the machine does meets both alike."""
    ratios = []
    for i in range(9):
        pair = [one, other] if i % 2 == 0 else [other, one]
        rate = {d: pgbench(SEXTANT, d, "-n", "-T", str(a.seconds), "-M", "prepared", "-c", "8", "-j", "2", *options)
                for d in pair}
        ratios.append(rate[one] / rate[other])
    return percentile(ratios, 50)


def server_pid():
    return open(a.directory + "/pid").read().strip()


def memory_kib():
    with open(f"/proc/{server_pid()}/smaps_rollup") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Rss:"))


def disk_bytes(connection):
    # What the nodes wrote, not the files: those grow in large steps.
    return int(one(connection, "SELECT sum(log_bytes) FROM sextant.nodes()"))


def kept_bytes(connection):
    """What a copy keeps when its log was collected: other log, of a database that is dropped, makes the nodes do it."""
    one(connection, "CREATE DATABASE other")
    other = connect(SEXTANT, "other")
    one(other, "CREATE TABLE filler AS SELECT i, " + " || ".join(f"md5((i * {n})::text)" for n in range(3, 13)) +
        " AS noise FROM generate_series(1, 250000) i")
    other.close()
    one(connection, "DROP DATABASE other WITH (FORCE)")
    # Extents that are leaving go with the next two checkpoints; then nothing moves any more.
    sql = "SELECT sum(needed_bytes + leaving_bytes + fresh_bytes) FROM sextant.log_space()"
    kept, since = int(one(connection, sql)), time.perf_counter()
    while time.perf_counter() - since < 8:
        time.sleep(0.5)
        now = int(one(connection, sql))
        if now != kept:
            kept, since = now, time.perf_counter()
    return kept


def restart():
    subprocess.run([a.directory + "/restart"], check=True)


def first_query(port, database):
    connection = connect(port, database)
    assert one(connection, "SELECT abalance FROM pgbench_accounts WHERE aid = 4242") is not None
    connection.close()


def latency(scale, source):
    s = connect(SEXTANT)
    # Others write to the source all the while, which PostgreSQL does not allow.
    writers = subprocess.Popen(["pgbench", "-h", "127.0.0.1", "-p", str(SEXTANT), "-U", "postgres", "-n", "-T", "3600",
                                "-R", "200", "-c", "2", source], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    clone, first, reset, drop = [], [], [], []
    for i in range(a.rounds):
        clone.append(timed(one, s, f"CREATE DATABASE c{i} TEMPLATE {source}"))
    for i in range(a.rounds):
        drop.append(timed(one, s, f"DROP DATABASE c{i}"))
    writers.terminate()
    writers.wait()

    def clone_and_ask(name):
        one(s, f"CREATE DATABASE {name} TEMPLATE {source}")
        first_query(SEXTANT, name)
    one(s, f"CREATE DATABASE r TEMPLATE {source}")
    for i in range(min(a.rounds, 50)):
        first.append(timed(clone_and_ask, f"f{i}"))
        one(s, f"DROP DATABASE f{i} WITH (FORCE)")
        use = connect(SEXTANT, "r")
        one(use, "UPDATE pgbench_branches SET bbalance = 1")
        use.close()
        reset.append(timed(one, s, "SELECT sextant.reset('r')"))
    one(s, "DROP DATABASE r WITH (FORCE)")

    g = connect(POSTGRES, "template1")
    others = {}
    for strategy in ("wal_log", "file_copy"):
        times, asked, drops = [], [], []
        for i in range(3 if scale <= 50 else 1):
            start = time.perf_counter()
            times.append(timed(one, g, f"CREATE DATABASE c TEMPLATE {source} STRATEGY {strategy}"))
            first_query(POSTGRES, "c")
            asked.append((time.perf_counter() - start) * 1000)
            drops.append(timed(one, g, "DROP DATABASE c"))
        others[strategy] = percentile(times, 50), percentile(asked, 50), percentile(drops, 50)
    size = f"scale {scale}"
    row(f"clone, {size}, p50 (beside WAL_LOG)", percentile(clone, 50), "ms", "<= 5", others["wal_log"][0])
    row(f"clone, {size}, p50 (beside FILE_COPY)", percentile(clone, 50), "ms", "<= 5", others["file_copy"][0])
    row(f"clone, {size}, p99", percentile(clone, 99), "ms", "<= 15")
    for strategy in others:
        row(f"clone, connect, first query, {size}, p50 ({strategy.upper()})", percentile(first, 50), "ms", "<= 15", others[strategy][1])
    row(f"clone, connect, first query, {size}, p99", percentile(first, 99), "ms")
    for what, times, other in (("reset", reset, ""), ("drop", drop, others["wal_log"][2])):
        row(f"{what}, {size}, p50", percentile(times, 50), "ms", "<= 5", other)
        row(f"{what}, {size}, p99", percentile(times, 99), "ms")


def cold(scale, source):
    times = []
    for i in range(5):
        s = connect(SEXTANT)
        one(s, f"CREATE DATABASE cold{i} TEMPLATE {source}")
        s.close()
        restart()
        connect(SEXTANT).close()  # the server itself is warm
        times.append(timed(first_query, SEXTANT, f"cold{i}"))
    row(f"first query on a cold clone, scale {scale}, p50", percentile(times, 50), "ms", "<= 10")
    s = connect(SEXTANT)
    for i in range(5):
        one(s, f"DROP DATABASE cold{i} WITH (FORCE)")


def many(scale, source):
    s = connect(SEXTANT)
    one(s, f"CREATE DATABASE warm TEMPLATE {source}")
    kept = kept_bytes(s)
    disk, memory = disk_bytes(s), memory_kib()
    start = time.perf_counter()
    for i in range(a.clones):
        one(s, f"CREATE DATABASE m{i} TEMPLATE {source}")
    seconds = time.perf_counter() - start
    row(f"{a.clones} clones, one after the other", seconds, "s", f"<= {a.clones / 200:g}")
    time.sleep(2)
    row("log written per clone and copy", (disk_bytes(s) - disk) / a.clones / COPIES / 1024, "KiB", "<= 4")
    row("memory per idle clone, never opened", (memory_kib() - memory) / a.clones, "KiB")
    row("kept of it and of its index, history of a day included", (kept_bytes(s) - kept) / a.clones / COPIES / 1024, "KiB", "<= 4")
    memory = memory_kib()
    used = min(a.clones, 1000)
    for i in range(used):
        first_query(SEXTANT, f"m{i}")
    row("memory per clone that was used and left", (memory_kib() - memory) / used, "KiB")
    time.sleep(75)  # they are closed after a minute
    row("memory per clone that was used, when it is closed", (memory_kib() - memory) / used, "KiB")
    start = time.perf_counter()
    for i in range(a.clones):
        one(s, f"DROP DATABASE m{i} WITH (FORCE)")
    row(f"dropping {a.clones} clones", time.perf_counter() - start, "s")
    one(s, "DROP DATABASE warm")


def throughput(scale, source):
    s = connect(SEXTANT)
    one(s, f"CREATE DATABASE fresh TEMPLATE {source}")
    pgbench(SEXTANT, "fresh", "-n", "-S", "-T", "2")
    for name, options in (("TPC-B-like", ()), ("select-only", ("-S",))):
        row(f"{name} on a clone against on its source, scale {scale}", ratio("fresh", source, *options), "x", ">= 0.9")
    one(s, "DROP DATABASE fresh WITH (FORCE)")


def deep(scale, source):
    s = connect(SEXTANT)
    below = source
    for i in range(64):
        one(s, f"CREATE DATABASE d{i} TEMPLATE {below}")
        below = f"d{i}"
        use = connect(SEXTANT, below)
        one(use, f"UPDATE pgbench_branches SET bbalance = {i}")
        use.close()
    row("64-deep clone: first query", timed(first_query, SEXTANT, below), "ms")
    pgbench(SEXTANT, below, "-n", "-S", "-T", "2")
    for name, options in (("TPC-B-like", ()), ("select-only", ("-S",))):
        row(f"{name} on a 64-deep clone against the first, scale {scale}", ratio(below, source, *options), "x", ">= 0.8")
    for i in reversed(range(64)):
        one(s, f"DROP DATABASE d{i} WITH (FORCE)")


def depths(scale, source):
    """What depth costs: ancestries of clones of clones, each of which changed a page."""
    s = connect(SEXTANT)
    below, made = source, 0
    def lookups(database):
        use = connect(SEXTANT, database)
        times = [timed(one, use, f"SELECT abalance FROM pgbench_accounts WHERE aid = {aid}")
                 for aid in range(1, 100000 * scale, 997)]
        use.close()
        return times
    for depth in (1, 8, 64, 256, 1000):
        while made < depth:
            one(s, f"CREATE DATABASE e{made} TEMPLATE {below}")
            below = f"e{made}"
            made += 1
            use = connect(SEXTANT, below)
            one(use, f"UPDATE pgbench_branches SET bbalance = {made}")
            use.close()
        s.close()
        firsts = []
        for i in range(5):
            restart()
            connect(SEXTANT).close()
            firsts.append(timed(first_query, SEXTANT, below))
        first = percentile(firsts, 50)
        cold, warm = lookups(below), lookups(below)
        s = connect(SEXTANT)
        row(f"{depth} deep: first query after a start, p50", first, "ms")
        row(f"{depth} deep: row of a page not cached, p50", percentile(cold, 50), "ms")
        row(f"{depth} deep: row of a cached page, p50", percentile(warm, 50), "ms")
        row(f"{depth} deep: clone of it, p50",
            percentile([timed(one, s, f"CREATE DATABASE x{i} TEMPLATE {below}") for i in range(20)], 50), "ms", "<= 5")
        for i in range(20):
            one(s, f"DROP DATABASE x{i}")
    for i in reversed(range(made)):
        one(s, f"DROP DATABASE e{i} WITH (FORCE)")


def backtrack(scale, source):
    s = connect(SEXTANT)
    one(s, f"CREATE DATABASE b TEMPLATE {source}")
    before = one(s, "SELECT clock_timestamp()::text")
    time.sleep(0.01)
    rate = ["-R", str(a.rate)] if a.rate else []
    transactions = pgbench(SEXTANT, "b", "-n", "-T", str(a.history), "-c", "8", "-j", "2", *rate) * a.history
    back = timed(one, s, f"SELECT sextant.backtrack('b', '{before}')")
    reconnect = timed(first_query, SEXTANT, "b")
    row(f"backtrack over {a.history} s, {int(transactions):,} TPC-B transactions", back, "ms", "<= 100")
    row("reconnect and first query after it", reconnect, "ms")
    one(s, "DROP DATABASE b WITH (FORCE)")


def archive(scale, source):
    s = connect(SEXTANT)
    use = connect(SEXTANT, source)
    size = one(use, "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'i')")
    use.close()
    url = f"{a.directory}/archive{scale}"
    megabytes = float(size) / 1e6
    out = timed(one, s, f"SELECT sextant.export('{source}', '{url}')") / 1000
    back = timed(one, s, f"SELECT sextant.restore('{url}', 'restored')") / 1000
    counted = [connect(SEXTANT, name) for name in (source, "restored")]
    assert one(counted[0], "SELECT sum(abalance), count(*) FROM pgbench_accounts") == one(
        counted[1], "SELECT sum(abalance), count(*) FROM pgbench_accounts")
    for connection in counted:
        connection.close()
    one(s, "DROP DATABASE restored WITH (FORCE)")
    row(f"export to a directory, {megabytes:,.0f} MB of pages", megabytes / out, "MB/s")
    row("restore from it", megabytes / back, "MB/s")


def reclaim(scale, source):
    """How fast the files of a dropped clone shrink, all six copies together."""
    s = connect(SEXTANT)
    files = lambda: int(one(s, "SELECT sum(disk_bytes) FROM sextant.nodes()"))
    one(s, f"CREATE DATABASE g TEMPLATE {source}")
    g = connect(SEXTANT, "g")
    # Does not compress well: as many bytes in the files as in the pages.
    one(g, "CREATE TABLE filler AS SELECT i, " + " || ".join(f"md5((i * {n})::text)" for n in range(3, 13)) +
        " AS noise FROM generate_series(1, 1000000) i")
    g.close()
    time.sleep(2)
    full = least = files()
    start = at = time.perf_counter()
    one(s, "DROP DATABASE g WITH (FORCE)")
    while time.perf_counter() - max(at, start + 7) < 3:   # until nothing more comes back
        time.sleep(0.05)
        now = files()
        if now < least:
            least, at = now, time.perf_counter()
    row("space of a dropped clone that comes back, six copies", (full - least) / 1e6, "MB")
    row("how fast, from the DROP on", (full - least) / 1e6 / max(at - start, 0.05), "MB/s")


print(f"{'':<54} {'Sextant':>12} {'PostgreSQL':>12} {'':<7} goal")
for scale in a.scales:
    source = f"app{scale}"
    for port in (SEXTANT, POSTGRES):
        admin = connect(port)
        one(admin, f"CREATE DATABASE {source}")
        admin.close()
        pgbench(port, source, "-i", "-q", "-s", str(scale))
    os.sync()  # else one server's loading is written out, and waited for, while the other is measured
    for measure in (latency, cold, many, throughput, deep, depths, backtrack, archive, reclaim):
        # What does not depend on the size is measured once, on the first.
        if wanted(measure.__name__) and (scale == a.scales[0] or measure in (latency, cold, throughput, archive)):
            measure(scale, source)
