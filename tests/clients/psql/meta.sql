CREATE SCHEMA shop;
CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, email varchar(40) UNIQUE, joined date DEFAULT CURRENT_DATE, balance numeric(10,2) DEFAULT 0 CHECK (balance >= 0));
CREATE TABLE shop.purchase (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES customer(id) ON DELETE CASCADE, amount numeric, at timestamptz DEFAULT now());
CREATE INDEX purchase_customer ON shop.purchase (customer_id, at DESC);
CREATE TABLE plain (a int, b double precision, c char(3), d timestamp(3), e uuid, f interval, g bytea);
\d customer
\d shop.purchase
\d plain
\d customer_id_seq
\d purchase_customer
\d shop.purchase_customer
\d
\dt
\dt shop.*
\di
\ds
\d nowhere
INSERT INTO customer (name, email) VALUES ('ann', 'ann@x'), ('bob', NULL);
\x on
SELECT id, name, email FROM customer ORDER BY id;
\x off
\pset null '(null)'
SELECT id, name, email FROM customer ORDER BY id;
\copy customer (name, email) from stdin with (format csv)
cee,cee@x
"d,e",
\.
\copy (SELECT name, email FROM customer ORDER BY id) to stdout with (format csv, header)
SELECT name FROM customer WHERE id = 99;
SELECT 1/0;
SELECT nothing FROM customer;
SELECT * FROM customr;
INSERT INTO customer (name) VALUES (NULL);
INSERT INTO customer (name, email) VALUES ('x', 'ann@x');
INSERT INTO customer (name, balance) VALUES ('x', -1);
INSERT INTO shop.purchase (customer_id) VALUES (77);
\set VERBOSITY verbose
SELECT 'x'::int;
\set VERBOSITY default
SELECT 1 AS a \gset
\echo :a
SELECT 2 AS one, 'x' AS two \gx
BEGIN;
UPDATE customer SET balance = 5 WHERE id = 1;
SAVEPOINT s;
UPDATE customer SET balance = 6 WHERE id = 1;
ROLLBACK TO s;
COMMIT;
SELECT balance FROM customer WHERE id = 1;
DROP TABLE customer;
DROP TABLE customer CASCADE;
DROP SCHEMA shop CASCADE;
