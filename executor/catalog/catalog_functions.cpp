#include "catalog/catalog_functions.h"

#include "catalog/acl.h"
#include "catalog/database_size.h"
#include "catalog/standard_bodies.h"

#include "catalog/collators.h"
#include "catalog/named_objects.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include <fmt/format.h>

#include "catalog/row_security.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "index_properties.h"
#include "named_functions.h"
#include "partition_functions.h"
#include "privilege_functions.h"
#include "statistics_definitions.h"
#include "table/table.h"
#include "types/ascii.h"
#include "types/character_set.h"
#include "types/collator.h"
#include "types/expression_list.h"
#include "types/sql_error.h"
#include "wal/page.h"
#include "updatable_relations.h"

namespace catalog {
namespace {

using Arguments = CatalogArguments;
using Answer = std::optional<std::string>;
using Function = Answer (*)(SessionCatalog&, const Arguments&);

std::string flag(bool value) { return value ? "t" : "f"; }
Answer flag_or_null(std::optional<bool> value) { return value ? Answer(flag(*value)) : std::nullopt; }
bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}
Oid oid_of(const Arguments& arguments, std::size_t i) {
  if (i >= arguments.size() || !arguments[i]) return 0;
  return static_cast<Oid>(std::strtoul(arguments[i]->c_str(), nullptr, 10));
}
bool truth(const Arguments& arguments, std::size_t i) {
  return i < arguments.size() && arguments[i] && (*arguments[i])[0] == 't';
}

// A relation by its name as regclass reads it; 0 when there is none.
Oid relation_named(SessionCatalog& catalog, const std::string& text) {
  const QualifiedName found = qualified_name(catalog, split_identifiers(text), NameOf::relation);
  return catalog.find_relation(found.schema, found.name);
}

Answer comment_on(SessionCatalog& catalog, Oid object, Oid class_oid, std::optional<int> sub) {
  RelationPtr table = catalog.relation(pg_description::kOid);
  transaction::View view = catalog.take_view(false);
  Key key = class_oid == 0 ? Key{key_oid(object)}
            : !sub         ? Key{key_oid(object), key_oid(class_oid)}
                   : Key{key_oid(object), key_oid(class_oid), types::Datum::of(std::int32_t{*sub})};
  RowReader rows(view, *table, 0, std::move(key));
  while (rows.next())
    if (sub || rows.row().int4(pg_description::objsubid) == 0)
      return rows.row().string(pg_description::description);
  return std::nullopt;
}

Answer obj_description(SessionCatalog& catalog, const Arguments& a) {
  Oid class_oid = catalog.find_relation("pg_catalog", a.at(1).value_or(""));
  if (class_oid == 0) return std::nullopt;
  return comment_on(catalog, oid_of(a, 0), class_oid, 0);
}
Answer obj_description_any(SessionCatalog& catalog, const Arguments& a) {
  return comment_on(catalog, oid_of(a, 0), 0, std::nullopt);
}
Answer col_description(SessionCatalog& catalog, const Arguments& a) {
  return comment_on(catalog, oid_of(a, 0), pg_class::kOid, static_cast<int>(oid_of(a, 1)));
}
Answer shobj_description(SessionCatalog& catalog, const Arguments& a) {
  Oid class_oid = catalog.find_relation("pg_catalog", a.at(1).value_or(""));
  RelationPtr table = catalog.relation(pg_shdescription::kOid);
  transaction::View view = catalog.take_view(true);
  RowReader rows(view, *table, 0, {key_oid(oid_of(a, 0)), key_oid(class_oid)});
  if (rows.next()) return rows.row().string(pg_shdescription::description);
  return std::nullopt;
}

Answer get_userbyid(SessionCatalog& catalog, const Arguments& a) {
  std::string name = catalog.role_name(oid_of(a, 0));
  return name.empty() ? "unknown (OID=" + std::to_string(oid_of(a, 0)) + ")" : name;
}

// Bytes of a relation's tree; an index's own.
std::optional<std::uint64_t> tree_bytes(SessionCatalog& catalog, Oid oid) {
  RelationPtr relation = catalog.relation(oid);
  if (relation == nullptr) return std::nullopt;
  if (relation->kind == RelationKind::index && !relation->indexes.empty()) {
    RelationPtr table = catalog.relation(relation->indexes[0].table);
    if (table == nullptr || table->storage == nullptr) return 0;
    // Its number in the storage is what the table's descriptor says: the own one may be older.
    const IndexDescriptor* index = table->index(oid);
    if (index == nullptr) return 0;
    return table->storage->estimate_size(index->storage_index).pages * wal::kPageSize;
  }
  if (relation->kind == RelationKind::sequence) return wal::kPageSize;
  if (relation->storage == nullptr) return 0;
  return relation->storage->estimate_size().pages * wal::kPageSize;
}
std::uint64_t index_bytes(SessionCatalog& catalog, Oid oid) {
  RelationPtr relation = catalog.relation(oid);
  std::uint64_t bytes = 0;
  if (relation != nullptr && relation->storage != nullptr)
    for (const IndexDescriptor& index : relation->indexes)
      if (!index.is_clustered_key)
        bytes += relation->storage->estimate_size(index.storage_index).pages * wal::kPageSize;
  return bytes;
}
Answer relation_size(SessionCatalog& catalog, const Arguments& a) {
  if (a.size() > 1 && a[1] && *a[1] != "main") {
    if (*a[1] == "fsm" || *a[1] == "vm" || *a[1] == "init") return "0";
    throw types::SqlError("22023", "invalid fork name")
        .with_hint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".");
  }
  auto bytes = tree_bytes(catalog, oid_of(a, 0));
  return bytes ? Answer(std::to_string(*bytes)) : std::nullopt;
}
Answer table_size(SessionCatalog& catalog, const Arguments& a) {
  auto bytes = tree_bytes(catalog, oid_of(a, 0));
  return bytes ? Answer(std::to_string(*bytes)) : std::nullopt;
}
Answer indexes_size(SessionCatalog& catalog, const Arguments& a) {
  return std::to_string(index_bytes(catalog, oid_of(a, 0)));
}
Answer total_size(SessionCatalog& catalog, const Arguments& a) {
  auto bytes = tree_bytes(catalog, oid_of(a, 0));
  return bytes ? Answer(std::to_string(*bytes + index_bytes(catalog, oid_of(a, 0)))) : std::nullopt;
}

}  // namespace

