// Prepared statements, cursors, COPY, EXPLAIN, maintenance, notifications.
#include <functional>

#include <fmt/format.h>

#include "query/walk.h"
#include "statements.h"
#include "types/ascii.h"

namespace analyzer {
namespace {

// Where the statement that PREPARE names begins: behind the AS that ends its head.
int prepared_offset(std::string_view text, int start) {
  auto at = static_cast<std::size_t>(start);
  int depth = 0;
  auto word_at = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_' || (text[i] & 0x80));
  };
  int words = 0;
  while (at < text.size()) {
    char c = text[at];
    if (text.substr(at, 2) == "--") {
      while (at < text.size() && text[at] != '\n') ++at;
    } else if (text.substr(at, 2) == "/*") {
      auto end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else if (c == '"') {
      at = std::min(text.find('"', at + 1), text.size() - 1) + 1;
      ++words;
    } else if (c == '(') {
      ++depth;
      ++at;
    } else if (c == ')') {
      --depth;
      ++at;
    } else if (word_at(at)) {
      std::size_t begin = at;
      while (word_at(at)) ++at;
      std::string_view word = text.substr(begin, at - begin);
      bool is_as = types::equals_ignoring_case(word, "as");
      if (depth == 0 && is_as && ++words > 2) return static_cast<int>(at);
      if (depth == 0 && !is_as) ++words;
    } else {
      ++at;
    }
  }
  return static_cast<int>(text.size());
}

query::Statement prepare(State& state, const ast::Prepare& node, const parser::Statement& statement) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  query::Prepare result;
  result.name = str(node.name);
  for (const ast::Node* type : node.argument_types) {
    const auto& name = ast::as<ast::TypeName>(*type);
    Oid resolved = resolve_type(scope, name).oid;
    result.parameter_types.push_back(resolved == oid::unknown ? 0 : resolved);
  }
  int offset = prepared_offset(state.context.text, statement.location);
  int end = statement.location + statement.length;
  result.text_offset = offset;
  result.text = std::string(state.context.text.substr(static_cast<std::size_t>(offset),
                                                      static_cast<std::size_t>(std::max(end - offset, 0))));
  return result;
}

query::Execute execute(State& state, const ast::Execute& node) {
  query::Execute result;
  result.name = str(node.name);
  std::optional<std::vector<Oid>> types;
  if (state.context.prepared_parameters) types = state.context.prepared_parameters(node.name);
  if (!types)
    throw SqlError("26000", fmt::format("prepared statement \"{}\" does not exist", node.name));
  if (types->size() != node.arguments.size())
    throw SqlError("42601", fmt::format("wrong number of parameters for prepared statement \"{}\"", node.name))
        .with_detail(fmt::format("Expected {} parameters but got {}.", types->size(), node.arguments.size()));
  query::Query query;
  Scope scope(state, nullptr, &query);
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    auto value = analyze_expression(scope, node.arguments[i], Place::execute_parameter);
    Oid from = value->type.oid;
    int at = location_of(*value);
    value = coerce_to_target(scope, std::move(value), type_ref(scope, (*types)[i]), Context::assignment,
                             query::CallForm::implicit_cast, -1);
    if (!value)
      throw SqlError("42804", fmt::format("parameter ${} of type {} cannot be coerced to the expected type {}", i + 1,
                                          type_name(scope, from), type_name(scope, (*types)[i])))
          .with_hint("You will need to rewrite or cast the expression.")
          .at(at);
    assign_collations(scope, *value);
    result.arguments.push_back(std::move(value));
  }
  return result;
}

