# Sequel: its reading of a schema, models with associations, prepared statements, COPY, locks.
# Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
require 'sequel'

def check(found, expected, what)
  abort "sequel: #{what}: #{found.inspect}, not #{expected.inspect}" unless found == expected
end

DB = Sequel.connect(adapter: 'postgres', host: ENV['PGHOST'], port: ENV['PGPORT'], user: ENV['PGUSER'], database: ENV['PGDATABASE'], max_connections: 4)
DB.extension :pg_array, :pg_json, :pg_range, :pg_enum, :pg_extended_date_support
Sequel.extension :migration

Sequel.migration do
  change do
    create_enum(:mood, %w[sad ok])
    create_table(:authors) do
      primary_key :id
      String :name, size: 40, null: false, unique: true
      mood :mood, default: 'ok'
      column :tags, 'text[]'
      column :data, :jsonb
      column :span, :int4range
      BigDecimal :score, size: [8, 3], default: 1.5
      DateTime :made_at, default: Sequel::CURRENT_TIMESTAMP
      constraint(:score_range) { score > 0 }
      index Sequel.function(:lower, :name), name: :authors_lower
    end
    create_table(:books) do
      primary_key :id, type: :Bignum
      foreign_key :author_id, :authors, null: false, on_delete: :cascade
      String :title, text: true
      index %i[author_id title], unique: true
    end
    create_view :titles, 'SELECT title FROM books'
  end
end.apply(DB, :up)
DB.alter_table(:books) do
  add_column :pages, :smallint
  add_index :pages, where: Sequel.lit('pages > 0'), name: :thick
end

check DB.tables.sort, %i[authors books], 'tables'
check DB.views, [:titles], 'views'
check DB.schema(:authors).map { |name, c| [name, c[:db_type], c[:allow_null], c[:primary_key]] },
      [[:id, 'integer', false, true], [:name, 'character varying(40)', false, false], [:mood, 'mood', true, false],
       [:tags, 'text[]', true, false], [:data, 'jsonb', true, false], [:span, 'int4range', true, false],
       [:score, 'numeric(8,3)', true, false], [:made_at, 'timestamp without time zone', true, false]], 'columns'
check DB.schema(:authors).find { |n, _| n == :mood }[1][:enum_values], %w[sad ok], 'values of an enum'
check DB.indexes(:books).transform_values { |i| [i[:columns], i[:unique]] }, { books_author_id_title_index: [%i[author_id title], true] }, 'indexes'
check DB.foreign_key_list(:books).map { |k| [k[:name], k[:columns], k[:table], k[:key], k[:on_delete]] },
      [[:books_author_id_fkey, [:author_id], :authors, [:id], :cascade]], 'foreign keys'
check DB.foreign_key_list(:authors, reverse: true).map { |k| k[:table] }, [:books], 'who refers to it'
check DB.check_constraints(:authors).keys, [:score_range], 'check constraints'
check DB.primary_key_sequence(:books), '"public"."books_id_seq"', 'sequence of a key'

class Author < Sequel::Model
  one_to_many :books
end
class Book < Sequel::Model
  many_to_one :author
end
a = Author.create(name: "it's", tags: Sequel.pg_array(%w[a b]), data: Sequel.pg_jsonb({ 'x' => [1, nil] }), span: Sequel::Postgres::PGRange.from_range(1...5))
a.refresh
check [a.tags.to_a, a.data['x'].to_a, a.span.to_range, a.score], [%w[a b], [1, nil], 1...5, BigDecimal('1.5')], 'values'
a.add_book(title: 'one', pages: 100)
a.add_book(title: 'two')
check Author.eager_graph(:books).all.map { |x| [x.name, x.books.map(&:title).sort] }, [["it's", %w[one two]]], 'eager loading'
begin
  Author.create(name: "it's")
  abort 'sequel: a duplicate was accepted'
rescue Sequel::UniqueConstraintViolation
end
begin
  DB[:authors].where(id: a.id).update(score: -1)
  abort 'sequel: a score below its range was accepted'
rescue Sequel::CheckConstraintViolation
end
check DB[:authors].insert_conflict(target: :name, update: { mood: 'sad' }).returning(:mood).insert(name: "it's"), [{ mood: 'sad' }], 'ON CONFLICT'
DB.transaction(isolation: :serializable, retry_on: [Sequel::SerializationFailure]) do
  check DB[:books].for_update.skip_locked.select_map(:title).sort, %w[one two], 'locks'
  DB.transaction(savepoint: true, rollback: :always) { DB[:books].delete }
  check DB[:books].count, 2, 'a savepoint'
end
DB.copy_into(:books, columns: %i[author_id title], format: :csv, data: "#{a.id},three\n#{a.id},four\n")
check DB.copy_table(DB[:books].select(:title).order(:title), format: :csv), "four\none\nthree\ntwo\n", 'COPY'
by_title = DB[:books].where(title: :$t).prepare(:first, :by_title)
check by_title.call(t: 'three')[:author_id], a.id, 'a prepared statement'
seen = []
DB[:books].order(:id).use_cursor(rows_per_fetch: 2).each { |r| seen << r[:title] }
check seen, %w[one two three four], 'a cursor'
recursive = DB[:t].with_recursive(:t, DB.select(Sequel.as(1, :n)), DB[:t].select(Sequel[:n] + 1).where { n < 5 })
check recursive.sum(:n), 15, 'a recursive query'
heard = nil
DB.listen('news', after_listen: proc { Thread.new { DB.notify('news', payload: 'hello') }.join }) { |channel, _, payload| heard = [channel, payload] }
check heard, %w[news hello], 'a notification'
check DB.listen('news', timeout: 0.01), nil, 'no notification'
DB.drop_view(:titles)
DB.drop_table(:books, :authors)
DB.drop_enum(:mood)
puts 'sequel: ok'