std::uint64_t database_bytes(SessionCatalog& catalog) {
  std::vector<Oid> relations;
  {
    const RelationPtr classes = catalog.relation(pg_class::kOid);
    const transaction::View view = catalog.take_view(false);
    for (RowReader rows(view, *classes, 0, {}); rows.next();) relations.push_back(rows.row().oid(pg_class::oid));
  }
  std::uint64_t bytes = 0;
  for (const Oid relation : relations) bytes += tree_bytes(catalog, relation).value_or(0);
  return bytes;
}

namespace {

Answer serial_sequence(SessionCatalog& catalog, const Arguments& a) {
  const Oid table_oid = relation_of_text(catalog, a.at(0).value_or(""));
  RelationPtr table = catalog.relation(table_oid);
  int column = table->column_index(a.at(1).value_or(""));
  if (column < 0)
    throw types::SqlError("42703", "column \"" + a.at(1).value_or("") + "\" of relation \"" +
                                       table->name + "\" does not exist");
  RelationPtr depends = catalog.relation(pg_depend::kOid);
  transaction::View view = catalog.take_view(false);
  RowReader rows(view, *depends, index::pg_depend_reference_index,
                 {key_oid(pg_class::kOid), key_oid(table_oid),
                  types::Datum::of(std::int32_t{column + 1})});
  while (rows.next()) {
    char kind = rows.row().letter(pg_depend::deptype);
    if (rows.row().oid(pg_depend::classid) != pg_class::kOid || (kind != 'a' && kind != 'i'))
      continue;
    RelationPtr sequence = catalog.relation(rows.row().oid(pg_depend::objid));
    if (sequence == nullptr || sequence->kind != RelationKind::sequence) continue;
    std::string name = quote_identifier(sequence->schema_name);
    name += '.';
    return name += quote_identifier(sequence->name);
  }
  return std::nullopt;
}

// ---- functions

std::string one_argument(SessionCatalog& catalog, const FunctionInfo& f, std::size_t i, Oid type,
                         bool with_mode) {
  std::string text;
  char mode = i < f.argument_modes.size() ? f.argument_modes[i] : 'i';
  if (with_mode) {
    if (mode == 'o') text += "OUT ";
    if (mode == 'b') text += "INOUT ";
    if (mode == 'v') text += "VARIADIC ";
  }
  if (i < f.argument_names.size() && !f.argument_names[i].empty())
    text += quote_identifier(f.argument_names[i]) + " ";
  return text + catalog.format_type(type);
}

std::string arguments_text(SessionCatalog& catalog, const FunctionInfo& f, bool with_defaults) {
  std::span<const Oid> list = f.all_arguments.empty() ? f.arguments : f.all_arguments;
  const auto defaults = types::split_expressions(with_defaults ? std::string_view(f.defaults)
                                                               : std::string_view());
  const std::size_t first_default = f.arguments.size() - std::min(f.arguments.size(), defaults.size());
  std::string text;
  std::size_t input = 0;
  const AggregateInfo* aggregate = f.kind == 'a' ? catalog.aggregate(f.oid) : nullptr;
  const bool ordered = aggregate != nullptr && aggregate->kind != 'n';
  const std::size_t direct = ordered ? static_cast<std::size_t>(aggregate->direct_arguments) : list.size() + 1;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char mode = i < f.argument_modes.size() ? f.argument_modes[i] : 'i';
    if (mode == 't') continue;
    const bool in = mode != 'o';
    if (i == direct) text += text.empty() ? "ORDER BY " : " ORDER BY ";
    else if (!text.empty()) text += ", ";
    // A procedure's modes are all written when not all are IN.
    if (f.kind == 'p' && mode == 'i') text += "IN ";
    text += one_argument(catalog, f, i, list[i], true);
    if (in && input >= first_default && with_defaults && !defaults.empty())
      text.append(" DEFAULT ").append(defaults[input - first_default]);
    if (in) ++input;
  }
  // A variadic direct argument stands for the ordered ones, too.
  if (ordered && direct == list.size() && !list.empty())
    text += " ORDER BY " + one_argument(catalog, f, list.size() - 1, list.back(), true);
  return text;
}