query::Statement declare(State& state, const ast::DeclareCursor& node) {
  query::DeclareCursor result;
  result.name = str(node.name);
  int options = node.options;
  result.binary = options & ast::kCursorBinary;
  result.scroll = options & ast::kCursorScroll;
  result.no_scroll = options & ast::kCursorNoScroll;
  result.hold = options & ast::kCursorHold;
  result.insensitive = options & ast::kCursorInsensitive;
  result.asensitive = options & ast::kCursorAsensitive;
  if (result.scroll && result.no_scroll)
    throw SqlError("42P11", "cannot specify both SCROLL and NO SCROLL");
  if (result.insensitive && result.asensitive)
    throw SqlError("42P11", "cannot specify both ASENSITIVE and INSENSITIVE");
  result.query = analyze_query(state, nullptr, node.query);
  for (const auto& table : result.query->with)
    if (table.query->command != query::CommandKind::select)
      throw SqlError("0A000", "DECLARE CURSOR must not contain data-modifying statements in WITH");
  if (!result.query->row_locks.empty() && result.hold)
    throw SqlError("0A000", "DECLARE CURSOR WITH HOLD ... FOR UPDATE is not supported")
        .with_detail("Holdable cursors must be READ ONLY.");
  if (!result.query->row_locks.empty() && result.scroll)
    throw SqlError("0A000", "DECLARE SCROLL CURSOR ... FOR UPDATE is not supported")
        .with_detail("Scrollable cursors must be READ ONLY.");
  if (!result.query->row_locks.empty() && result.insensitive)
    throw SqlError("42P11", "DECLARE INSENSITIVE CURSOR ... FOR UPDATE is not valid")
        .with_detail("Insensitive cursors must be READ ONLY.");
  return result;
}

// They are computed behind COPY's WHERE.
void require_no_generated(const Expression& condition, const catalog::RelationDescriptor& table) {
  const catalog::Column* found = nullptr;
  std::function<void(const Expression&)> look = [&](const Expression& e) {
    if (const auto* ref = std::get_if<query::ColumnReference>(&e.node))
      for (const auto& column : table.columns)
        if (!found && column.generated && !column.dropped &&
            (ref->column == query::kWholeRowColumn || ref->column == column.number - 1))
          found = &column;
    query::for_each_child(e, [&](const Expression& child) { look(child); });
  };
  look(condition);
  if (found)
    throw SqlError("42P10", "generated columns are not supported in COPY FROM WHERE conditions")
        .with_detail(fmt::format("Column \"{}\" is a generated column.", found->name));
}

query::Statement copy(State& state, const ast::Copy& node) {
  query::Copy result;
  result.from = node.is_from;
  result.program = node.is_program;
  if (node.file.data()) result.file = str(node.file);
  for (ast::Name column : node.columns) result.columns.push_back(str(column));
  result.options = make_options(node.options);
  if (node.query) {
    result.query = analyze_query(state, nullptr, node.query);
    return result;
  }
  result.relation = relation_name(state, *node.relation);
  if (node.where) {
    if (!node.is_from) throw SqlError("42601", "WHERE clause not allowed with COPY TO");
    TableScope table(state);
    enter_table(table, open_relation(table.scope, *node.relation, catalog::RelationLock::row_exclusive));
    result.relation.oid = table.relation->oid;
    result.where = analyze_condition(table.scope, node.where, Place::copy_where, "WHERE");
    require_no_generated(*result.where, *table.relation);
    assign_collations(table.scope, *result.where);
  }
  return result;
}

bool is_query_node(const ast::Node& node) {
  if (const auto* select = ast::try_as<ast::Select>(&node)) {
    while (select->left) select = select->left;
    return !select->into;
  }
  return node.kind == ast::NodeKind::insert || node.kind == ast::NodeKind::update ||
         node.kind == ast::NodeKind::delete_ || node.kind == ast::NodeKind::merge;
}

query::Statement explain(State& state, const ast::Explain& node, const parser::Statement& statement) {
  query::Explain result;
  result.options = make_options(node.options);
  if (is_query_node(*node.query)) {
    result.query = analyze_query(state, nullptr, node.query);
  } else {
    result.statement = std::make_unique<query::Statement>(analyze_statement_node(state, *node.query, statement));
  }
  return result;
}

