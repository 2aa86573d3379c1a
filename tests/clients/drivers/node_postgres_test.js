// node-postgres: create, insert, select, update, an error, rollback; prepared statements.
const assert = require('node:assert');
const { Client, Pool } = require('pg');

async function main() {
  const client = new Client();
  await client.connect();
  await client.query('CREATE TABLE person (id serial PRIMARY KEY, name text NOT NULL, born date, score float8)');
  const inserted = await client.query(
    'INSERT INTO person (name, born, score) VALUES ($1, $2, $3), ($4, $5, $6) RETURNING id',
    ['ann', '1990-01-02', 1.5, 'bob', null, null]);
  assert.deepStrictEqual(inserted.rows, [{ id: 1 }, { id: 2 }]);
  assert.strictEqual(inserted.rowCount, 2);

  for (let i = 0; i < 3; ++i) {
    const found = await client.query({ name: 'by-name', text: 'SELECT id, score FROM person WHERE name = $1', values: ['ann'] });
    assert.deepStrictEqual(found.rows, [{ id: 1, score: 1.5 }]);
  }
  const updated = await client.query('UPDATE person SET score = coalesce(score, 0) + $1', [2]);
  assert.strictEqual(updated.rowCount, 2);

  await client.query('BEGIN');
  await client.query('DELETE FROM person');
  await assert.rejects(client.query('INSERT INTO person (name) VALUES ($1)', [null]), (error) => {
    assert.strictEqual(error.code, '23502');
    assert.strictEqual(error.column, 'name');
    assert.strictEqual(error.table, 'person');
    return true;
  });
  await client.query('ROLLBACK');
  const count = await client.query('SELECT count(*)::int AS n FROM person');
  assert.deepStrictEqual(count.rows, [{ n: 2 }]);
  await assert.rejects(client.query('SELEC 1'), (error) => error.code === '42601' && error.position === '1');
  const several = await client.query('SELECT 1 AS a; SELECT 2 AS b');
  assert.deepStrictEqual(several.map((result) => result.rows), [[{ a: 1 }], [{ b: 2 }]]);
  await client.end();

  const pool = new Pool({ max: 4 });
  const sums = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.query('SELECT $1::int + 1 AS n', [i])));
  assert.deepStrictEqual(sums.map((result) => result.rows[0].n), Array.from({ length: 20 }, (_, i) => i + 1));
  await pool.end();
  console.log('node-postgres: ok');
}

main().catch((error) => { console.error(error); process.exit(1); });
