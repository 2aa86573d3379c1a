// CREATE TEXT SEARCH PARSER and TEMPLATE; CREATE and ALTER TEXT SEARCH DICTIONARY.
#include "catalog/text_search_cache.h"
#include "catalog/text_search_columns.h"
#include "named_object.h"
#include "rights.h"
#include "text_commands.h"

namespace commands {
namespace {

namespace pg_ts_dict = catalog::pg_ts_dict;
namespace pg_ts_parser = catalog::pg_ts_parser;
namespace pg_ts_template = catalog::pg_ts_template;

void depend_on_function(Ddl& ddl, const ObjectAddress& self, Oid function) {
  if (function != 0) ddl.depend(self, {pg_proc::kOid, function, 0}, Dependency::normal);
}

// As the options are kept and templates read them: numbers bare.
text_search::Option option_of(const query::Option& written) {
  const std::string& value = written.value();
  const bool number = !written.value_is_string && !value.empty() &&
                      value.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                      value.find_first_of("0123456789") != std::string::npos;
  return {written.name, value, number};
}

void set_options(RowBuilder& row, const text_search::Options& options) {
  if (options.empty()) row.set_null(pg_ts_dict::dictinitoption);
  else row.set(pg_ts_dict::dictinitoption, text_search::format_options(options));
}

// The template is asked whether it takes them.
void check_options(Ddl& ddl, Oid template_oid, const text_search::Options& options) {
  RowReader rows = ddl.writer().read(pg_ts_template::kOid, 0, {key_oid(template_oid)});
  if (!rows.next()) throw SqlError("XX000", "cache lookup failed for text search template " + std::to_string(template_oid));
  if (rows.row().oid(pg_ts_template::tmplinit) == 0) {
    if (options.empty()) return;
    throw SqlError("42601", "text search template \"" + rows.row().string(pg_ts_template::tmplname) +
                                "\" does not accept options");
  }
  catalog::TextSearchCache(ddl.catalog()).check(template_oid, options);
}

}  // namespace

void create_text_search_parser(Ddl& ddl, const query::CreateTextSearchParser& statement) {
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create text search parsers");
  const Oid schema = ddl.target_schema(statement.name.schema);
  const ObjectAddress self{pg_ts_parser::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(pg_ts_parser::kOid);
  row.set(pg_ts_parser::oid, self.oid);
  row.set(pg_ts_parser::prsname, statement.name.name);
  row.set(pg_ts_parser::prsnamespace, schema);
  row.set(pg_ts_parser::prsstart, statement.start);
  row.set(pg_ts_parser::prstoken, statement.token);
  row.set(pg_ts_parser::prsend, statement.end);
  row.set(pg_ts_parser::prsheadline, statement.headline);
  row.set(pg_ts_parser::prslextype, statement.types);
  ddl.writer().insert(row);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  for (const Oid function : {statement.start, statement.token, statement.end, statement.types, statement.headline})
    depend_on_function(ddl, self, function);
}

void create_text_search_template(Ddl& ddl, const query::CreateTextSearchTemplate& statement) {
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create text search templates");
  const Oid schema = ddl.target_schema(statement.name.schema);
  const ObjectAddress self{pg_ts_template::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(pg_ts_template::kOid);
  row.set(pg_ts_template::oid, self.oid);
  row.set(pg_ts_template::tmplname, statement.name.name);
  row.set(pg_ts_template::tmplnamespace, schema);
  row.set(pg_ts_template::tmplinit, statement.init);
  row.set(pg_ts_template::tmpllexize, statement.lexize);
  ddl.writer().insert(row);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  for (const Oid function : {statement.lexize, statement.init}) depend_on_function(ddl, self, function);
}

void create_text_search_dictionary(Ddl& ddl, const query::CreateTextSearchDictionary& statement) {
  const Oid schema = ddl.target_schema(statement.name.schema);
  const ObjectAddress of = require_named(ddl, query::ObjectKind::text_search_template, *statement.template_);
  text_search::Options options;
  for (const query::Option& option : statement.options) options.push_back(option_of(option));
  check_options(ddl, of.oid, options);
  const ObjectAddress self{pg_ts_dict::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(pg_ts_dict::kOid);
  row.set(pg_ts_dict::oid, self.oid);
  row.set(pg_ts_dict::dictname, statement.name.name);
  row.set(pg_ts_dict::dictnamespace, schema);
  row.set(pg_ts_dict::dictowner, ddl.catalog().user());
  row.set(pg_ts_dict::dicttemplate, of.oid);
  set_options(row, options);
  ddl.writer().insert(row);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  ddl.depend(self, of, Dependency::normal);
}

void alter_text_search_dictionary(Ddl& ddl, const query::AlterTextSearchDictionary& statement) {
  const ObjectAddress self = require_named(ddl, query::ObjectKind::text_search_dictionary, statement.name);
  require_ownership(ddl, query::ObjectKind::text_search_dictionary, reference_to(statement.name), self);
  text_search::Options options;
  Oid template_oid = 0;
  {
    RowReader rows = ddl.writer().read(pg_ts_dict::kOid, 0, {key_oid(self.oid)});
    if (!rows.next()) return;
    template_oid = rows.row().oid(pg_ts_dict::dicttemplate);
    if (!rows.row().is_null(pg_ts_dict::dictinitoption))
      options = text_search::parse_options(rows.row().text(pg_ts_dict::dictinitoption));
  }
  for (const query::Option& change : statement.options) {
    std::erase_if(options, [&](const text_search::Option& o) { return o.name == change.name; });
    if (change.has_value) options.push_back(option_of(change));
  }
  check_options(ddl, template_oid, options);
  RowBuilder row = ddl.writer().row(pg_ts_dict::kOid);
  set_options(row, options);
  ddl.writer().update_one(0, {key_oid(self.oid)}, row);
  reload_expression_indexes(ddl);
}

void reload_expression_indexes(Ddl& ddl) {
  RowReader rows = ddl.writer().read(pg_index::kOid, 0, {});
  std::vector<Oid> indexes;
  while (rows.next())
    if (!rows.row().is_null(pg_index::indexprs) || !rows.row().is_null(pg_index::indpred))
      indexes.push_back(rows.row().oid(pg_index::indexrelid));
  // A row that is written again is what tells the caches.
  for (const Oid index : indexes)
    ddl.writer().update_one(0, {key_oid(index)}, ddl.writer().row(pg_index::kOid));
}

}  // namespace commands