Answer function_arguments(SessionCatalog& catalog, const Arguments& a) {
  const FunctionInfo* f = catalog.function(oid_of(a, 0));
  if (f == nullptr) return std::nullopt;
  return arguments_text(catalog, *f, true);
}
Answer function_identity_arguments(SessionCatalog& catalog, const Arguments& a) {
  const FunctionInfo* f = catalog.function(oid_of(a, 0));
  if (f == nullptr) return std::nullopt;
  return arguments_text(catalog, *f, false);
}
Answer function_argument_default(SessionCatalog& catalog, const Arguments& a) {
  const FunctionInfo* f = catalog.function(oid_of(a, 0));
  if (f == nullptr) return std::nullopt;
  const auto number = static_cast<std::size_t>(std::max(1, std::atoi(a.at(1).value_or("0").c_str()))) - 1;
  std::size_t input = 0;
  const std::size_t count = f->all_arguments.empty() ? f->arguments.size() : f->all_arguments.size();
  if (number >= count) return std::nullopt;
  for (std::size_t i = 0; i < number; ++i)
    if (f->argument_modes.empty() || (f->argument_modes[i] != 'o' && f->argument_modes[i] != 't')) ++input;
  if (!f->argument_modes.empty() && (f->argument_modes[number] == 'o' || f->argument_modes[number] == 't'))
    return std::nullopt;
  const auto defaults = types::split_expressions(f->defaults);
  const std::size_t first = f->arguments.size() - std::min(f->arguments.size(), defaults.size());
  if (input < first) return std::nullopt;
  return std::string(defaults[input - first]);
}

Answer function_result(SessionCatalog& catalog, const Arguments& a) {
  const FunctionInfo* f = catalog.function(oid_of(a, 0));
  if (f == nullptr || f->kind == 'p') return std::nullopt;
  std::string text;
  if (f->argument_modes.find('t') != std::string_view::npos) {
    text = "TABLE(";
    bool first = true;
    for (std::size_t i = 0; i < f->all_arguments.size(); ++i) {
      if (f->argument_modes[i] != 't') continue;
      if (!first) text += ", ";
      first = false;
      text += one_argument(catalog, *f, i, f->all_arguments[i], false);
    }
    return text + ")";
  }
  if (f->returns_set) text = "SETOF ";
  return text + catalog.format_type(f->result);
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

// A setting's list of names, of which some may be quoted.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  std::string element;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"') element += text[i++];
      else quoted = !quoted;
    } else if (c == ',' && !quoted) {
      elements.push_back(std::move(element));
      element.clear();
    } else if (quoted || c != ' ') {
      element += c;
    }
  }
  elements.push_back(std::move(element));
  return elements;
}

// CREATE OR REPLACE FUNCTION .. as PostgreSQL prints it.
Answer function_definition(SessionCatalog& catalog, const Arguments& a) {
  const FunctionInfo* f = catalog.function(oid_of(a, 0));
  if (f == nullptr) return std::nullopt;
  if (f->kind == 'a')
    throw types::SqlError("42809", "\"" + std::string(f->name) + "\" is an aggregate function");
  const bool procedure = f->kind == 'p';
  std::string text = std::string("CREATE OR REPLACE ") + (procedure ? "PROCEDURE " : "FUNCTION ");
  text += quote_identifier(catalog.schema_name(f->schema)) + "." + quote_identifier(f->name) + "(";
  text += arguments_text(catalog, *f, true) + ")\n";
  if (!procedure) text += " RETURNS " + function_result(catalog, a).value_or("") + "\n";
  const auto* language = Builtins::get().language(f->language);
  text += " LANGUAGE " + quote_identifier(language != nullptr ? language->name : "internal") + "\n";
  std::string options;
  if (f->kind == 'w') options += " WINDOW";
  if (f->volatility == 'i') options += " IMMUTABLE";
  if (f->volatility == 's') options += " STABLE";
  if (f->parallel == 's') options += " PARALLEL SAFE";
  if (f->parallel == 'r') options += " PARALLEL RESTRICTED";
  if (f->strict) options += " STRICT";
  if (f->security_definer) options += " SECURITY DEFINER";
  if (f->leakproof) options += " LEAKPROOF";
  auto number = [](float value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%g", static_cast<double>(value));
    return std::string(digits);
  };
  const float usual = f->language == 12 || f->language == 13 ? 1.0f : 100.0f;
  if (f->cost != usual) options += " COST " + number(f->cost);
  if (f->returns_set && f->rows > 0 && f->rows != 1000.0f) options += " ROWS " + number(f->rows);
  if (!options.empty()) text += options + "\n";
  for (std::string_view setting : f->settings) {
    const auto equals = setting.find('=');
    const std::string_view name = setting.substr(0, equals), value = setting.substr(equals + 1);
    text += " SET " + quote_identifier(name) + " TO ";
    // Of a setting that is a list each element is a literal of its own.
    if (name == "search_path" || name == "temp_tablespaces" || name == "DateStyle") {
      const char* separator = "";
      for (const std::string& element : split_list(value)) {
        text += separator + quoted_text(element);
        separator = ", ";
      }
    } else {
      text += quoted_text(value);
    }
    text += "\n";
  }
  if (!f->sql_body.empty()) return text + standard_body(catalog, *f) + "\n";
  std::string tag = procedure ? "$procedure$" : "$function$";
  while (f->source.find(tag.substr(0, tag.size() - 1)) != std::string_view::npos) tag.insert(tag.size() - 1, "x");
  return text + "AS " + tag + std::string(f->source) + tag + "\n";
}

