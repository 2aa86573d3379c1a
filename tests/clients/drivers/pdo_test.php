<?php
// PDO and Doctrine DBAL: emulated and real prepared statements, LOBs, COPY; DBAL reads a schema back and finds no
// difference to what it made.
// Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
declare(strict_types=1);

require_once 'Doctrine/DBAL/autoload.php';

use Doctrine\DBAL\DriverManager;
use Doctrine\DBAL\Schema\Comparator;
use Doctrine\DBAL\Schema\Schema;
use Doctrine\DBAL\Types\Types;

function check(bool $holds, string $what, mixed $found = null): void
{
    if (!$holds) {
        fwrite(STDERR, "$what: " . var_export($found, true) . "\n");
        exit(1);
    }
}

$host = getenv('PGHOST');
$port = (int) getenv('PGPORT');
$user = getenv('PGUSER');
$database = getenv('PGDATABASE');

foreach ([false, true] as $emulated) {
    $pdo = new PDO("pgsql:host=$host;port=$port;dbname=$database", $user, '', [PDO::ATTR_EMULATE_PREPARES => $emulated]);
    $pdo->exec('DROP TABLE IF EXISTS item');
    $pdo->exec('CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data bytea, flag boolean)');
    $insert = $pdo->prepare('INSERT INTO item (name, price, data, flag) VALUES (:name, :price, :data, :flag) RETURNING id');
    $stream = fopen('php://memory', 'r+');
    fwrite($stream, "\x00\xff'\\");
    rewind($stream);
    $insert->bindValue('name', "it's \\ ü ?");
    $insert->bindValue('price', '12.5');
    $insert->bindValue('data', $stream, PDO::PARAM_LOB);
    $insert->bindValue('flag', true, PDO::PARAM_BOOL);
    $insert->execute();
    check($insert->fetchColumn() === 1, 'RETURNING');
    check($pdo->lastInsertId() === '1', 'lastInsertId', $pdo->lastInsertId());
    $row = $pdo->query('SELECT * FROM item')->fetch(PDO::FETCH_ASSOC);
    check($row['name'] === "it's \\ ü ?" && $row['price'] === '12.50' && $row['flag'] === true, 'a row', $row);
    check(stream_get_contents($row['data']) === "\x00\xff'\\", 'bytea');
    $pdo->beginTransaction();
    try {
        $pdo->exec("INSERT INTO item (name) VALUES ('it''s \\ ü ?')");
        check(false, 'a duplicate was accepted');
    } catch (PDOException $error) {
        check($error->getCode() === '23505', 'SQLSTATE', $error->getCode());
    }
    $pdo->rollBack();
    $find = $pdo->prepare('SELECT name FROM item WHERE id = ? AND price > ?');
    $find->execute([1, '1']);
    check($find->fetchAll(PDO::FETCH_COLUMN) === ["it's \\ ü ?"], 'by position');
    $pdo->pgsqlCopyFromArray('item (name, price)', ["a\t1", "b\t\\N"], "\t", '\\\\N');
    check($pdo->pgsqlCopyToArray('item (name, price)')[1] === "a\t1.00\n", 'COPY');
    $meta = $pdo->query('SELECT id, name, price FROM item')->getColumnMeta(2);
    check($meta['native_type'] === 'numeric' && $meta['table'] === 'item', 'getColumnMeta', $meta);
}

