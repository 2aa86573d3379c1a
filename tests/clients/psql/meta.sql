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
-- COPY FROM runs triggers and keeps indexes on expressions.
CREATE TABLE arrivals (a int, b text, c int GENERATED ALWAYS AS (length(b)) STORED);
CREATE UNIQUE INDEX arrivals_lower ON arrivals (lower(b)) WHERE a > 0;
CREATE TABLE arrival_log (n serial, line text);
CREATE FUNCTION arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_level = 'STATEMENT' THEN
    INSERT INTO arrival_log(line) SELECT tg_when || ' ' || count(*) FROM arrivals;
  ELSIF tg_when = 'BEFORE' THEN
    IF new.a = 3 THEN RETURN NULL; END IF;
    new.b := new.b || '/' || (SELECT count(*) FROM arrivals);
  ELSE
    INSERT INTO arrival_log(line) VALUES (new::text);
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER t1 BEFORE INSERT ON arrivals EXECUTE FUNCTION arrived();
CREATE TRIGGER t2 BEFORE INSERT ON arrivals FOR EACH ROW EXECUTE FUNCTION arrived();
CREATE TRIGGER t3 AFTER INSERT ON arrivals FOR EACH ROW WHEN (new.a <> 2) EXECUTE FUNCTION arrived();
CREATE TRIGGER t4 AFTER INSERT ON arrivals EXECUTE FUNCTION arrived();
COPY arrivals (a, b) FROM STDIN;
1	one
2	two
3	three
4	four
\.
SELECT * FROM arrivals ORDER BY a;
SELECT line FROM arrival_log ORDER BY n;
ALTER TABLE arrivals DISABLE TRIGGER ALL;
\set VERBOSITY terse
COPY arrivals (a, b) FROM STDIN;
5	five
6	ONE/0
\.
\d arrivals
DROP TABLE arrivals, arrival_log;
DROP FUNCTION arrived;
CREATE TABLE later (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, b int UNIQUE DEFERRABLE, c int, EXCLUDE USING btree (c WITH =) DEFERRABLE);
\d later
COPY later FROM STDIN;
1	1	1
2	2	2
\.
COPY later FROM STDIN;
3	2	3
\.
COPY later FROM STDIN;
3	3	2
\.
BEGIN;
COPY later FROM STDIN;
2	3	3
2	4	4
\.
UPDATE later SET a = b;
COMMIT;
COPY later FROM STDIN;
4	5	5
\.
SELECT * FROM later ORDER BY a;
DROP TABLE later;