// CREATE TRIGGER .. of one of users'.
Answer trigger_definition(SessionCatalog& catalog, Oid oid, bool pretty) {
  RelationPtr table = catalog.relation(pg_trigger::kOid);
  transaction::View view = catalog.take_view(false);
  RowReader rows(view, *table, 0, {key_oid(oid)});
  if (!rows.next()) return std::nullopt;
  RelationPtr relation = catalog.relation(rows.row().oid(pg_trigger::tgrelid));
  if (relation == nullptr) return std::nullopt;
  for (const TriggerInfo& t : relation->triggers) {
    if (t.oid != oid) continue;
    std::string text = (t.constraint != 0 ? "CREATE CONSTRAINT TRIGGER " : "CREATE TRIGGER ") + quote_identifier(t.name);
    text += t.type & TriggerInfo::kInstead ? " INSTEAD OF" : t.type & TriggerInfo::kBefore ? " BEFORE" : " AFTER";
    const char* separator = " ";
    auto event = [&](std::int16_t bit, const char* name) {
      if ((t.type & bit) == 0) return;
      text += separator;
      text += name;
      separator = " OR ";
      if (bit == TriggerInfo::kUpdate && !t.columns.empty()) {
        text += " OF ";
        for (std::size_t i = 0; i < t.columns.size(); ++i)
          text += (i > 0 ? ", " : "") + quote_identifier(relation->columns[static_cast<std::size_t>(t.columns[i])].name);
      }
    };
    event(TriggerInfo::kInsert, "INSERT");
    event(TriggerInfo::kDelete, "DELETE");
    event(TriggerInfo::kUpdate, "UPDATE");
    event(TriggerInfo::kTruncate, "TRUNCATE");
    text += " ON ";
    text += pretty && catalog.relation_is_visible(relation->oid)
                ? quote_identifier(relation->name)
                : quote_identifier(relation->schema_name) + "." + quote_identifier(relation->name);
    if (t.constraint != 0) {
      if (RelationPtr from = catalog.relation(rows.row().oid(pg_trigger::tgconstrrelid)))
        text += " FROM " + (catalog.relation_is_visible(from->oid)
                                ? quote_identifier(from->name)
                                : quote_identifier(from->schema_name) + "." + quote_identifier(from->name));
      text += t.deferrable ? " DEFERRABLE" : " NOT DEFERRABLE";
      text += t.initially_deferred ? " INITIALLY DEFERRED" : " INITIALLY IMMEDIATE";
    }
    if (!t.old_table.empty() || !t.new_table.empty()) {
      text += " REFERENCING";
      if (!t.old_table.empty()) text += " OLD TABLE AS " + quote_identifier(t.old_table);
      if (!t.new_table.empty()) text += " NEW TABLE AS " + quote_identifier(t.new_table);
    }
    text += t.type & TriggerInfo::kRow ? " FOR EACH ROW" : " FOR EACH STATEMENT";
    if (!t.when.empty()) text += " WHEN (" + trigger_condition(catalog, t, pretty) + ")";
    const FunctionInfo* f = catalog.function(t.function);
    text += " EXECUTE FUNCTION ";
    if (f != nullptr && !(pretty && catalog.function_is_visible(t.function)) && !catalog.function_is_visible(t.function))
      text += quote_identifier(catalog.schema_name(f->schema)) + ".";
    text += quote_identifier(f != nullptr ? f->name : "?") + "(";
    for (std::size_t i = 0; i < t.arguments.size(); ++i) {
      std::string quoted;
      for (char c : t.arguments[i]) quoted += c == '\'' ? std::string("''") : std::string(1, c);
      text += (i > 0 ? ", '" : "'") + quoted + "'";
    }
    return text + ")";
  }
  return std::nullopt;
}

// ---- names to OIDs, null when there is none

