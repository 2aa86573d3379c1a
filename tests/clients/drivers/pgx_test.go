// pgx: binary values, statements that it prepares and describes itself, batches, COPY in binary, cancel by a context.
// Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
package pgx_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

func connect(t *testing.T) (context.Context, *pgx.Conn) {
	t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close(ctx) })
	return ctx, connection
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestValues(t *testing.T) {
	ctx, connection := connect(t)
	var (
		b     bool
		i     int16
		l     int64
		f     float64
		s     string
		bytes []byte
		at    time.Time
		array []int32
		texts []string
		null  *string
	)
	moment := time.Date(2024, 2, 29, 12, 30, 15, 123456000, time.UTC)
	err := connection.QueryRow(ctx, "SELECT $1::bool, $2::int2, $3::int8, $4::float8, $5::text, $6::bytea, $7::timestamptz, $8::int4[], $9::text[], $10::text",
		true, int16(-7), int64(1)<<40, 1.1, "Grüße '\\", []byte{0, 255, '\''}, moment, []int32{1, 2, 3}, []string{"a", `q"`}, nil).
		Scan(&b, &i, &l, &f, &s, &bytes, &at, &array, &texts, &null)
	must(t, err)
	if !b || i != -7 || l != 1<<40 || f != 1.1 || s != "Grüße '\\" || string(bytes) != "\x00\xff'" || !at.Equal(moment) ||
		fmt.Sprint(array) != "[1 2 3]" || fmt.Sprint(texts) != `[a q"]` || null != nil {
		t.Fatal(b, i, l, f, s, bytes, at, array, texts, null)
	}
	// The same by the simple protocol.
	err = connection.QueryRow(ctx, "SELECT $1::text || '?', $2::int", pgx.QuerySimpleProtocol(true), "it's", 7).Scan(&s, &i)
	must(t, err)
	if s != "it's?" || i != 7 {
		t.Fatal(s, i)
	}
}

func TestStatements(t *testing.T) {
	ctx, connection := connect(t)
	_, err := connection.Exec(ctx, "CREATE TABLE pgx_item (id serial PRIMARY KEY, name text UNIQUE, price numeric(10,2))")
	must(t, err)
	batch := &pgx.Batch{}
	for i := 0; i < 50; i++ {
		batch.Queue("INSERT INTO pgx_item (name, price) VALUES ($1, $2) RETURNING id", fmt.Sprintf("n%d", i), i)
	}
	results := connection.SendBatch(ctx, batch)
	for i := 0; i < 50; i++ {
		var id int
		must(t, results.QueryRow().Scan(&id))
		if id != i+1 {
			t.Fatal(id)
		}
	}
	must(t, results.Close())
	_, err = connection.Exec(ctx, "INSERT INTO pgx_item (name) VALUES ($1)", "n1")
	var told *pgconn.PgError
	if !errors.As(err, &told) || told.Code != "23505" || told.ConstraintName != "pgx_item_name_key" {
		t.Fatal(err)
	}
	// An error in a batch undoes what is before it and not yet committed.
	batch = &pgx.Batch{}
	batch.Queue("UPDATE pgx_item SET price = 0")
	batch.Queue("SELECT 1 / $1::int", 0)
	if err = connection.SendBatch(ctx, batch).Close(); !errors.As(err, &told) || told.Code != "22012" {
		t.Fatal(err)
	}
	var sum float64
	must(t, connection.QueryRow(ctx, "SELECT sum(price)::float8 FROM pgx_item").Scan(&sum))
	if sum != 1225 {
		t.Fatal(sum)
	}
	must(t, connection.BeginFunc(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM pgx_item WHERE id > 40")
		if err == nil {
			if inner := tx.BeginFunc(ctx, func(tx pgx.Tx) error { return errors.New("not this") }); inner == nil {
				return errors.New("a savepoint did not roll back")
			}
		}
		return err
	}))
	rows := make([][]interface{}, 1000)
	for i := range rows {
		rows[i] = []interface{}{fmt.Sprintf("c%d", i), float64(i) / 4}
	}
	count, err := connection.CopyFrom(ctx, pgx.Identifier{"pgx_item"}, []string{"name", "price"}, pgx.CopyFromRows(rows))
	must(t, err)
	if count != 1000 {
		t.Fatal(count)
	}
	tag, err := connection.Exec(ctx, "DELETE FROM pgx_item WHERE name LIKE $1", "c%")
	must(t, err)
	if tag.RowsAffected() != 1000 {
		t.Fatal(tag)
	}
	// What a statement means has changed since it was prepared.
	var name string
	must(t, connection.QueryRow(ctx, "SELECT name FROM pgx_item WHERE id = $1", 1).Scan(&name))
	_, err = connection.Exec(ctx, "ALTER TABLE pgx_item ALTER name TYPE varchar(10)")
	must(t, err)
	err = connection.QueryRow(ctx, "SELECT name FROM pgx_item WHERE id = $1", 1).Scan(&name)
	if !errors.As(err, &told) || told.Code != "0A000" || told.Message != "cached plan must not change result type" {
		t.Fatal(err)
	}
}

func TestCancel(t *testing.T) {
	ctx, connection := connect(t)
	short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	if _, err := connection.Exec(short, "SELECT count(*) FROM generate_series(1, 10000000000) g"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	// The server ends what nobody waits for.
	_, other := connect(t)
	for running := 1; running != 0; {
		must(t, other.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM generate_series(1, 10000000000)%'").Scan(&running))
	}
}

func TestNotifications(t *testing.T) {
	ctx, connection := connect(t)
	_, other := connect(t)
	_, err := connection.Exec(ctx, "LISTEN pgx_news")
	must(t, err)
	_, err = other.Exec(ctx, "SELECT pg_notify('pgx_news', $1)", "hello")
	must(t, err)
	note, err := connection.WaitForNotification(ctx)
	must(t, err)
	if note.Channel != "pgx_news" || note.Payload != "hello" {
		t.Fatal(note)
	}
}

func TestPool(t *testing.T) {
	ctx := context.Background()
	pool, err := pgxpool.Connect(ctx, "pool_max_conns=8")
	must(t, err)
	defer pool.Close()
	_, err = pool.Exec(ctx, "CREATE TABLE pgx_counter (n int); INSERT INTO pgx_counter VALUES (0)")
	must(t, err)
	var all sync.WaitGroup
	for i := 0; i < 100; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			// Repeated while others are in the way, as users of SERIALIZABLE do.
			for {
				err := pool.BeginTxFunc(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
					var n int
					if err := tx.QueryRow(ctx, "SELECT n FROM pgx_counter").Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "UPDATE pgx_counter SET n = $1", n+1)
					return err
				})
				var told *pgconn.PgError
				if err == nil {
					return
				}
				if !errors.As(err, &told) || told.Code != "40001" {
					t.Error(err)
					return
				}
			}
		}()
	}
	all.Wait()
	var n int
	must(t, pool.QueryRow(ctx, "SELECT n FROM pgx_counter").Scan(&n))
	if n != 100 {
		t.Fatal(n)
	}
}