query::Statement vacuum(State& state, const ast::Vacuum& node) {
  query::Vacuum result;
  result.vacuum = node.is_vacuum;
  result.options = make_options(node.options);
  for (const ast::Node* item : node.relations) {
    const auto& relation = ast::as<ast::VacuumRelation>(*item);
    query::Vacuum::Target target;
    target.relation = relation_name(state, *relation.relation);
    for (ast::Name column : relation.columns) target.columns.push_back(str(column));
    result.targets.push_back(std::move(target));
  }
  return result;
}

query::Statement call(State& state, const ast::CallProcedure& node) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  PlaceScope at(scope, Place::call_argument);
  query::CallProcedure result;
  result.call = make_function_call(scope, node.call->name, {}, node.call, node.call->location, true);
  assign_collations(scope, *result.call);
  return result;
}

std::vector<query::RelationName> relation_names(State& state, ast::NodeList nodes) {
  std::vector<query::RelationName> names;
  for (const ast::Node* node : nodes) names.push_back(relation_name(state, ast::as<ast::RangeVariable>(*node)));
  return names;
}

}  // namespace

std::optional<query::Statement> analyze_utility(State& state, const parser::Statement& statement) {
  const ast::Node& node = *statement.node;
  if (auto setting = analyze_setting(state, node)) return setting;
  using Kind = ast::NodeKind;
  switch (node.kind) {
    case Kind::prepare: return prepare(state, ast::as<ast::Prepare>(node), statement);
    case Kind::execute: return execute(state, ast::as<ast::Execute>(node));
    case Kind::deallocate: return query::Deallocate{str(ast::as<ast::Deallocate>(node).name)};
    case Kind::declare_cursor: return declare(state, ast::as<ast::DeclareCursor>(node));
    case Kind::close_cursor: return query::CloseCursor{str(ast::as<ast::CloseCursor>(node).name)};
    case Kind::fetch: {
      const auto& n = ast::as<ast::Fetch>(node);
      query::Fetch result;
      result.cursor = str(n.cursor);
      result.move = n.move;
      result.direction = static_cast<query::Fetch::Direction>(n.direction);
      result.count = n.count;
      return result;
    }
    case Kind::copy: return copy(state, ast::as<ast::Copy>(node));
    case Kind::explain: return explain(state, ast::as<ast::Explain>(node), statement);
    case Kind::vacuum: return vacuum(state, ast::as<ast::Vacuum>(node));
    case Kind::truncate: {
      const auto& n = ast::as<ast::Truncate>(node);
      query::Truncate result;
      result.tables = relation_names(state, n.relations);
      result.restart_sequences = n.restart_sequences;
      result.cascade = n.cascade;
      return result;
    }
    case Kind::reindex: {
      const auto& n = ast::as<ast::Reindex>(node);
      query::Reindex result;
      result.kind = static_cast<query::Reindex::Kind>(n.object);
      if (n.relation) result.relation = relation_name(state, *n.relation);
      result.name = str(n.name);
      result.options = make_options(n.options);
      return result;
    }
    case Kind::cluster: {
      const auto& n = ast::as<ast::Cluster>(node);
      query::Cluster result;
      if (n.relation) result.table = relation_name(state, *n.relation);
      result.index = str(n.index);
      result.options = make_options(n.options);
      return result;
    }
    case Kind::lock_table: {
      const auto& n = ast::as<ast::LockTable>(node);
      query::LockTable result;
      result.tables = relation_names(state, n.relations);
      result.mode = n.mode;
      result.nowait = n.nowait;
      return result;
    }
    case Kind::checkpoint: return query::Checkpoint{};
    case Kind::load: return query::Load{str(ast::as<ast::Load>(node).file)};
    case Kind::listen: return query::Listen{str(ast::as<ast::Listen>(node).channel)};
    case Kind::unlisten: return query::Unlisten{str(ast::as<ast::Unlisten>(node).channel)};
    case Kind::notify: {
      const auto& n = ast::as<ast::Notify>(node);
      return query::Notify{str(n.channel), str(n.payload)};
    }
    case Kind::call_procedure: return call(state, ast::as<ast::CallProcedure>(node));
    default: return std::nullopt;
  }
}

}  // namespace analyzer
