// Drizzle: queries with relations as LATERAL joins of JSON, prepared statements, its migrations' table, and drizzle-kit's
// reading of a schema.
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

module.exports = async (url) => {
  const { drizzle } = require('drizzle-orm/node-postgres');
  const { migrate } = require('drizzle-orm/node-postgres/migrator');
  const { relations, eq, sql, count, desc, inArray } = require('drizzle-orm');
  const { pgTable, pgEnum, serial, integer, text, varchar, timestamp, jsonb, uuid, numeric, boolean, index, uniqueIndex } = require('drizzle-orm/pg-core');
  const { Pool } = require('pg');
  const mood = pgEnum('mood', ['sad', 'ok']);
  const users = pgTable('users', {
    id: serial('id').primaryKey(), name: varchar('name', { length: 40 }).notNull(), mood: mood('mood').default('ok'),
    data: jsonb('data'), key: uuid('key').defaultRandom(), score: numeric('score', { precision: 8, scale: 2 }), active: boolean('active').notNull().default(true),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(), tags: text('tags').array(),
  }, (t) => [uniqueIndex('users_name').on(t.name)]);
  const posts = pgTable('posts', {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(), authorId: integer('author_id').references(() => users.id, { onDelete: 'cascade' }), title: text('title'),
  }, (t) => [index('posts_author').on(t.authorId, t.title)]);
  const schema = {
    users, posts,
    userRelations: relations(users, ({ many }) => ({ posts: many(posts) })),
    postRelations: relations(posts, ({ one }) => ({ author: one(users, { fields: [posts.authorId], references: [users.id] }) })),
  };
  const folder = fs.mkdtempSync(path.join(__dirname, 'drizzle-'));
  fs.mkdirSync(path.join(folder, 'meta'));
  fs.writeFileSync(path.join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries: [{ idx: 0, version: '7', when: 1, tag: '0000_first', breakpoints: true }] }));
  fs.writeFileSync(path.join(folder, '0000_first.sql'), [
    `CREATE TYPE "public"."mood" AS ENUM('sad', 'ok');`,
    `CREATE TABLE "users" ("id" serial PRIMARY KEY NOT NULL, "name" varchar(40) NOT NULL, "mood" "mood" DEFAULT 'ok', "data" jsonb, "key" uuid DEFAULT gen_random_uuid(), "score" numeric(8, 2), "active" boolean DEFAULT true NOT NULL, "at" timestamp with time zone DEFAULT now() NOT NULL, "tags" text[]);`,
    `CREATE TABLE "posts" ("id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1), "author_id" integer, "title" text);`,
    `ALTER TABLE "posts" ADD CONSTRAINT "posts_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;`,
    `CREATE UNIQUE INDEX "users_name" ON "users" USING btree ("name");`,
    `CREATE INDEX "posts_author" ON "posts" USING btree ("author_id","title");`,
  ].join('\n--> statement-breakpoint\n'));
  const pool = new Pool({ connectionString: url, max: 4 });
  const db = drizzle(pool, { schema });
  await migrate(db, { migrationsFolder: folder });
  await migrate(db, { migrationsFolder: folder });
  const made = await db.insert(users).values([{ name: 'A', data: { a: 1 }, score: '1.5', tags: ['x', 'y'] }, { name: 'B', mood: 'sad' }]).returning({ id: users.id, score: users.score });
  assert.deepStrictEqual(made, [{ id: 1, score: '1.50' }, { id: 2, score: null }]);
  await db.insert(posts).values([{ authorId: 1, title: 'one' }, { authorId: 1, title: 'two' }, { title: 'nobody' }]);
  await db.insert(users).values({ name: 'B', mood: 'ok' }).onConflictDoUpdate({ target: users.name, set: { mood: sql`excluded.mood` } });
  const found = await db.query.users.findMany({ columns: { name: true, mood: true }, with: { posts: { columns: { title: true }, orderBy: [desc(posts.title)], limit: 5 } }, orderBy: [users.name] });
  assert.deepStrictEqual(found, [{ name: 'A', mood: 'ok', posts: [{ title: 'two' }, { title: 'one' }] }, { name: 'B', mood: 'ok', posts: [] }]);
  const nested = await db.query.posts.findFirst({ where: eq(posts.title, 'one'), with: { author: { columns: { tags: true, data: true } } } });
  assert.deepStrictEqual(nested.author, { tags: ['x', 'y'], data: { a: 1 } });
  const grouped = await db.select({ name: users.name, n: count(posts.id) }).from(users).leftJoin(posts, eq(posts.authorId, users.id)).where(inArray(users.id, [1, 2])).groupBy(users.name).having(({ n }) => sql`${n} > 0`);
  assert.deepStrictEqual(grouped, [{ name: 'A', n: 2 }]);
  const byName = db.select().from(users).where(eq(users.name, sql.placeholder('name'))).prepare('by_name');
  assert.strictEqual((await byName.execute({ name: 'A' }))[0].id, 1);
  await assert.rejects(db.transaction(async (t) => {
    await t.update(users).set({ active: false }).where(eq(users.id, 1));
    await assert.rejects(t.transaction(async (s) => { await s.delete(users); s.rollback(); }), /Rollback/);
    assert.strictEqual(await t.$count(users), 2);
    t.rollback();
  }), /Rollback/);
  assert.strictEqual((await db.select().from(users).where(eq(users.id, 1)))[0].active, true);
  await db.execute(sql`ALTER TABLE users ADD CONSTRAINT users_score CHECK (score >= 0)`);
  await db.execute(sql`CREATE VIEW authors AS SELECT name FROM users WHERE active`);
  await pool.end();

  // drizzle-kit reads the schema back.
  const out = path.join(folder, 'pulled');
  fs.writeFileSync(path.join(folder, 'drizzle.config.json'), JSON.stringify({ dialect: 'postgresql', out, dbCredentials: { url } }));
  execFileSync(path.join(__dirname, 'node_modules/.bin/drizzle-kit'), ['pull', '--config', path.join(folder, 'drizzle.config.json')], { cwd: __dirname, stdio: 'pipe' });
  const pulled = fs.readFileSync(path.join(out, 'schema.ts'), 'utf8');
  for (const expected of [
    `export const mood = pgEnum("mood", ['sad', 'ok'])`,
    'name: varchar({ length: 40 }).notNull()',
    `mood: mood().default('ok')`,
    'score: numeric({ precision: 8, scale:  2 })',
    'tags: text().array()',
    'id: integer().primaryKey().generatedAlwaysAsIdentity({ name: "posts_id_seq"',
    'foreignColumns: [users.id]',
    `.onDelete("cascade")`,
    'uniqueIndex("users_name").using("btree", table.name.asc().nullsLast().op("text_ops"))',
    'check("users_score", sql`score >= (0)::numeric`)',
    'export const authors = pgView("authors"',
  ]) assert.ok(pulled.includes(expected), `${expected} in:\n${pulled}`);
  fs.rmSync(folder, { recursive: true });
};
