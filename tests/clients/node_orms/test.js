// Each ORM in a database of its own. Runs against PostgreSQL 15 as well: PGHOST, PGPORT and PGUSER say where.
const { Client } = require('pg');

async function main() {
  const { PGHOST: host, PGPORT: port, PGUSER: user } = process.env;
  for (const orm of ['knex', 'sequelize', 'typeorm', 'postgres_js', 'kysely', 'drizzle']) {
    const client = new Client({ database: 'postgres' });
    await client.connect();
    await client.query(`CREATE DATABASE orm_${orm}`);
    await require(`./${orm}_test.js`)(`postgres://${user}@${host}:${port}/orm_${orm}`);
    await client.query(`DROP DATABASE orm_${orm}`);
    await client.end();
    console.log(`${orm}: ok`);
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
