// postgres.js: pipelines what it has, looks up array types itself, cursors, COPY streams, subscriptions to notifications.
const assert = require('node:assert');
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');

module.exports = async (url) => {
  const notices = [];
  const sql = require('postgres')(url, { max: 4, onnotice: (notice) => notices.push(notice.message) });
  await sql`CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, tags text[], at timestamptz, big bigint, data jsonb, raw bytea)`;
  const at = new Date('2024-02-29T12:30:00.123Z');
  const [row] = await sql`INSERT INTO item ${sql({ name: "it's", tags: ['a', 'q"'], at, big: '9007199254740993', data: sql.json({ a: [1, null] }), raw: Buffer.from([0, 255]) })} RETURNING *`;
  assert.deepStrictEqual({ ...row, raw: [...row.raw] }, { id: 1, name: "it's", tags: ['a', 'q"'], at, big: '9007199254740993', data: { a: [1, null] }, raw: [0, 255] });
  await sql`INSERT INTO item ${sql([{ name: 'b', big: 1 }, { name: 'c', big: 2 }], 'name', 'big')}`;
  assert.strictEqual((await sql`UPDATE item SET ${sql({ big: 5 })} WHERE name IN ${sql(['b', 'c'])}`).count, 2);
  // More at once than there are connections: they share them.
  const many = await Promise.all(Array.from({ length: 200 }, (_, i) => sql`SELECT ${i}::int AS i`));
  assert.deepStrictEqual(many.map(([r]) => r.i), Array.from({ length: 200 }, (_, i) => i));
  const many_statements = await sql`SELECT 1 AS a; SELECT 'b' AS b, NULL AS c`.simple();
  assert.deepStrictEqual(many_statements.map((r) => ({ ...r[0] })), [{ a: 1 }, { b: 'b', c: null }]);
  await assert.rejects(sql`INSERT INTO item (name) VALUES ('b')`, { code: '23505', constraint_name: 'item_name_key', detail: 'Key (name)=(b) already exists.' });
  await assert.rejects(sql`SELECT * FROM nowhere`, { code: '42P01', position: '15' });
  await assert.rejects(sql.begin(async (tx) => {
    await tx`DELETE FROM item`;
    await assert.rejects(tx.savepoint(async (s) => { await s`SELECT 1 / 0`; }), { code: '22012' });
    assert.strictEqual((await tx`SELECT count(*)::int AS n FROM item`)[0].n, 0);
    throw new Error('no');
  }), /no/);
  const seen = [];
  await sql`SELECT i FROM generate_series(1, 25) i`.cursor(10, (rows) => { seen.push(rows.length); });
  assert.deepStrictEqual(seen, [10, 10, 5]);
  const found = await sql`SELECT id, name FROM item WHERE id = ${1}`.describe();
  assert.deepStrictEqual(found.types, [23]);
  await pipeline(Readable.from(['10\tx\n', '11\ty\n']), await sql`COPY item (big, name) FROM STDIN`.writable());
  let out = '';
  for await (const chunk of await sql`COPY (SELECT big, name FROM item WHERE big BETWEEN 10 AND 11 ORDER BY big) TO STDOUT (FORMAT csv)`.readable()) out += chunk;
  assert.strictEqual(out, '10,x\n11,y\n');
  const heard = new Promise((resolve) => { sql.listen('news', resolve).then(() => sql.notify('news', 'hello')); });
  assert.strictEqual(await heard, 'hello');
  const long = sql`SELECT count(*) FROM generate_series(1, 10000000000) g`;
  setTimeout(() => long.cancel(), 200);
  await assert.rejects(long, { code: '57014' });
  await sql`DROP TABLE IF EXISTS never`;
  assert.deepStrictEqual(notices, ['table "never" does not exist, skipping']);
  await sql.end();
};