Answer to_regclass(SessionCatalog& catalog, const Arguments& a) {
  Oid oid = relation_named(catalog, a.at(0).value_or(""));
  return oid ? Answer(std::to_string(oid)) : std::nullopt;
}
// text::regclass: unlike to_regclass(), there must be one.
Answer text_regclass(SessionCatalog& catalog, const Arguments& a) {
  return std::to_string(relation_of_text(catalog, a.at(0).value_or("")));
}
Answer to_regproc(SessionCatalog& catalog, const Arguments& a) {
  const QualifiedName named = qualified_name(catalog, split_identifiers(a.at(0).value_or("")), NameOf::other);
  const auto found = catalog.find_functions(named.schema, named.name);
  return found.size() == 1 ? Answer(std::to_string(found[0]->oid)) : std::nullopt;
}
// Behind aclitem: names as they are, without quotes.
Answer get_role_oid(SessionCatalog& catalog, const Arguments& a) {
  const Oid oid = catalog.find_role(a.at(0).value_or(""));
  if (oid == 0)
    throw types::SqlError("42704", "role \"" + a.at(0).value_or("") + "\" does not exist");
  return std::to_string(oid);
}
Answer get_role_name(SessionCatalog& catalog, const Arguments& a) {
  std::string name = catalog.role_name(oid_of(a, 0));
  return name.empty() ? std::nullopt : Answer(std::move(name));
}

std::string one_identifier(const Arguments& a) {
  std::vector<std::string> parts = split_identifiers(a.at(0).value_or(""));
  if (parts.size() != 1) throw types::SqlError("42602", "invalid name syntax");
  return std::move(parts[0]);
}
Answer regrole_in(SessionCatalog& catalog, const Arguments& a) {
  return get_role_oid(catalog, {one_identifier(a)});
}
Answer regrole_out(SessionCatalog& catalog, const Arguments& a) {
  const std::string name = catalog.role_name(oid_of(a, 0));
  return name.empty() ? std::nullopt : Answer(quote_identifier(name));
}
Answer regnamespace_in(SessionCatalog& catalog, const Arguments& a) {
  const std::string name = one_identifier(a);
  const Oid oid = catalog.find_schema(name);
  if (oid == 0) throw types::SqlError("3F000", "schema \"" + name + "\" does not exist");
  return std::to_string(oid);
}
Answer to_regrole(SessionCatalog& catalog, const Arguments& a) {
  const Oid oid = catalog.find_role(one_identifier(a));
  return oid != 0 ? Answer(std::to_string(oid)) : std::nullopt;
}
Answer to_regnamespace(SessionCatalog& catalog, const Arguments& a) {
  const Oid oid = catalog.find_schema(one_identifier(a));
  return oid != 0 ? Answer(std::to_string(oid)) : std::nullopt;
}
Answer regnamespace_out(SessionCatalog& catalog, const Arguments& a) {
  const std::string name = catalog.schema_name(oid_of(a, 0));
  return name.empty() ? std::nullopt : Answer(quote_identifier(name));
}

// A function or object of pg_catalog alone: always on the path.
Answer row_security_active(SessionCatalog& catalog, Oid oid) {
  RelationPtr relation = catalog.relation(oid);
  if (relation == nullptr) return std::nullopt;
  return row_security_of(catalog, *relation, catalog.user()) == RowSecurity::enabled ? "t" : "f";
}

Answer answer_false(SessionCatalog&, const Arguments&) { return "f"; }
Answer answer_null(SessionCatalog&, const Arguments&) { return std::nullopt; }
Answer answer_utf8(SessionCatalog&, const Arguments&) { return "UTF8"; }

Answer encoding_to_char(SessionCatalog&, const Arguments& a) {
  const auto* set = types::CharacterSet::find(static_cast<int>(oid_of(a, 0)));
  return set == nullptr ? std::string() : std::string(set->name());
}
Answer char_to_encoding(SessionCatalog&, const Arguments& a) {
  const auto* set = types::CharacterSet::find(a.at(0).value_or(""));
  return set == nullptr ? "-1" : std::to_string(set->number());
}

