-- setup tables
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, country char(2), created timestamptz);
CREATE TABLE item (id bigint PRIMARY KEY, customer int REFERENCES customer, price numeric(10, 2), quantity int, tag text, note text,
                   attributes jsonb, placed timestamptz, day date, tags text[], ratio float8);
INSERT INTO customer SELECT g, 'customer ' || g, 'c' || g || '@example.org', (ARRAY['DE','FR','US','JP','BR'])[g % 5 + 1],
                            timestamptz '2020-01-01' + g * interval '1 minute' FROM generate_series(1, :rows / 10) g;
INSERT INTO item SELECT g, g * 7 % (:rows / 10) + 1, (g * 31 % 10000)::numeric / 100, g % 10, 'tag' || g % 100, md5(g::text),
                        jsonb_build_object('color', (ARRAY['red','green','blue'])[g % 3 + 1], 'size', g % 50, 'list', jsonb_build_array(g, g + 1)),
                        timestamptz '2024-01-01' + g * interval '10 seconds', date '2024-01-01' + g % 365,
                        ARRAY['t' || g % 20, 't' || g % 7], g / 3.0 FROM generate_series(1, :rows) g;
CREATE INDEX ON item (customer);
CREATE INDEX ON item (day);
CREATE INDEX item_note ON item (note);
CREATE TABLE scratch (id bigint PRIMARY KEY, a int, b text);
CREATE TABLE tree (id int PRIMARY KEY, parent int);
INSERT INTO tree SELECT g, g / 3 FROM generate_series(1, 50000) g;
CREATE INDEX ON tree (parent);
CREATE TABLE words (w text);
INSERT INTO words SELECT md5(g::text) || ' ' || md5((g * 3)::text) || ' quick brown fox ' || g FROM generate_series(1, :rows / 10) g;
CREATE TABLE audit (id bigserial PRIMARY KEY, what text, at timestamptz DEFAULT now());
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit (what) VALUES (TG_OP || NEW.id); RETURN NEW; END $$;
CREATE TABLE watched (id int PRIMARY KEY, v int);
CREATE TRIGGER watch AFTER INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TABLE source AS SELECT g AS id, g % 1000 AS a, 'text ' || g AS b, (g % 777)::numeric / 7 AS c FROM generate_series(1, :rows / 2) g;
CREATE TABLE target (id bigint PRIMARY KEY, a int, b text, c numeric);
CREATE INDEX ON target (a);
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := NEW.v + 1; RETURN NEW; END $$;
CREATE TABLE bumped (id int PRIMARY KEY, v int);
CREATE TRIGGER bump BEFORE INSERT OR UPDATE ON bumped FOR EACH ROW EXECUTE FUNCTION bump();
CREATE TABLE part (id bigint, k int, v text) PARTITION BY RANGE (k);
CREATE TABLE part0 PARTITION OF part FOR VALUES FROM (0) TO (50);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (50) TO (100);
CREATE TABLE document (id int PRIMARY KEY, tags text[], body tsvector);
INSERT INTO document SELECT g, ARRAY['a' || g % 100, 'b' || g % 33, 'c' || g % 1000],
                            to_tsvector('simple', 'word' || g % 1000 || ' and word' || g % 77 || ' with ' || md5(g::text))
                     FROM generate_series(1, :rows / 2) g;
