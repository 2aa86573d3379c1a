#!/usr/bin/perl
# DBD::Pg: placeholders, prepared by the server, arrays, bytea, COPY, large objects, what DBI asks the catalogues.
# Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:pg_types :async);
use Test::More;

my $db = DBI->connect('dbi:Pg:', '', '', { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1 });
$db->do(q{CREATE TABLE author (id serial PRIMARY KEY, name varchar(40) NOT NULL, tags text[], photo bytea, score numeric(8,3), born date)});
$db->do(q{CREATE TABLE book (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author ON DELETE CASCADE, title text DEFAULT 'untitled', UNIQUE (author_id, title))});
$db->do(q{CREATE INDEX book_title ON book (lower(title))});
$db->do(q{COMMENT ON TABLE book IS 'what was written'});

my $insert = $db->prepare('INSERT INTO author (name, tags, photo, score, born) VALUES (?, ?, ?, ?, ?) RETURNING id');
$insert->bind_param(3, undef, { pg_type => PG_BYTEA });
$insert->execute("J\x{f6}rg 'x' \\", [ 'a', undef, 'q"' ], "\x00\x01\xff'\\", '1.5', '1970-02-28');
is($insert->fetch->[0], 1, 'RETURNING');
for my $i (2 .. 30) { $insert->execute("n$i", [], undef, $i, undef); $insert->finish }
my $row = $db->selectrow_hashref('SELECT * FROM author WHERE id = ?', undef, 1);
is($row->{name}, "J\x{f6}rg 'x' \\", 'text');
is_deeply($row->{tags}, [ 'a', undef, 'q"' ], 'arrays');
is($row->{photo}, "\x00\x01\xff'\\", 'bytea');
is($row->{score}, '1.500', 'numeric');
is($db->last_insert_id(undef, undef, 'author', undef), 30, 'last_insert_id');
is($db->do('UPDATE author SET score = score * 2 WHERE id > ? AND id <= ?', undef, 10, 20), 10, 'rows changed');
is($db->do('DELETE FROM author WHERE id = 4711'), '0E0', 'none changed');

# What DBI asks the catalogues.
my $columns = $db->column_info(undef, 'public', 'author', '%')->fetchall_arrayref({});
is(join(' ', map { "$_->{COLUMN_NAME}:$_->{pg_type}:$_->{NULLABLE}" } @$columns),
   'id:integer:0 name:character varying(40):0 tags:text[]:1 photo:bytea:1 score:numeric(8,3):1 born:date:1', 'column_info');
is($columns->[1]{COLUMN_SIZE}, 40, 'length of a varchar');
is(join(' ', $db->primary_key(undef, 'public', 'author')), 'id', 'primary_key');
my $foreign = $db->foreign_key_info(undef, 'public', 'author', undef, 'public', 'book')->fetchall_arrayref({});
is(scalar(@$foreign), 1, 'foreign_key_info');
is("$foreign->[0]{UK_TABLE_NAME}.$foreign->[0]{UK_COLUMN_NAME} $foreign->[0]{FK_TABLE_NAME}.$foreign->[0]{FK_COLUMN_NAME} $foreign->[0]{DELETE_RULE}",
   'author.id book.author_id 0', 'its ends');
my %indexes = map { $_->{INDEX_NAME} => 1 } grep { defined $_->{INDEX_NAME} } @{ $db->statistics_info(undef, 'public', 'book', 0, 1)->fetchall_arrayref({}) };
is(join(' ', sort keys %indexes), 'book_author_id_title_key book_pkey book_title', 'statistics_info');
is(join(' ', sort grep { /public/ } $db->tables(undef, 'public', '%', 'TABLE')), 'public.author public.book', 'tables');
is($db->table_info(undef, 'public', 'book', 'TABLE')->fetchrow_hashref->{REMARKS}, 'what was written', 'a comment');
ok(scalar(@{ $db->type_info_all }) > 10, 'type_info_all');

# Errors, and transactions that go on behind a savepoint.
eval { $db->do('INSERT INTO book VALUES (1, 4711)') };
is($db->state, '23503', 'SQLSTATE of a foreign key');
like($db->errstr, qr/violates foreign key constraint "book_author_id_fkey"\nDETAIL:  Key \(author_id\)=\(4711\) is not present in table "author"/, 'its words');
$db->begin_work;
$db->do('INSERT INTO book (id, author_id) VALUES (1, 1)');
$db->pg_savepoint('here');
eval { $db->do('INSERT INTO book (id, author_id) VALUES (1, 1)') };
is($db->state, '23505', 'SQLSTATE of a duplicate');
is($db->ping, 4, 'ping tells of a failed transaction');
$db->pg_rollback_to('here');
$db->do('INSERT INTO book (id, author_id, title) VALUES (?, ?, ?)', undef, 2, 1, 'second');
$db->commit;
is($db->selectrow_array('SELECT count(*) FROM book'), 2, 'rows behind the savepoint');

# COPY both ways.
$db->do('COPY book (id, author_id, title) FROM STDIN');
$db->pg_putcopydata("$_\t$_\tb\\\\$_\n") for 10 .. 20;
ok($db->pg_putcopyend, 'COPY ends');
$db->do(q{COPY (SELECT id, title FROM book WHERE id < 12 ORDER BY id) TO STDOUT});
my ($line, @lines) = ('');
push @lines, $line while $db->pg_getcopydata($line) >= 0;
is(join('', @lines), "1\tuntitled\n2\tsecond\n10\tb\\\\10\n11\tb\\\\11\n", 'COPY out');

# Large objects.
$db->begin_work;
my $object = $db->pg_lo_creat($db->{pg_INV_WRITE} | $db->{pg_INV_READ});
my $handle = $db->pg_lo_open($object, $db->{pg_INV_WRITE} | $db->{pg_INV_READ});
is($db->pg_lo_write($handle, 'x' x 10000, 10000), 10000, 'lo_write');
$db->pg_lo_lseek($handle, 9990, 0);
my $buffer = '';
is($db->pg_lo_read($handle, $buffer, 100), 10, 'lo_read at the end');
$db->pg_lo_unlink($object);
$db->commit;

# Notifications, and an asynchronous query that is cancelled.
$db->do('LISTEN news');
$db->do(q{NOTIFY news, 'hello'});
my $note = $db->pg_notifies;
is("$note->[0] $note->[2]", 'news hello', 'NOTIFY');
my $long = $db->prepare('SELECT count(*) FROM generate_series(1, 10000000000) g', { pg_async => PG_ASYNC });
$long->execute;
ok(!$db->pg_ready, 'still at it');
ok($db->pg_cancel, 'cancelled');
is($db->selectrow_array('SELECT 1'), 1, 'and goes on');
$db->disconnect;
done_testing;