const std::unordered_map<std::string_view, Function>& functions() {
  static const std::unordered_map<std::string_view, Function> table = {
      {"sql:1215", obj_description},
      {"sql:1348", obj_description_any},
      {"sql:1216", col_description},
      {"sql:1993", shobj_description},
      {"pg_get_userbyid", get_userbyid},
      // pg_default and pg_global have no place of their own, and there are no others.
      {"pg_tablespace_location", [](SessionCatalog&, const Arguments&) -> Answer { return ""; }},
      {"pg_get_expr",
       [](SessionCatalog& c, const Arguments& a) {
         return expression_text(c, a.at(0).value_or(""), oid_of(a, 1), false);
       }},
      {"pg_get_expr_ext",
       [](SessionCatalog& c, const Arguments& a) {
         return expression_text(c, a.at(0).value_or(""), oid_of(a, 1), truth(a, 2));
       }},
      {"pg_get_constraintdef",
       [](SessionCatalog& c, const Arguments& a) {
         return constraint_definition(c, oid_of(a, 0), false);
       }},
      {"pg_get_constraintdef_ext",
       [](SessionCatalog& c, const Arguments& a) {
         return constraint_definition(c, oid_of(a, 0), truth(a, 1));
       }},
      {"pg_get_indexdef",
       [](SessionCatalog& c, const Arguments& a) {
         return index_definition(c, oid_of(a, 0), 0, false);
       }},
      {"pg_get_indexdef_ext",
       [](SessionCatalog& c, const Arguments& a) {
         return index_definition(c, oid_of(a, 0), static_cast<int>(oid_of(a, 1)), truth(a, 2));
       }},
      {"pg_get_viewdef",
       [](SessionCatalog& c, const Arguments& a) { return view_definition(c, oid_of(a, 0), false); }},
      {"pg_get_viewdef_ext",
       [](SessionCatalog& c, const Arguments& a) {
         return view_definition(c, oid_of(a, 0), truth(a, 1));
       }},
      {"pg_get_viewdef_wrap",
       [](SessionCatalog& c, const Arguments& a) { return view_definition(c, oid_of(a, 0), true); }},
      {"pg_get_viewdef_name",
       [](SessionCatalog& c, const Arguments& a) {
         return view_definition(c, relation_of_text(c, a.at(0).value_or("")), false);
       }},
      {"pg_get_viewdef_name_ext",
       [](SessionCatalog& c, const Arguments& a) {
         return view_definition(c, relation_of_text(c, a.at(0).value_or("")), truth(a, 1));
       }},
      {"pg_get_function_arguments", function_arguments},
      {"pg_get_function_identity_arguments", function_identity_arguments},
      {"pg_get_functiondef", function_definition},
      {"pg_get_function_result", function_result},
      {"pg_get_function_arg_default", function_argument_default},
      {"pg_get_function_sqlbody",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         const FunctionInfo* f = c.function(oid_of(a, 0));
         if (f == nullptr || f->sql_body.empty()) return std::nullopt;
         return standard_body(c, *f);
       }},
      {"pg_get_serial_sequence", serial_sequence},
      {"pg_get_partkeydef",
       [](SessionCatalog& c, const Arguments& a) { return partition_key_definition(c, oid_of(a, 0)); }},
      {"pg_get_partition_constraintdef",
       [](SessionCatalog& c, const Arguments& a) { return partition_constraint(c, oid_of(a, 0)); }},
      {"pg_get_ruledef",
       [](SessionCatalog& c, const Arguments& a) { return rule_definition(c, oid_of(a, 0), false); }},
      {"pg_get_ruledef_ext",
       [](SessionCatalog& c, const Arguments& a) { return rule_definition(c, oid_of(a, 0), truth(a, 1)); }},
      {"pg_get_triggerdef",
       [](SessionCatalog& c, const Arguments& a) { return trigger_definition(c, oid_of(a, 0), false); }},
      {"pg_get_triggerdef_ext",
       [](SessionCatalog& c, const Arguments& a) { return trigger_definition(c, oid_of(a, 0), truth(a, 1)); }},
      {"pg_indexam_has_property",
       [](SessionCatalog& c, const Arguments& a) {
         return flag_or_null(access_method_property(c, oid_of(a, 0), a.at(1).value_or("")));
       }},
      {"pg_index_has_property",
       [](SessionCatalog& c, const Arguments& a) { return flag_or_null(index_property(c, oid_of(a, 0), a.at(1).value_or(""))); }},
      {"pg_index_column_has_property",
       [](SessionCatalog& c, const Arguments& a) {
         const int column = std::atoi(a.at(1).value_or("0").c_str());
         return flag_or_null(index_column_property(c, oid_of(a, 0), column, a.at(2).value_or("")));
       }},
      {"pg_get_statisticsobjdef",
       [](SessionCatalog& c, const Arguments& a) { return statistics_object_definition(c, oid_of(a, 0)); }},
      {"pg_get_statisticsobjdef_columns",
       [](SessionCatalog& c, const Arguments& a) { return statistics_object_columns(c, oid_of(a, 0)); }},
      {"pg_get_statisticsobjdef_expressions",
       [](SessionCatalog& c, const Arguments& a) { return statistics_object_expressions(c, oid_of(a, 0)); }},
      {"pg_get_replica_identity_index", answer_null},
      {"pg_partition_root",
       [](SessionCatalog& c, const Arguments& a) { return partition_root(c, oid_of(a, 0)); }},
      {"pg_partition_ancestors",
       [](SessionCatalog& c, const Arguments& a) { return partition_ancestors(c, oid_of(a, 0)); }},
      {"pg_partition_tree",
       [](SessionCatalog& c, const Arguments& a) { return partition_tree(c, oid_of(a, 0)); }},
      {"pg_collation_actual_version",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         const CollationInfo* info = c.collation(oid_of(a, 0));
         if (info == nullptr)
           throw types::SqlError("42704", "collation with OID " + std::to_string(oid_of(a, 0)) + " does not exist");
         if (info->provider != 'i') return std::nullopt;
         return collator(c, info->oid)->version();
       }},
      // The argument's type and the collation of the call.
      {"pg_collation_for",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         const Oid type = oid_of(a, 0), collation = oid_of(a, 1);
         const TypeInfo* info = c.type(type);
         if (type != types::oid::unknown && (info == nullptr || info->collation == 0))
           throw types::SqlError("42804", "collations are not supported by type " + c.format_type(type));
         const auto object = named_object(c, NamedKind::collation, collation);
         if (!object) return std::nullopt;
         return named_display(c, NamedKind::collation, *object);
       }},
      {"pg_relation_filepath", answer_null},
      {"pg_relation_filenode",
       [](SessionCatalog&, const Arguments& a) -> Answer { return a.at(0); }},
      {"pg_relation_size", relation_size},
      {"pg_table_size", table_size},
      {"pg_indexes_size", indexes_size},
      {"pg_total_relation_size", total_size},
      {"pg_relation_is_publishable",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         RelationPtr r = c.relation(oid_of(a, 0));
         return flag(r != nullptr && (r->kind == RelationKind::table || r->kind == RelationKind::partitioned_table) &&
                     r->persistence == 'p' && !r->system);
       }},
      {"pg_relation_is_updatable",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         return std::to_string(updatable_events(c, oid_of(a, 0), truth(a, 1)));
       }},
      {"pg_column_is_updatable",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         constexpr int kNeeded = 4 | 16;
         const int column = std::atoi(a.at(1).value_or("0").c_str());
         return flag(column > 0 && (updatable_events(c, oid_of(a, 0), truth(a, 2), column - 1) & kNeeded) == kNeeded);
       }},
      {"pg_table_is_visible",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         // Looked up by name alone: no descriptor is made for a relation that is only listed.
         RelationPtr r = c.relation(oid_of(a, 0));
         if (r == nullptr) return std::nullopt;
         return flag(c.find_relation({}, r->name) == r->oid);
       }},
      {"pg_type_is_visible",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         if (c.type(oid_of(a, 0)) == nullptr) return std::nullopt;
         return flag(c.type_is_visible(oid_of(a, 0)));
       }},
      {"pg_function_is_visible",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         if (c.function(oid_of(a, 0)) == nullptr) return std::nullopt;
         return flag(c.function_is_visible(oid_of(a, 0)));
       }},
      {"pg_operator_is_visible",
       [](SessionCatalog& c, const Arguments& a) -> Answer {
         if (c.operator_(oid_of(a, 0)) == nullptr) return std::nullopt;
         return flag(c.operator_is_visible(oid_of(a, 0)));
       }},
      {"PG_encoding_to_char", encoding_to_char},
      {"PG_char_to_encoding", char_to_encoding},
      {"pg_client_encoding", answer_utf8},
      {"getdatabaseencoding", answer_utf8},
      {"pg_is_other_temp_schema", answer_false},
      {"pg_my_temp_schema",
       [](SessionCatalog& c, const Arguments&) -> Answer {
         return std::to_string(c.temporary_schema());
       }},
      {"row_security_active",
       [](SessionCatalog& c, const Arguments& a) { return row_security_active(c, oid_of(a, 0)); }},
      {"row_security_active_name",
       [](SessionCatalog& c, const Arguments& a) {
         return row_security_active(c, relation_of_text(c, a.at(0).value_or("")));
       }},
      {"get_role_oid", get_role_oid},
      {"get_role_name", get_role_name},
      {"regrolein", regrole_in},
      {"regroleout", regrole_out},
      {"regnamespacein", regnamespace_in},
      {"regnamespaceout", regnamespace_out},
      {"to_regclass", to_regclass},
      {"text_regclass", text_regclass},
      {"to_regproc", to_regproc},
      {"to_regnamespace", to_regnamespace},
      {"to_regrole", to_regrole},
  };
  return table;
}