CREATE INDEX ON document USING gin (tags);
CREATE INDEX ON document USING gin (body);
ANALYZE;
-- count(*)
SELECT count(*) FROM item
-- filter on numeric
SELECT count(*) FROM item WHERE price > 50
-- filter LIKE '%x%'
SELECT count(*) FROM item WHERE note LIKE '%abc%'
-- filter regular expression
SELECT count(*) FROM item WHERE note ~ 'a[0-9]+b$'
-- filter ILIKE
SELECT count(*) FROM words WHERE w ILIKE '%FOX 12%'
-- group by text
SELECT tag, count(*), sum(price), avg(quantity) FROM item GROUP BY tag
-- group by many groups
SELECT customer, sum(quantity), max(placed) FROM item GROUP BY customer
-- count(DISTINCT)
SELECT count(DISTINCT customer), count(DISTINCT tag) FROM item
-- SELECT DISTINCT
SELECT DISTINCT tag, quantity FROM item
-- ORDER BY all rows, text
SELECT count(*) FROM (SELECT note FROM item ORDER BY note DESC, id OFFSET 0) s
-- ORDER BY LIMIT, no index
SELECT * FROM item ORDER BY ratio DESC, tag LIMIT 20
-- ORDER BY LIMIT by index
SELECT * FROM item ORDER BY day, id LIMIT 20
-- join, hash
SELECT c.country, sum(i.price) FROM item i JOIN customer c ON c.id = i.customer GROUP BY 1
-- join, left, with nulls
SELECT count(*) FROM customer c LEFT JOIN item i ON i.customer = c.id AND i.quantity > 8 WHERE i.id IS NULL
-- semijoin EXISTS
SELECT count(*) FROM customer c WHERE EXISTS (SELECT FROM item i WHERE i.customer = c.id AND i.quantity = 3)
-- antijoin NOT IN
SELECT count(*) FROM customer WHERE id NOT IN (SELECT customer FROM item WHERE quantity = 9)
-- correlated subquery
SELECT count(*) FROM (SELECT c.id, (SELECT max(i.price) FROM item i WHERE i.customer = c.id) FROM customer c OFFSET 0) s
-- LATERAL top 3
SELECT count(*) FROM customer c, LATERAL (SELECT * FROM item i WHERE i.customer = c.id ORDER BY placed DESC LIMIT 3) t
-- window rank
SELECT count(*) FROM (SELECT rank() OVER (PARTITION BY customer ORDER BY placed) r, sum(price) OVER (PARTITION BY customer ORDER BY placed) s FROM item OFFSET 0) q
-- window lag
SELECT count(*) FROM (SELECT placed - lag(placed) OVER (ORDER BY placed) d FROM item OFFSET 0) q
-- window moving average
SELECT count(*) FROM (SELECT avg(price) OVER (ORDER BY id ROWS BETWEEN 10 PRECEDING AND 10 FOLLOWING) a FROM item OFFSET 0) q
-- ROLLUP
SELECT day, tag, sum(quantity) FROM item GROUP BY ROLLUP (day, tag)
-- recursive tree
WITH RECURSIVE t AS (SELECT id, 0 AS depth FROM tree WHERE id = 1 UNION ALL SELECT c.id, depth + 1 FROM t JOIN tree c ON c.parent = t.id AND c.id <> t.id) SELECT depth, count(*) FROM t GROUP BY 1
-- recursive counting
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 200000) SELECT sum(n) FROM t
-- UNION
SELECT count(*) FROM (SELECT customer FROM item WHERE quantity < 5 UNION SELECT id FROM customer) u
-- EXCEPT
SELECT count(*) FROM (SELECT id FROM customer EXCEPT SELECT customer FROM item WHERE quantity > 7) u
-- jsonb field
SELECT attributes->>'color', count(*) FROM item GROUP BY 1
-- jsonb containment
SELECT count(*) FROM item WHERE attributes @> '{"color": "red", "size": 10}'
-- jsonb path
SELECT count(*) FROM item WHERE jsonb_path_exists(attributes, '$.list[*] ? (@ > 299990)')
-- jsonb_agg
SELECT count(*) FROM (SELECT customer, jsonb_agg(jsonb_build_object('id', id, 'price', price)) FROM item GROUP BY customer OFFSET 0) s
-- row_to_json
SELECT sum(length(row_to_json(i)::text)) FROM item i
-- jsonb_array_elements
SELECT count(*) FROM item, jsonb_array_elements(attributes->'list') e
-- array ANY
SELECT count(*) FROM item WHERE 't5' = ANY (tags)
-- array_agg and unnest
SELECT count(*) FROM (SELECT unnest(array_agg(id)) FROM item GROUP BY tag) s
-- string_agg
SELECT sum(length(s)) FROM (SELECT string_agg(note, ',' ORDER BY id) s FROM item GROUP BY tag) q
-- string functions
SELECT count(*) FROM (SELECT upper(tag) || '-' || substr(note, 3, 5) || replace(note, 'a', 'b') || lpad(quantity::text, 5, '0') x FROM item OFFSET 0) s WHERE length(x) > 3
-- regexp_replace
SELECT sum(length(regexp_replace(note, '[0-9]+', '#', 'g'))) FROM item
-- date functions
SELECT date_trunc('month', placed), extract(dow FROM placed), count(*) FROM item GROUP BY 1, 2
-- to_char
SELECT count(DISTINCT to_char(placed, 'YYYY-MM-DD HH24:MI')) FROM item
-- numeric arithmetic
SELECT sum(price * quantity * 1.19), avg(round(price / 3, 2)), stddev(price) FROM item
-- float arithmetic
SELECT sum(sqrt(ratio) * sin(ratio)), corr(ratio, quantity) FROM item
-- percentile_cont
SELECT tag, percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio) FROM item GROUP BY tag
-- CASE and COALESCE
SELECT sum(CASE WHEN quantity > 5 THEN 1 WHEN tag LIKE 'tag1%' THEN 2 ELSE 0 END), count(NULLIF(quantity, 3)) FROM item
-- IN list of 1000
SELECT count(*) FROM item WHERE id IN (SELECT g * 100 FROM generate_series(1, 1000) g)
-- range by index
SELECT count(*), sum(price) FROM item WHERE day BETWEEN '2024-03-01' AND '2024-03-10'
-- index lookups, nested loop
SELECT count(*) FROM generate_series(1, 50000) g JOIN item i ON i.id = g * 3
-- generate_series
SELECT sum(g) FROM generate_series(1, 2000000) g
-- text search
SELECT count(*) FROM words WHERE to_tsvector('english', w) @@ to_tsquery('english', 'fox & quick')
-- md5 and encode
SELECT count(DISTINCT substr(md5(note), 1, 2)), max(encode(sha256(note::bytea), 'hex')) FROM item
-- PL/pgSQL loop
DO $$ DECLARE s bigint := 0; BEGIN FOR i IN 1..1000000 LOOP s := s + i % 7; END LOOP; END $$
-- PL/pgSQL queries
DO $$ DECLARE s numeric := 0; p numeric; BEGIN FOR i IN 1..30000 LOOP SELECT price INTO p FROM item WHERE id = i; s := s + p; END LOOP; END $$
-- PL/pgSQL loop over a query
DO $$ DECLARE r record; n int := 0; BEGIN FOR r IN SELECT * FROM item LOOP n := n + r.quantity; END LOOP; END $$
-- SQL function, inlined
DROP FUNCTION IF EXISTS twice(numeric); CREATE FUNCTION twice(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2'; SELECT sum(twice(price)) FROM item
-- PL/pgSQL function per row
CREATE OR REPLACE FUNCTION taxed(p numeric, q int) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF q > 5 THEN RETURN p * 1.19; END IF; RETURN p; END $$; SELECT sum(taxed(price, quantity)) FROM item
-- INSERT SELECT 100k
TRUNCATE scratch; INSERT INTO scratch SELECT g, g, 'row ' || g FROM generate_series(1, 100000) g
-- UPDATE all rows
UPDATE scratch SET a = a + 1
-- UPDATE FROM
UPDATE scratch s SET b = i.tag FROM item i WHERE i.id = s.id
-- before DELETE half
TRUNCATE scratch; INSERT INTO scratch SELECT g, g, 'row ' || g FROM generate_series(1, :rows) g
-- DELETE half
DELETE FROM scratch WHERE id % 2 = 0
-- UPSERT 100k
INSERT INTO scratch SELECT g, 0, 'x' FROM generate_series(1, 100000) g ON CONFLICT (id) DO UPDATE SET a = scratch.a + 1
-- MERGE 100k
MERGE INTO scratch s USING (SELECT g AS id FROM generate_series(1, 110000) g) n ON s.id = n.id WHEN MATCHED THEN UPDATE SET a = s.a + 1 WHEN NOT MATCHED THEN INSERT VALUES (n.id, 0, 'new')
-- inserts with a trigger
TRUNCATE watched, audit; INSERT INTO watched SELECT g, g FROM generate_series(1, 20000) g
-- updates with a trigger
UPDATE watched SET v = v + 1
-- CREATE INDEX on text
DROP INDEX IF EXISTS item_tag; CREATE INDEX item_tag ON item (tag, note)
-- CREATE INDEX gin jsonb
DROP INDEX IF EXISTS item_attributes; CREATE INDEX item_attributes ON item USING gin (attributes)
-- CREATE TABLE AS
DROP TABLE IF EXISTS copied; CREATE TABLE copied AS SELECT * FROM item
-- before ALTER TABLE ADD COLUMN with default
ALTER TABLE copied DROP COLUMN IF EXISTS extra
-- ALTER TABLE ADD COLUMN with default
ALTER TABLE copied ADD COLUMN extra int DEFAULT 5
-- before ALTER COLUMN TYPE
ALTER TABLE copied ALTER COLUMN quantity TYPE int
-- ALTER COLUMN TYPE
ALTER TABLE copied ALTER COLUMN quantity TYPE bigint
-- ANALYZE
ANALYZE item
-- before DELETE all, with an index
TRUNCATE target; INSERT INTO target SELECT * FROM source
-- DELETE all, with an index
DELETE FROM target
-- before DELETE USING, with an index
TRUNCATE target; INSERT INTO target SELECT * FROM source
-- DELETE USING, with an index
DELETE FROM target t USING source s WHERE s.id = t.id AND s.a < 500
-- before UPDATE FROM, with an index
TRUNCATE target; INSERT INTO target SELECT * FROM source
-- UPDATE FROM, with an index
UPDATE target t SET c = s.c + 1, b = s.b || 'x' FROM source s WHERE s.id = t.id
-- before ON CONFLICT DO NOTHING
TRUNCATE target; INSERT INTO target SELECT * FROM source WHERE id % 2 = 0
-- ON CONFLICT DO NOTHING
INSERT INTO target SELECT * FROM source ON CONFLICT DO NOTHING
-- before inserts with a BEFORE trigger
TRUNCATE bumped
-- inserts with a BEFORE trigger
INSERT INTO bumped SELECT g, g FROM generate_series(1, 50000) g
-- before UPDATE across partitions
TRUNCATE part; INSERT INTO part SELECT g, g % 100, 'v' || g FROM generate_series(1, 100000) g
-- UPDATE across partitions
UPDATE part SET k = (k + 50) % 100 WHERE id % 5 = 0
-- group by long text
SELECT count(*) FROM (SELECT note, count(*) FROM item GROUP BY note OFFSET 0) s
-- row_number = 1
SELECT count(*) FROM (SELECT *, row_number() OVER (PARTITION BY customer ORDER BY placed DESC) r FROM item) s WHERE r = 1
-- DISTINCT ON
SELECT count(*) FROM (SELECT DISTINCT ON (customer) * FROM item ORDER BY customer, placed DESC) s
-- ORDER BY under ICU
SELECT count(*) FROM (SELECT tag || note AS x FROM item ORDER BY (tag || note) COLLATE "en-x-icu" OFFSET 0) s
-- gin, tags
SELECT count(*) FROM document WHERE tags @> ARRAY['a7', 'b7']
-- gin, prefix of a word
SELECT count(*) FROM document WHERE body @@ to_tsquery('simple', 'word7:*')
-- CREATE UNIQUE INDEX on text
DROP INDEX IF EXISTS item_unique; CREATE UNIQUE INDEX item_unique ON item (note)
-- PL/pgSQL arrays
DO $$ DECLARE a int[] := '{}'; BEGIN FOR i IN 1..30000 LOOP a := a || i; END LOOP; FOR i IN 1..30000 LOOP a[i] := a[i] + 1; END LOOP; END $$
-- PL/pgSQL exceptions
DO $$ DECLARE n int := 0; BEGIN FOR i IN 1..20000 LOOP BEGIN n := n + 1; IF i % 2 = 0 THEN RAISE EXCEPTION 'x'; END IF; EXCEPTION WHEN OTHERS THEN n := n - 1; END; END LOOP; END $$
-- PL/pgSQL row variable
DO $$ DECLARE r item%ROWTYPE; n numeric := 0; BEGIN FOR r IN SELECT * FROM item LIMIT 100000 LOOP IF r.quantity > 3 THEN n := n + r.price; END IF; END LOOP; END $$
-- fetch 100k rows
SELECT id, customer, price, tag, placed FROM item LIMIT 100000
-- 2000 small statements
DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('SELECT %s + 1', i); END LOOP; END $$
-- information_schema.columns
SELECT * FROM information_schema.columns
-- pg_catalog join
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE a.attnum > 0 AND n.nspname = 'public'
