// satisfies_hash_partition(): whether a key lies in the partition of a modulus and remainder.
#include <charconv>

#include <fmt/format.h>

#include "eval/environment.h"
#include "planner/partition_pruning.h"
#include "session_functions.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

std::int64_t hash_argument(const TextArguments& arguments, std::size_t i) {
  std::int64_t number = 0;
  std::from_chars(arguments[i]->data(), arguments[i]->data() + arguments[i]->size(), number);
  return number;
}

SqlError invalid(std::string message) { return SqlError("22023", std::move(message)); }

}  // namespace

// The parent's OID, modulus, remainder, "v" when the values come as one array, then a type's OID and a value
// for each of them.
std::optional<std::string> satisfies_hash_partition(SessionState& session, const TextArguments& arguments) {
  if (!arguments[0] || !arguments[1] || !arguments[2]) return "f";
  const std::int64_t modulus = hash_argument(arguments, 1), remainder = hash_argument(arguments, 2);
  if (modulus <= 0) throw invalid("modulus for hash partition must be an integer value greater than zero");
  if (remainder < 0) throw invalid("remainder for hash partition must be an integer value greater than or equal to zero");
  if (remainder >= modulus) throw invalid("remainder for hash partition must be less than modulus");
  catalog::CatalogView& catalog = *session.catalog;
  const auto oid = static_cast<types::Oid>(hash_argument(arguments, 0));
  const catalog::RelationPtr parent = catalog.relation(oid);
  if (parent == nullptr) throw SqlError("XX000", fmt::format("could not open relation with OID {}", oid));
  if (parent->partition_key == nullptr || parent->partition_key->strategy != query::PartitionStrategy::hash)
    throw invalid(fmt::format("\"{}\" is not a hash partitioned table", parent->name));
  const auto& keys = parent->partition_key->columns;
  const bool as_array = arguments[3] == "v";
  const std::size_t given = (arguments.size() - 4) / 2;
  const auto check_types = [&] {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto type = static_cast<types::Oid>(hash_argument(arguments, as_array ? 4 : 4 + 2 * i));
      if (type == keys[i].type.oid) continue;
      const std::string own = catalog.format_type(keys[i].type.oid), other = catalog.format_type(type);
      throw invalid(as_array ? fmt::format("column {} of the partition key has type \"{}\", but supplied value is of type \"{}\"", i + 1, own, other)
                             : fmt::format("column {} of the partition key has type {}, but supplied value is of type {}", i + 1, own, other));
    }
  };
  if (as_array && given > 0) check_types();
  if (given != keys.size())
    throw invalid(fmt::format("number of partitioning columns ({}) does not match number of partition keys provided ({})",
                              keys.size(), given));
  if (!as_array) check_types();

  types::Arena arena;
  types::EvalContext context = session.eval_context(&arena);
  const planner::PartitionTable table(parent, catalog);
  const eval::Program program = planner::compile_key_hashes(table, catalog);
  eval::Evaluator evaluator(program, 1);
  eval::Environment environment;
  evaluator.bind(environment, context);
  std::vector<types::Vector> row;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const types::TypeSupport& support = types::type_support(context, keys[i].type.oid);
    row.push_back(types::Vector::allocate(arena, support.physical, 1));
    const std::optional<std::string>& text = arguments[5 + 2 * i];
    if (text) {
      row.back().set_not_null(0);
      row.back().set_datum(0, support.input(context, *text, -1));
    } else {
      row.back().set_null(0);
    }
  }
  std::vector<types::Datum> hashes;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const types::Vector& hash = evaluator.evaluate(i, {row, {nullptr, 1}});
    hashes.push_back(hash.is_null(0) ? types::Datum::null() : hash.datum(0));
  }
  return planner::combine_hashes(hashes) % static_cast<std::uint64_t>(modulus) == static_cast<std::uint64_t>(remainder) ? "t" : "f";
}

}  // namespace session
