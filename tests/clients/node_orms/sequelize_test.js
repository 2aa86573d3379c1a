// Sequelize: sync with every index it makes, associations, JSONB, arrays, ranges, upserts, errors.
const assert = require('node:assert');
const { DataTypes, Op, Sequelize, Transaction } = require('sequelize');

module.exports = async (url) => {
  const db = new Sequelize(url, { logging: false });
  const User = db.define('User', {
    name: { type: DataTypes.STRING, allowNull: false, unique: true }, age: DataTypes.INTEGER, meta: DataTypes.JSONB,
    tags: DataTypes.ARRAY(DataTypes.TEXT), mood: DataTypes.ENUM('a', 'b'), span: DataTypes.RANGE(DataTypes.DATE),
    big: DataTypes.BIGINT, doc: DataTypes.TSVECTOR,
  }, {
    paranoid: true,
    indexes: [{ fields: ['age'] }, { fields: ['meta'], using: 'gin' }, { fields: ['doc'], using: 'gin' },
      { unique: true, fields: [db.fn('lower', db.col('name'))], name: 'u_lower' }],
  });
  const Post = db.define('Post', { title: DataTypes.STRING });
  const Tag = db.define('Tag', { n: DataTypes.STRING });
  User.hasMany(Post, { onDelete: 'CASCADE' });
  Post.belongsTo(User);
  Post.belongsToMany(Tag, { through: 'PT' });
  Tag.belongsToMany(Post, { through: 'PT' });
  await db.sync({ force: true });
  await db.sync({ alter: { drop: false } }).catch((error) => { throw error; });
  const indexes = (await db.getQueryInterface().showIndex('Users')).map((index) => index.name).sort();
  assert.deepStrictEqual(indexes, ['Users_name_key', 'Users_pkey', 'u_lower', 'users_age', 'users_doc', 'users_meta']
    .concat(indexes.filter((name) => /^Users_name_key\d+$/.test(name))).sort());
  const bob = await User.create({ name: 'bob', age: 3, meta: { a: { c: 7 } }, tags: ['p', 'q'], mood: 'a', span: [new Date(0), new Date(1e9)], big: '9007199254740993' });
  await bob.createPost({ title: 't1' });
  const post = await bob.createPost({ title: 't2' });
  await post.addTag(await Tag.create({ n: 'tag' }));
  const [found] = await User.findAll({
    where: { 'meta.a.c': 7, tags: { [Op.contains]: ['p'] }, span: { [Op.overlap]: [new Date(0), new Date(10)] } },
    attributes: ['name', 'big'], order: [['id', 'ASC'], [Post, 'id', 'DESC']],
    include: [{ model: Post, attributes: ['title'], include: [{ model: Tag, attributes: ['n'] }] }],
  });
  assert.deepStrictEqual([found.name, found.big, found.Posts.map((p) => [p.title, p.Tags.map((t) => t.n)])],
    ['bob', '9007199254740993', [['t2', ['tag']], ['t1', []]]]);
  await User.bulkCreate([{ name: 'carl' }, { name: 'bob', age: 9 }], { updateOnDuplicate: ['age'], conflictAttributes: ['name'] });
  const [, created] = await User.findOrCreate({ where: { name: 'zed' }, defaults: { age: 1 } });
  assert.ok(created);
  await db.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE }, async (transaction) => {
    await User.increment('age', { where: { name: 'zed' }, transaction });
    const zed = await User.findOne({ where: { name: 'zed' }, lock: transaction.LOCK.UPDATE, skipLocked: true, transaction });
    assert.strictEqual(zed.age, 2);
  });
  assert.strictEqual(await User.sum('age'), 11);
  await assert.rejects(User.create({ name: 'bob' }), { name: 'SequelizeUniqueConstraintError', fields: { name: 'bob' } });
  await assert.rejects(Post.create({ UserId: 999 }), { name: 'SequelizeForeignKeyConstraintError', index: 'Posts_UserId_fkey' });
  await db.close();
};