// ---- privileges

// Whether the member was given the role WITH ADMIN OPTION, itself or by another role that it is a member of.
bool may_grant_role(SessionCatalog& catalog, Oid member, Oid role) {
  if (catalog.is_superuser(member)) return true;
  RelationPtr table = catalog.relation(pg_auth_members::kOid);
  const transaction::View view = catalog.take_view(true);
  RowReader rows(view, *table, 0, {key_oid(role)});
  while (rows.next())
    if (rows.row().flag(pg_auth_members::admin_option) && is_member_of(catalog, member, rows.row().oid(pg_auth_members::member)))
      return true;
  return false;
}

// pg_has_role(): any of the modes. A member without INHERIT is one, and has no use of the role's privileges.
Answer has_role(SessionCatalog& catalog, std::string_view signature, const Arguments& a) {
  bool with_user = std::count(signature.begin(), signature.end(), '_') == 2;
  auto role_at = [&](std::size_t i) {
    const std::string text = a.at(i).value_or("");
    // A number is no name, whether there is such a role or not.
    const bool by_number = is_number(text);
    Oid oid = by_number ? oid_of(a, i) : catalog.find_role(text);
    if (oid == 0 && !by_number) throw types::SqlError("42704", "role \"" + text + "\" does not exist");
    return oid;
  };
  Oid user = with_user ? role_at(0) : catalog.user();
  const Oid role = role_at(with_user ? 1 : 0);
  const std::string modes = a.at(with_user ? 2 : 1).value_or("");
  bool holds = false;
  for (std::string_view rest = modes;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view written = types::trim(rest.substr(0, comma));
    const std::string mode = types::lower_ascii(written);
    if (mode == "usage") holds = holds || catalog.has_privileges_of(user, role);
    else if (mode == "member") holds = holds || is_member_of(catalog, user, role);
    else if (mode == "usage with grant option" || mode == "usage with admin option" || mode == "member with grant option" ||
             mode == "member with admin option")
      holds = holds || may_grant_role(catalog, user, role);
    else throw types::SqlError("22023", fmt::format("unrecognized privilege type: \"{}\"", written));
    if (comma == rest.size()) break;
    rest.remove_prefix(comma + 1);
  }
  return flag(holds);
}

}  // namespace