$connection = DriverManager::getConnection(['driver' => 'pdo_pgsql', 'host' => $host, 'port' => $port, 'user' => $user, 'dbname' => $database, 'serverVersion' => '15']);
$schema = new Schema();
$author = $schema->createTable('author');
$author->addColumn('id', Types::INTEGER, ['autoincrement' => true]);
$author->addColumn('name', Types::STRING, ['length' => 40, 'comment' => 'as printed']);
$author->addColumn('born', Types::DATE_IMMUTABLE, ['notnull' => false]);
$author->addColumn('score', Types::DECIMAL, ['precision' => 8, 'scale' => 3, 'default' => '1.5']);
$author->addColumn('active', Types::BOOLEAN, ['default' => true]);
$author->addColumn('extra', Types::JSON, ['notnull' => false, 'platformOptions' => ['jsonb' => true]]);
$author->addColumn('key', Types::GUID, ['notnull' => false]);
$author->addColumn('seen', Types::DATETIMETZ_IMMUTABLE, ['notnull' => false]);
$author->setPrimaryKey(['id']);
$author->addUniqueIndex(['name'], 'author_name');
$book = $schema->createTable('book');
$book->addColumn('id', Types::BIGINT, ['autoincrement' => true]);
$book->addColumn('author_id', Types::INTEGER);
$book->addColumn('title', Types::TEXT);
$book->setPrimaryKey(['id']);
$book->addIndex(['author_id', 'title'], 'book_author_title');
$book->addForeignKeyConstraint('author', ['author_id'], ['id'], ['onDelete' => 'CASCADE'], 'book_author');
foreach ($schema->toSql($connection->getDatabasePlatform()) as $statement) {
    $connection->executeStatement($statement);
}
$manager = $connection->createSchemaManager();
foreach (['author', 'book'] as $name) {
    $difference = (new Comparator($connection->getDatabasePlatform()))->compareTables($schema->getTable($name), $manager->introspectTable($name));
    $statements = $connection->getDatabasePlatform()->getAlterTableSQL($difference);
    check($statements === [], "$name was read back otherwise", $statements);
}
// A migration.
$changed = $manager->introspectTable('book');
$changed->addColumn('pages', Types::SMALLINT, ['notnull' => false]);
$changed->dropIndex('book_author_title');
$changed->modifyColumn('title', ['notnull' => false, 'default' => 'untitled']);
$difference = (new Comparator($connection->getDatabasePlatform()))->compareTables($manager->introspectTable('book'), $changed);
$manager->alterTable($difference);
$book = $manager->introspectTable('book');
check($book->hasColumn('pages') && $book->getColumn('title')->getDefault() === 'untitled' && !$book->hasIndex('book_author_title'), 'the migration');

$connection->insert('author', ['name' => 'A', 'active' => false, 'extra' => '{"a": 1}'], ['active' => Types::BOOLEAN]);
$id = (int) $connection->lastInsertId();
$connection->insert('book', ['author_id' => $id, 'title' => 'one']);
$rows = $connection->createQueryBuilder()->select('a.name', 'count(b.id) AS books')->from('author', 'a')
    ->leftJoin('a', 'book', 'b', 'b.author_id = a.id')->where('a.id IN (:ids)')->groupBy('a.name')->orderBy('a.name')
    ->setParameter('ids', [$id, 99], Doctrine\DBAL\ArrayParameterType::INTEGER)->setMaxResults(5)->executeQuery()->fetchAllAssociative();
check($rows === [['name' => 'A', 'books' => 1]], 'the query builder', $rows);
try {
    $connection->insert('author', ['name' => 'A']);
    check(false, 'a duplicate was accepted');
} catch (Doctrine\DBAL\Exception\UniqueConstraintViolationException) {
}
try {
    $connection->insert('book', ['author_id' => 4711, 'title' => 'x']);
    check(false, 'an orphan was accepted');
} catch (Doctrine\DBAL\Exception\ForeignKeyConstraintViolationException) {
}
$connection->transactional(static function ($connection) use ($id): void {
    $connection->executeStatement('UPDATE author SET score = score + 1 WHERE id = ?', [$id]);
});
check($connection->fetchOne('SELECT score FROM author WHERE id = ?', [$id]) === '2.500', 'a transaction');
check(in_array($database, $manager->listDatabases(), true), 'listDatabases');
check(count($manager->listSequences()) >= 2, 'listSequences');
$connection->executeStatement('DROP TABLE book, author');
echo "PDO and Doctrine DBAL: ok\n";
