#include <algorithm>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "extension_table.h"

namespace extensions {
namespace {

constexpr decltype(&uuid_ossp) kExtensions[] = {
    btree_gin, btree_gist, citext, cube,        dict_int,           dict_xsyn, earthdistance, fuzzystrmatch, hstore,
    intarray,  lo,         ltree,  moddatetime, pg_stat_statements, pg_trgm,   pgcrypto,      tablefunc,     unaccent,
    uuid_ossp,
};

struct Registry {
  std::vector<const Extension*> all;
  boost::unordered_flat_map<std::string_view, functions::ScalarKernel> scalars;
  boost::unordered_flat_map<std::string_view, functions::SetFunctionStart> sets;
  boost::unordered_flat_map<std::string_view, const types::TypeSupport*> types;

  Registry() {
    for (const auto extension : kExtensions) {
      const Extension& e = extension();
      all.push_back(&e);
      for (const auto& f : e.functions) scalars.emplace(f.internal_name, f.kernel);
      for (const auto& f : e.set_functions) sets.emplace(f.symbol, f.start);
      for (const auto& t : e.types) types.emplace(t.input, t.support);
    }
    std::ranges::sort(all, {}, &Extension::name);
  }
};

const Registry& registry() {
  static const Registry built;
  return built;
}

template <typename Map>
auto find_in(const Map& map, std::string_view name) -> typename Map::mapped_type {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

std::span<const Extension* const> all() { return registry().all; }

const Extension* find(std::string_view name) {
  const auto found = std::ranges::find(registry().all, name, &Extension::name);
  return found == registry().all.end() ? nullptr : *found;
}

functions::ScalarKernel find_scalar(std::string_view symbol) { return find_in(registry().scalars, symbol); }
functions::SetFunctionStart find_set_function(std::string_view symbol) { return find_in(registry().sets, symbol); }
std::shared_ptr<const text_search::Dictionary> make_dictionary(std::string_view lexize, const text_search::Options& options) {
  for (const Extension* e : all())
    for (const DictionaryMaker& maker : e->dictionary_makers)
      if (maker.symbol == lexize) return maker.make(options);
  return nullptr;
}
const types::TypeSupport* find_type(std::string_view input) { return find_in(registry().types, input); }

}  // namespace extensions
