// Knex: schema builder, migrations, queries.
const assert = require('node:assert');

module.exports = async (url) => {
  const knex = require('knex')({ client: 'pg', connection: url });
  await knex.schema.createTable('ka', (t) => {
    t.increments();
    t.string('name', 40).notNullable().index();
    t.text('d');
    t.jsonb('j').defaultTo('{}');
    t.specificType('tags', 'text[]');
    t.uuid('u').defaultTo(knex.raw('gen_random_uuid()'));
    t.timestamps(true, true);
    t.decimal('p', 10, 2);
    t.enu('mood', ['ok', 'bad'], { useNative: true, enumName: 'kmood' });
    t.bigInteger('bi');
  });
  await knex.schema.createTable('kb', (t) => {
    t.bigIncrements('id');
    t.integer('a_id').unsigned().references('id').inTable('ka').onDelete('CASCADE').deferrable('deferred');
    t.unique(['a_id', 'id'], { indexName: 'kbu', deferrable: 'immediate' });
    t.index(['a_id'], 'kbi', { predicate: knex.whereNotNull('a_id') });
    t.check('?? > 0', ['id'], 'kbcheck');
  });
  await knex.schema.alterTable('ka', (t) => {
    t.index(knex.raw('lower(name)'), 'ka_lower');
    t.renameColumn('d', 'descr');
  });
  // A column that an index expression reads and a key that a foreign key refers to get other types.
  await knex.schema.alterTable('ka', (t) => {
    t.string('name', 80).notNullable().alter();
  });
  await knex.raw('ALTER TABLE ka ALTER COLUMN id TYPE bigint');
  const columns = await knex('ka').columnInfo();
  assert.strictEqual(columns.name.maxLength, 80);
  assert.strictEqual(columns.id.type, 'bigint');
  const rows = await knex('ka').insert([
    { name: 'x', j: { a: [1, 2] }, tags: ['a', 'b'], mood: 'ok', bi: '9007199254740993' }, { name: 'y' },
  ]).returning(['id', 'j', 'tags', 'bi', 'mood']);
  assert.deepStrictEqual(rows, [
    { id: '1', j: { a: [1, 2] }, tags: ['a', 'b'], bi: '9007199254740993', mood: 'ok' },
    { id: '2', j: {}, tags: null, bi: null, mood: null },
  ]);
  assert.deepStrictEqual(await knex('ka').insert({ id: 1, name: 'z' }).onConflict('id').merge(['name']).returning('name'), [{ name: 'z' }]);
  assert.deepStrictEqual(await knex('ka').whereJsonPath('j', '$.a[0]', '=', 1).select('id'), [{ id: '1' }]);
  await assert.rejects(knex.transaction(async (t) => { await t('kb').insert({ a_id: 99 }); }), { code: '23503' });
  await knex.transaction(async (t) => {
    await t('kb').insert({ a_id: 1 });
    const savepoint = await t.transaction();
    await savepoint('kb').insert({ a_id: 2 });
    await savepoint.rollback();
    assert.deepStrictEqual(await t('kb').count(), [{ count: '1' }]);
    assert.deepStrictEqual(await t('ka').forUpdate().skipLocked().select('id').orderBy('id'), [{ id: '1' }, { id: '2' }]);
  }, { isolationLevel: 'serializable' });
  const source = {
    getMigrations: async () => ['m1'],
    getMigrationName: (m) => m,
    getMigration: () => ({ up: (k) => k.schema.createTable('km', (t) => { t.increments(); }), down: (k) => k.schema.dropTable('km') }),
  };
  assert.deepStrictEqual(await knex.migrate.latest({ migrationSource: source }), [1, ['m1']]);
  assert.deepStrictEqual(await knex.migrate.rollback({ migrationSource: source }), [1, ['m1']]);
  await knex.destroy();
};
