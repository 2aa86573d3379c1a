// CREATE and ALTER TEXT SEARCH CONFIGURATION: which dictionaries each type of token asks.
#include <algorithm>

#include "catalog/text_search_columns.h"
#include "named_object.h"
#include "rights.h"
#include "text_commands.h"
#include "text_search/token.h"

namespace commands {
namespace {

namespace pg_ts_config = catalog::pg_ts_config;
namespace pg_ts_config_map = catalog::pg_ts_config_map;
using query::ObjectKind;

void insert_mapping(Ddl& ddl, Oid configuration, std::int32_t token, std::int32_t place, Oid dictionary) {
  RowBuilder row = ddl.writer().row(pg_ts_config_map::kOid);
  row.set(pg_ts_config_map::mapcfg, configuration);
  row.set(pg_ts_config_map::maptokentype, token);
  row.set(pg_ts_config_map::mapseqno, place);
  row.set(pg_ts_config_map::mapdict, dictionary);
  ddl.writer().insert(row);
}

// On its schema, its parser and the dictionaries that it maps to now.
void record_dependencies(Ddl& ddl, const ObjectAddress& self) {
  ddl.remove_dependencies(self);
  Oid schema = 0, parser = 0;
  {
    RowReader rows = ddl.writer().read(pg_ts_config::kOid, 0, {key_oid(self.oid)});
    if (!rows.next()) return;
    schema = rows.row().oid(pg_ts_config::cfgnamespace);
    parser = rows.row().oid(pg_ts_config::cfgparser);
  }
  std::vector<Oid> dictionaries;
  {
    RowReader rows = ddl.writer().read(pg_ts_config_map::kOid, 0, {key_oid(self.oid)});
    while (rows.next()) {
      const Oid dictionary = rows.row().oid(pg_ts_config_map::mapdict);
      if (std::find(dictionaries.begin(), dictionaries.end(), dictionary) == dictionaries.end())
        dictionaries.push_back(dictionary);
    }
  }
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  ddl.depend(self, {catalog::pg_ts_parser::kOid, parser, 0}, Dependency::normal);
  for (const Oid dictionary : dictionaries)
    ddl.depend(self, {catalog::pg_ts_dict::kOid, dictionary, 0}, Dependency::normal);
}

// Every parser there can be is the default one by another name.
std::int32_t token_type(const std::string& name) {
  if (const auto found = text_search::find_token_type(name)) return static_cast<std::int32_t>(*found);
  throw SqlError("22023", "token type \"" + name + "\" does not exist");
}

struct TokenName {
  std::int32_t type;
  std::string_view name;
  bool operator==(const TokenName& other) const { return type == other.type; }
};

catalog::Key mapping_key(Oid configuration, std::int32_t token) {
  return {key_oid(configuration), types::Datum::of(token)};
}

void drop_mappings(Ddl& ddl, Oid configuration, const query::AlterTextSearchConfiguration& s,
                   const std::vector<TokenName>& tokens) {
  for (const TokenName& token : tokens) {
    if (ddl.writer().remove_all(pg_ts_config_map::kOid, 0, mapping_key(configuration, token.type)) > 0) continue;
    const std::string text = "mapping for token type \"" + std::string(token.name) + "\" does not exist";
    if (!s.missing_ok) throw SqlError("42704", text);
    ddl.notice("00000", text + ", skipping");
  }
}

void replace_dictionary(Ddl& ddl, Oid configuration, const std::vector<TokenName>& tokens, Oid old, Oid now) {
  std::vector<std::pair<std::int32_t, std::int32_t>> found;
  {
    RowReader rows = ddl.writer().read(pg_ts_config_map::kOid, 0, {key_oid(configuration)});
    while (rows.next()) {
      const std::int32_t token = rows.row().int4(pg_ts_config_map::maptokentype);
      if (!tokens.empty() && std::find(tokens.begin(), tokens.end(), TokenName{token, {}}) == tokens.end()) continue;
      if (rows.row().oid(pg_ts_config_map::mapdict) == old)
        found.emplace_back(token, rows.row().int4(pg_ts_config_map::mapseqno));
    }
  }
  for (const auto& [token, place] : found) {
    RowBuilder row = ddl.writer().row(pg_ts_config_map::kOid);
    row.set(pg_ts_config_map::mapdict, now);
    ddl.writer().update_one(0, {key_oid(configuration), types::Datum::of(token), types::Datum::of(place)}, row);
  }
}

}  // namespace

void create_text_search_configuration(Ddl& ddl, const query::CreateTextSearchConfiguration& statement) {
  const Oid schema = ddl.target_schema(statement.name.schema);
  Oid parser = 0, source = 0;
  if (statement.copy) {
    source = require_named(ddl, ObjectKind::text_search_configuration, *statement.copy).oid;
    RowReader rows = ddl.writer().read(pg_ts_config::kOid, 0, {key_oid(source)});
    if (rows.next()) parser = rows.row().oid(pg_ts_config::cfgparser);
  } else {
    parser = require_named(ddl, ObjectKind::text_search_parser, *statement.parser).oid;
  }
  const ObjectAddress self{pg_ts_config::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(pg_ts_config::kOid);
  row.set(pg_ts_config::oid, self.oid);
  row.set(pg_ts_config::cfgname, statement.name.name);
  row.set(pg_ts_config::cfgnamespace, schema);
  row.set(pg_ts_config::cfgowner, ddl.catalog().user());
  row.set(pg_ts_config::cfgparser, parser);
  ddl.writer().insert(row);
  if (source != 0) {
    struct Mapping {
      std::int32_t token, place;
      Oid dictionary;
    };
    std::vector<Mapping> mappings;
    {
      RowReader rows = ddl.writer().read(pg_ts_config_map::kOid, 0, {key_oid(source)});
      while (rows.next())
        mappings.push_back({rows.row().int4(pg_ts_config_map::maptokentype), rows.row().int4(pg_ts_config_map::mapseqno),
                            rows.row().oid(pg_ts_config_map::mapdict)});
    }
    for (const Mapping& m : mappings) insert_mapping(ddl, self.oid, m.token, m.place, m.dictionary);
  }
  record_dependencies(ddl, self);
}

void alter_text_search_configuration(Ddl& ddl, const query::AlterTextSearchConfiguration& statement) {
  using Action = query::AlterTextSearchConfiguration::Action;
  const ObjectAddress self = require_named(ddl, ObjectKind::text_search_configuration, statement.name);
  require_ownership(ddl, ObjectKind::text_search_configuration, reference_to(statement.name), self);
  std::vector<TokenName> tokens;
  for (const std::string& name : statement.token_types)
    if (const TokenName token{token_type(name), name}; std::find(tokens.begin(), tokens.end(), token) == tokens.end())
      tokens.push_back(token);
  std::vector<Oid> dictionaries;
  auto find_dictionaries = [&] {
    for (const query::ObjectName& name : statement.dictionaries)
      dictionaries.push_back(require_named(ddl, ObjectKind::text_search_dictionary, name).oid);
  };
  switch (statement.action) {
    case Action::drop: drop_mappings(ddl, self.oid, statement, tokens); break;
    case Action::replace:
      find_dictionaries();
      replace_dictionary(ddl, self.oid, tokens, dictionaries.at(0), dictionaries.at(1));
      break;
    case Action::alter:
      for (const TokenName& token : tokens)
        ddl.writer().remove_all(pg_ts_config_map::kOid, 0, mapping_key(self.oid, token.type));
      [[fallthrough]];
    case Action::add:
      find_dictionaries();
      for (const TokenName& token : tokens)
        for (std::size_t i = 0; i < dictionaries.size(); ++i)
          insert_mapping(ddl, self.oid, token.type, static_cast<std::int32_t>(i + 1), dictionaries[i]);
      break;
  }
  record_dependencies(ddl, self);
  reload_expression_indexes(ddl);
}

}  // namespace commands
