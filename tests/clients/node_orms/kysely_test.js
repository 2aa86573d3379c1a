// Kysely: migrations under an advisory lock, its reading of the schema, its queries.
const assert = require('node:assert');

module.exports = async (url) => {
  const { Kysely, Migrator, PostgresDialect, sql } = require('kysely');
  const { jsonArrayFrom } = require('kysely/helpers/postgres');
  const { Pool } = require('pg');
  const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url, max: 4 }) }) });
  const migrations = {
    m1: {
      up: async (d) => {
        await d.schema.createType('mood').asEnum(['sad', 'ok']).execute();
        await d.schema.createTable('person')
          .addColumn('id', 'serial', (c) => c.primaryKey())
          .addColumn('name', 'varchar(40)', (c) => c.notNull().unique())
          .addColumn('mood', sql`mood`)
          .addColumn('born', 'date', (c) => c.check(sql`born > '1900-01-01'`))
          .addColumn('created_at', 'timestamptz', (c) => c.defaultTo(sql`now()`).notNull())
          .addColumn('twice', 'integer', (c) => c.generatedAlwaysAs(sql`id * 2`).stored())
          .execute();
        await d.schema.createTable('pet')
          .addColumn('id', 'bigint', (c) => c.generatedByDefaultAsIdentity().primaryKey())
          .addColumn('owner', 'integer', (c) => c.references('person.id').onDelete('cascade').notNull())
          .addColumn('name', 'text')
          .execute();
        await d.schema.createIndex('pet_owner').on('pet').columns(['owner', 'name desc']).where('name', 'is not', null).execute();
        await d.schema.createView('owners').as(d.selectFrom('person').select('name')).execute();
      },
      down: async (d) => {
        await d.schema.dropView('owners').execute();
        await d.schema.dropTable('pet').execute();
        await d.schema.dropTable('person').execute();
        await d.schema.dropType('mood').execute();
      },
    },
    m2: {
      up: async (d) => {
        await d.schema.alterTable('pet').addColumn('kind', 'text', (c) => c.defaultTo('cat').notNull()).execute();
        await d.schema.alterTable('pet').alterColumn('name', (c) => c.setDataType('varchar(60)')).execute();
      },
      down: async () => {},
    },
  };
  const made = () => new Migrator({ db, provider: { getMigrations: async () => migrations } });
  // Two at once: one waits for the other's lock.
  const [one, other] = await Promise.all([made().migrateToLatest(), made().migrateToLatest()]).catch((e) => { throw e; })
    .then((results) => results.map((r) => { if (r.error) throw r.error; return r.results.map((m) => m.status); }));
  assert.deepStrictEqual([...one, ...other], ['Success', 'Success']);
  const tables = await db.introspection.getTables();
  const shown = tables.map((t) => `${t.isView ? 'view ' : ''}${t.name}: ${t.columns.map((c) => `${c.name} ${c.dataType}${c.isNullable ? '?' : ''}${c.isAutoIncrementing ? '+' : ''}${c.hasDefaultValue ? '=' : ''}`).join(', ')}`);
  assert.deepStrictEqual(shown, [
    'view owners: name varchar?',
    'person: id int4+=, name varchar, mood mood?, born date?, created_at timestamptz=, twice int4?=',
    'pet: id int8+, owner int4, name varchar?, kind text=',
  ]);
  const people = await db.insertInto('person').values([{ name: 'A', mood: 'ok' }, { name: 'B' }]).returning(['id', 'twice']).execute();
  assert.deepStrictEqual(people, [{ id: 1, twice: 2 }, { id: 2, twice: 4 }]);
  await db.insertInto('pet').values([{ owner: 1, name: 'x' }, { owner: 1, name: 'y', kind: 'dog' }]).execute();
  await db.insertInto('person').values({ id: 1, name: 'A' }).onConflict((c) => c.column('name').doUpdateSet({ mood: 'sad' })).execute();
  const joined = await db.selectFrom('person')
    .select(['name', (e) => jsonArrayFrom(e.selectFrom('pet').select(['pet.name', 'kind']).whereRef('pet.owner', '=', 'person.id').orderBy('pet.name')).as('pets')])
    .where('mood', '=', 'sad').execute();
  assert.deepStrictEqual(joined, [{ name: 'A', pets: [{ name: 'x', kind: 'cat' }, { name: 'y', kind: 'dog' }] }]);
  const counted = await db.with('busy', (d) => d.selectFrom('pet').select(['owner', (e) => e.fn.countAll().as('n')]).groupBy('owner'))
    .selectFrom('busy').innerJoin('person', 'person.id', 'busy.owner').select(['person.name', 'n']).orderBy('n', 'desc').limit(3).execute();
  assert.deepStrictEqual(counted, [{ name: 'A', n: '2' }]);
  await assert.rejects(db.transaction().setIsolationLevel('serializable').execute(async (t) => {
    await t.deleteFrom('person').where('id', '=', 1).execute();
    throw new Error('no');
  }), /no/);
  const removed = await db.deleteFrom('pet').using('person').whereRef('pet.owner', '=', 'person.id').where('pet.kind', '=', 'dog').returningAll('pet').executeTakeFirst();
  assert.strictEqual(removed.name, 'y');
  const plan = await db.selectFrom('person').selectAll().where('id', '=', 1).explain('json');
  assert.ok(plan[0]['QUERY PLAN'][0].Plan);
  const { error } = await made().migrateDown();
  assert.ifError(error);
  await db.destroy();
};
