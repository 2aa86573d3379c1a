CREATE TABLE t (id serial PRIMARY KEY, a text DEFAULT 'x' CHECK (a <> ''), b int REFERENCES u (id) ON DELETE CASCADE); ALTER TABLE t ADD c numeric(10,2)
