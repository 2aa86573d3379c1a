// Prints what pgjdbc tells of a schema (DatabaseMetaData, as DBeaver and Hibernate ask for it), of results and of
// parameters. What PostgreSQL 15 answers stands in pgjdbc_metadata.out: PGHOST, PGPORT, PGUSER and PGDATABASE say who is asked.
import java.sql.*;
import java.util.*;

public class PgjdbcMetadata {
  static void print(String title, ResultSet rows, String... columns) throws SQLException {
    System.out.println("== " + title);
    List<String> lines = new ArrayList<>();
    while (rows.next()) {
      StringJoiner line = new StringJoiner("|");
      for (String column : columns) line.add(String.valueOf(rows.getString(column)));
      lines.add(line.toString());
    }
    rows.close();
    lines.forEach(System.out::println);
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    String url = "jdbc:postgresql://" + environment.get("PGHOST") + ":" + environment.get("PGPORT") + "/" + environment.get("PGDATABASE");
    try (Connection connection = DriverManager.getConnection(url, environment.get("PGUSER"), "")) {
      Statement statement = connection.createStatement();
      statement.execute("CREATE SCHEMA shop; SET search_path = shop");
      statement.execute("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE address AS (street text, zip varchar(5)); CREATE DOMAIN positive AS int NOT NULL DEFAULT 1 CHECK (VALUE > 0)");
      statement.execute("CREATE TABLE customer (id serial PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, mood mood DEFAULT 'ok', home address, tags text[], score numeric(8,3), born date, seen timestamptz(3) DEFAULT now(), n positive, bits bit varying(7), code char(3) COLLATE \"C\", big bigint GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (1 + 1) STORED, span interval, doc jsonb, key uuid, flag boolean, raw bytea, f real, d double precision)");
      statement.execute("CREATE TABLE orders (customer_id int NOT NULL, number int NOT NULL, note text, CONSTRAINT orders_key PRIMARY KEY (customer_id, number), CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customer ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED)");
      statement.execute("CREATE TABLE item (customer_id int, number int, line smallint, FOREIGN KEY (customer_id, number) REFERENCES orders)");
      statement.execute("CREATE INDEX orders_note ON orders (lower(note), number DESC) WHERE note IS NOT NULL");
      statement.execute("CREATE UNIQUE INDEX item_line ON item USING btree (line) INCLUDE (number)");
      statement.execute("CREATE VIEW busy AS SELECT c.name, count(*) AS n FROM customer c JOIN orders USING (number) GROUP BY 1".replace("JOIN orders USING (number)", "JOIN orders o ON o.customer_id = c.id"));
      statement.execute("CREATE MATERIALIZED VIEW kept AS SELECT id FROM customer");
      statement.execute("CREATE TABLE part (a int) PARTITION BY LIST (a); CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1); CREATE SEQUENCE counter; CREATE TEMP TABLE temporary_one (a int)");
      statement.execute("CREATE FUNCTION twice(a int, OUT b int) LANGUAGE sql AS 'SELECT a * 2'; CREATE FUNCTION pairs(x text DEFAULT 'x') RETURNS TABLE (k int, v text) LANGUAGE sql AS 'SELECT 1, x'; CREATE PROCEDURE nothing(INOUT a numeric) LANGUAGE plpgsql AS 'BEGIN a := 1; END'");
      statement.execute("COMMENT ON TABLE customer IS 'who buys'; COMMENT ON COLUMN customer.name IS 'as printed'; COMMENT ON FUNCTION twice(int) IS 'doubles'");
      statement.execute("GRANT SELECT, UPDATE ON customer TO PUBLIC; GRANT INSERT (name) ON customer TO PUBLIC");
      DatabaseMetaData data = connection.getMetaData();
      System.out.println(data.getDatabaseProductName() + " " + data.getDatabaseMajorVersion() + " " + data.getMaxColumnNameLength() + " " + data.supportsStoredProcedures() + " " + data.getDefaultTransactionIsolation());
      print("schemas", data.getSchemas(null, "shop"), "TABLE_SCHEM");
      print("table types", data.getTableTypes(), "TABLE_TYPE");
      print("tables", data.getTables(null, "shop", "%", null), "TABLE_NAME", "TABLE_TYPE", "REMARKS");
      print("tables and views", data.getTables(null, "shop", "%", new String[] {"TABLE", "VIEW", "PARTITIONED TABLE"}), "TABLE_NAME", "TABLE_TYPE");
      print("temporary", data.getTables(null, null, "temporary%", new String[] {"TEMPORARY TABLE"}), "TABLE_NAME");
      print("columns", data.getColumns(null, "shop", "%", "%"), "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "COLUMN_DEF", "REMARKS", "ORDINAL_POSITION", "IS_NULLABLE", "SOURCE_DATA_TYPE", "IS_AUTOINCREMENT", "IS_GENERATEDCOLUMN");
      for (String table : new String[] {"customer", "orders", "item"}) {
        print("primary key of " + table, data.getPrimaryKeys(null, "shop", table), "COLUMN_NAME", "KEY_SEQ", "PK_NAME");
        print("what " + table + " refers to", data.getImportedKeys(null, "shop", table), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "UPDATE_RULE", "DELETE_RULE", "FK_NAME", "PK_NAME", "DEFERRABILITY");
        print("what refers to " + table, data.getExportedKeys(null, "shop", table), "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "FK_NAME");
        print("indexes of " + table, data.getIndexInfo(null, "shop", table, false, true), "NON_UNIQUE", "INDEX_NAME", "TYPE", "ORDINAL_POSITION", "COLUMN_NAME", "ASC_OR_DESC", "FILTER_CONDITION");
        print("best row of " + table, data.getBestRowIdentifier(null, "shop", table, DatabaseMetaData.bestRowSession, true), "COLUMN_NAME", "TYPE_NAME");
      }
      print("cross reference", data.getCrossReference(null, "shop", "orders", null, "shop", "item"), "PKCOLUMN_NAME", "FKCOLUMN_NAME", "KEY_SEQ");
      print("procedures", data.getProcedures(null, "shop", "%"), "PROCEDURE_NAME", "PROCEDURE_TYPE", "REMARKS");
      print("columns of procedures", data.getProcedureColumns(null, "shop", "%", "%"), "PROCEDURE_NAME", "COLUMN_NAME", "COLUMN_TYPE", "TYPE_NAME", "ORDINAL_POSITION");
      print("functions", data.getFunctions(null, "shop", "%"), "FUNCTION_NAME", "FUNCTION_TYPE");
      print("columns of functions", data.getFunctionColumns(null, "shop", "%", "%"), "FUNCTION_NAME", "COLUMN_NAME", "COLUMN_TYPE", "TYPE_NAME");
      print("users' types", data.getUDTs(null, "shop", "%", null), "TYPE_NAME", "CLASS_NAME", "DATA_TYPE", "REMARKS", "BASE_TYPE");
      print("rights on a table", data.getTablePrivileges(null, "shop", "customer"), "GRANTEE", "PRIVILEGE", "IS_GRANTABLE");
      print("rights on a column", data.getColumnPrivileges(null, "shop", "customer", "name"), "GRANTEE", "PRIVILEGE");
      print("version columns", data.getVersionColumns(null, "shop", "customer"), "COLUMN_NAME");
      print("client information", data.getClientInfoProperties(), "NAME");
      Set<String> known = new TreeSet<>();
      for (ResultSet types = data.getTypeInfo(); types.next();) known.add(types.getString("TYPE_NAME"));
      System.out.println("types: " + known.containsAll(List.of("bool", "int4", "text", "numeric", "jsonb", "uuid", "serial", "timestamptz", "_int4", "mood")));
      PreparedStatement prepared = connection.prepareStatement("SELECT c.id, c.name AS who, c.score * ? AS s, c.mood, c.seen, o.* FROM customer c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.name LIKE ? AND c.id = ANY (?)");
      ResultSetMetaData result = prepared.getMetaData();
      System.out.println("== result");
      for (int i = 1; i <= result.getColumnCount(); ++i)
        System.out.println(String.join("|", result.getColumnLabel(i), result.getColumnName(i), result.getTableName(i), result.getSchemaName(i), result.getColumnTypeName(i), "" + result.getColumnType(i), "" + result.isNullable(i), "" + result.isAutoIncrement(i), "" + result.getPrecision(i), "" + result.getScale(i), "" + result.isReadOnly(i)));
      ParameterMetaData parameters = prepared.getParameterMetaData();
      for (int i = 1; i <= parameters.getParameterCount(); ++i) System.out.println("parameter " + i + " " + parameters.getParameterTypeName(i) + " " + parameters.getParameterClassName(i));

      // Results that are changed in place.
      statement.execute("INSERT INTO customer (name) VALUES ('a'), ('b'), ('c')");
      Statement changing = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
      ResultSet rows = changing.executeQuery("SELECT id, name, score FROM customer ORDER BY id");
      rows.absolute(2);
      rows.updateString("name", "B");
      rows.updateRow();
      rows.last();
      rows.deleteRow();
      rows.moveToInsertRow();
      rows.updateString("name", "z");
      rows.updateBigDecimal("score", new java.math.BigDecimal("1.25"));
      rows.insertRow();
      print("after changes in place", statement.executeQuery("SELECT name, score FROM customer ORDER BY name"), "name", "score");
      PreparedStatement keys = connection.prepareStatement("INSERT INTO customer (name) VALUES (?)", Statement.RETURN_GENERATED_KEYS);
      for (String name : new String[] {"k1", "k2", "k3"}) { keys.setString(1, name); keys.addBatch(); }
      System.out.println(Arrays.toString(keys.executeBatch()));
      int given = 0;
      for (ResultSet generated = keys.getGeneratedKeys(); generated.next();) given += generated.getInt("id") > 0 ? 1 : 0;
      System.out.println("generated keys: " + given);
      CallableStatement call = connection.prepareCall("{? = call twice(?)}");
      call.registerOutParameter(1, Types.INTEGER);
      call.setInt(2, 21);
      call.execute();
      System.out.println("call: " + call.getInt(1));
    }
    // An error in a block is undone to a savepoint of the driver's own; batches become one INSERT.
    try (Connection connection = DriverManager.getConnection(url + "?autosave=always&reWriteBatchedInserts=true&currentSchema=shop", environment.get("PGUSER"), "")) {
      connection.setAutoCommit(false);
      Statement statement = connection.createStatement();
      statement.execute("INSERT INTO customer (name) VALUES ('saved')");
      try {
        statement.execute("INSERT INTO customer (name) VALUES ('saved')");
      } catch (SQLException error) {
        System.out.println(error.getSQLState() + " " + ((org.postgresql.util.PSQLException) error).getServerErrorMessage().getConstraint());
      }
      PreparedStatement batch = connection.prepareStatement("INSERT INTO item (line) VALUES (?)");
      for (int i = 0; i < 1000; ++i) { batch.setInt(1, i); batch.addBatch(); }
      System.out.println(Arrays.stream(batch.executeBatch()).filter(n -> n == 1 || n == Statement.SUCCESS_NO_INFO).count());
      PreparedStatement star = connection.prepareStatement("SELECT * FROM item WHERE line = ?");
      for (int i = 0; i < 8; ++i) { star.setInt(1, i); star.executeQuery().close(); }
      statement.execute("ALTER TABLE item ADD COLUMN more int");
      star.setInt(1, 3);
      ResultSet changed = star.executeQuery();
      System.out.println("columns since: " + changed.getMetaData().getColumnCount());
      connection.commit();
      print("committed", statement.executeQuery("SELECT count(*) AS n FROM item"), "n");
      statement.execute("DROP SCHEMA shop CASCADE");
      connection.commit();
    }
  }
}