bool call_catalog_function(SessionCatalog& catalog, std::string_view function,
                           const CatalogArguments& arguments, std::optional<std::string>& result) {
  auto it = functions().find(function);
  if (it != functions().end()) {
    result = it->second(catalog, arguments);
    return true;
  }
  if (call_named_function(catalog, function, arguments, result)) return true;
  // Settings are no objects of the catalogue.
  if (function.starts_with("has_") && !function.starts_with("has_parameter_")) {
    std::size_t at = function.find("_privilege");
    if (at == std::string_view::npos) return false;
    result = has_privilege(catalog, function.substr(4, at - 4),
                           function.substr(at + std::string_view("_privilege").size()), arguments);
    return true;
  }
  if (function.starts_with("pg_has_role_")) {
    result = has_role(catalog, function.substr(std::string_view("pg_has_role").size()), arguments);
    return true;
  }
  return false;
}

std::vector<Oid> deferrable_constraints(SessionCatalog& catalog, const std::string& schema,
                                        const std::string& name) {
  std::vector<Oid> schemas(catalog.search_schemas().begin(), catalog.search_schemas().end());
  if (!schema.empty()) {
    schemas = {catalog.find_schema(schema)};
    if (schemas.front() == 0)
      throw types::SqlError("3F000", "schema \"" + schema + "\" does not exist");
  }
  RelationPtr table = catalog.relation(pg_constraint::kOid);
  const transaction::View view = catalog.take_view(false);
  for (const Oid in : schemas) {
    std::vector<Oid> found;
    RowReader rows(view, *table, index::pg_constraint_conname_nsp_index, {key_text(name), key_oid(in)});
    while (rows.next()) {
      if (!rows.row().flag(pg_constraint::condeferrable))
        throw types::SqlError("42809", "constraint \"" + name + "\" is not deferrable");
      found.push_back(rows.row().oid(pg_constraint::oid));
    }
    // Those of partitions that come from them, too.
    for (std::size_t i = 0; i < found.size(); ++i) {
      RowReader below(view, *table, index::pg_constraint_conparentid_index, {key_oid(found[i])});
      while (below.next())
        if (const Oid oid = below.row().oid(pg_constraint::oid); std::find(found.begin(), found.end(), oid) == found.end())
          found.push_back(oid);
    }
    if (!found.empty()) return found;
  }
  throw types::SqlError("42704", "constraint \"" + name + "\" does not exist");
}

Oid relation_of_text(SessionCatalog& catalog, std::string_view text) {
  const auto [schema, name] = qualified_name(catalog, split_identifiers(text), NameOf::relation);
  if (!schema.empty()) (void)catalog.schema_oid(schema);
  const Oid oid = catalog.find_relation(schema, name);
  if (oid == 0)
    throw types::SqlError("42P01", fmt::format("relation \"{}{}\" does not exist", schema.empty() ? "" : schema + ".", name));
  return oid;
}

namespace {

std::string database_name(SessionCatalog& catalog) {
  RelationPtr table = catalog.relation(pg_database::kOid);
  const transaction::View view = catalog.take_view(true);
  RowReader rows(view, *table, 0, {key_oid(catalog.database_oid())});
  return rows.next() ? rows.row().string(pg_database::datname) : std::string();
}

}  // namespace

QualifiedName qualified_name(SessionCatalog& catalog, const std::vector<std::string>& parts, NameOf what) {
  const auto shown = [&] { return fmt::format("{}", fmt::join(parts, ".")); };
  if (parts.size() > 3)
    throw types::SqlError("42601", fmt::format("improper {} name (too many dotted names): {}",
                                               what == NameOf::relation ? "relation" : "qualified", shown()));
  if (parts.size() == 3 && parts[0] != database_name(catalog)) {
    const std::string_view quote = what == NameOf::relation ? "\"" : "";
    throw types::SqlError("0A000", fmt::format("cross-database references are not implemented: {}{}{}", quote, shown(), quote));
  }
  return {parts.size() > 1 ? parts[parts.size() - 2] : std::string(), parts.back()};
}

std::vector<std::string> split_identifiers(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t i = 0;
  for (;;) {
    std::string part;
    while (i < text.size() && text[i] == ' ') ++i;
    if (i < text.size() && text[i] == '"') {
      ++i;
      for (;; ++i) {
        if (i >= text.size()) throw types::SqlError("42602", "invalid name syntax");
        if (text[i] == '"') {
          if (i + 1 < text.size() && text[i + 1] == '"') {
            ++i;
          } else {
            ++i;
            break;
          }
        }
        part += text[i];
      }
    } else {
      while (i < text.size() && text[i] != '.' && text[i] != ' ')
        part += types::lower_ascii(text[i++]);
    }
    while (i < text.size() && text[i] == ' ') ++i;
    if (part.empty()) throw types::SqlError("42602", "invalid name syntax");
    parts.push_back(std::move(part));
    if (i == text.size()) return parts;
    if (text[i] != '.') throw types::SqlError("42602", "invalid name syntax");
    ++i;
  }
}

}  // namespace catalog
