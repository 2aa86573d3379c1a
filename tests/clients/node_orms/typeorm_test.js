// TypeORM: a schema that it finds unchanged when it looks again, relations, versions, upserts.
const assert = require('node:assert');
require('reflect-metadata');
const { DataSource, EntitySchema } = require('typeorm');

const A = new EntitySchema({
  name: 'A', tableName: 'ta',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' }, n: { type: 'varchar', length: 50, comment: 'name' },
    e: { type: 'enum', enum: ['p', 'q'], default: 'p', enumName: 'ta_e' }, arr: { type: 'int', array: true, default: '{1,2}' },
    j: { type: 'jsonb', nullable: true }, made: { type: 'timestamptz', createDate: true }, v: { type: 'int', version: true },
    num: { type: 'numeric', precision: 10, scale: 3, nullable: true },
    upper: { type: 'text', generatedType: 'STORED', asExpression: 'upper(n)', nullable: true },
    place: { type: 'point', nullable: true }, span: { type: 'int4range', nullable: true }, doc: { type: 'tsvector', nullable: true },
  },
  indices: [{ columns: ['n'] }, { columns: ['n', 'v'], unique: true, where: 'v > 0' }],
  checks: [{ expression: 'length(n) > 0' }],
  relations: { bs: { type: 'one-to-many', target: 'B', inverseSide: 'a', cascade: true } },
});
const B = new EntitySchema({
  name: 'B', tableName: 'tb',
  columns: { id: { type: 'int', primary: true, generated: 'identity' }, t: { type: 'text' } },
  uniques: [{ columns: ['t'], deferrable: 'INITIALLY DEFERRED' }],
  relations: {
    a: { type: 'many-to-one', target: 'A', inverseSide: 'bs', onDelete: 'CASCADE', joinColumn: true },
    cs: { type: 'many-to-many', target: 'C', joinTable: true },
  },
});
const C = new EntitySchema({
  name: 'C', tableName: 'tc',
  columns: { id: { type: 'int', primary: true, generated: 'increment' }, x: { type: 'text', nullable: true } },
});
const V = new EntitySchema({
  name: 'V', type: 'view', tableName: 'tv', expression: 'SELECT n, v FROM ta', columns: { n: { type: 'varchar' }, v: { type: 'int' } },
});

module.exports = async (url) => {
  const connect = () => new DataSource({ type: 'postgres', url, entities: [A, B, C, V], synchronize: true }).initialize();
  await (await connect()).destroy();
  const db = await connect();
  const pending = await db.driver.createSchemaBuilder().log();
  assert.deepStrictEqual(pending.upQueries.map((query) => query.query), []);
  const as = db.getRepository('A');
  const one = await as.save({ n: 'one', j: { k: 1 }, num: '1.250', place: '(1,2)', span: '[1,5)', bs: [{ t: 'b1' }, { t: 'b2' }] });
  const found = await as.findOne({ where: { n: 'one' }, relations: { bs: { cs: true } }, order: { bs: { id: 'ASC' } } });
  assert.deepStrictEqual([found.e, found.arr, found.num, found.upper, found.span, found.v, found.bs.map((b) => [b.id, b.t, b.cs])],
    ['p', [1, 2], '1.250', 'ONE', '[1,5)', 1, [[1, 'b1', []], [2, 'b2', []]]]);
  one.n = 'two';
  await as.save(one);
  assert.deepStrictEqual((await db.getRepository('V').find()).map((row) => [row.n, row.v]), [['two', 2]]);
  await db.transaction('SERIALIZABLE', async (manager) => {
    await manager.getRepository('C').insert([{ x: '1' }, { x: '2' }]);
    const locked = await manager.getRepository('C').createQueryBuilder('c').where('c.x = ANY(:list)', { list: ['1'] })
      .setLock('pessimistic_write').setOnLocked('skip_locked').getMany();
    assert.strictEqual(locked.length, 1);
  });
  await assert.rejects(db.getRepository('B').upsert([{ t: 'b1' }], ['t']), { code: '55000' });
  const raw = await db.createQueryBuilder().insert().into('C').values({ id: 1, x: 'n' }).orUpdate(['x'], ['id']).returning('*').execute();
  assert.deepStrictEqual(raw.raw, [{ id: 3, x: 'n' }]);
  await db.destroy();
};
