#include "catalog/internal_functions.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "types/datum.h"

namespace catalog {
namespace {

using types::TypeSupport;

struct InternalNames {
  boost::unordered_flat_map<std::string_view, std::vector<const FunctionInfo*>> functions;
  // By TypeRole.
  boost::unordered_flat_map<std::string_view, const TypeInfo*> types[4];
  boost::unordered_flat_map<std::string_view, const TypeInfo*> typmods;
};

const InternalNames& internal_names() {
  static const InternalNames* names = [] {
    auto* made = new InternalNames;
    const Builtins& builtins = Builtins::get();
    for (const FunctionInfo& f : builtins.functions())
      if (f.language == kInternalLanguage && f.schema == kPgCatalogSchema && f.kind != 'a') made->functions[f.source].push_back(&f);
    for (auto& [source, all] : made->functions) std::ranges::sort(all, {}, &FunctionInfo::oid);
    for (const TypeInfo& type : builtins.types()) {
      if (type.kind != 'b' || type.is_true_array || types::find_type(type.oid) == nullptr) continue;
      auto add = [&](auto& map, Oid function) {
        const FunctionInfo* f = builtins.function(function);
        if (f == nullptr) return;
        // Of types that share a function, the first: refcursor is text under another name.
        if (auto [at, fresh] = map.emplace(f->source, &type); !fresh && type.oid < at->second->oid) at->second = &type;
      };
      const Oid of_role[] = {type.input, type.output, type.receive, type.send};
      for (std::size_t role = 0; role < 4; ++role) add(made->types[role], of_role[role]);
      if (type.typmod_in != 0) add(made->typmods, type.typmod_in);
    }
    return made;
  }();
  return *names;
}

const TypeInfo* in_map(const boost::unordered_flat_map<std::string_view, const TypeInfo*>& map, std::string_view source) {
  const auto found = map.find(source);
  return found == map.end() ? nullptr : found->second;
}

// What a function of the type does, when it is a built-in one.
const TypeSupport* support_for(CatalogView& view, TypeRole role, Oid function) {
  const FunctionInfo* f = function == 0 ? nullptr : view.function(function);
  if (f == nullptr || f->language != kInternalLanguage) return nullptr;
  const TypeInfo* type = type_of_io_function(role, f->source);
  return type != nullptr ? types::find_type(type->oid) : nullptr;
}

// How the operator classes of a user's type compare, as seen from the built-in type's own order and hash.
enum class Comparison : std::uint8_t { none, same, other };

struct Comparisons {
  Comparison order = Comparison::none, hash = Comparison::none;
};

bool is_same_internal(CatalogView& view, Oid users, Oid built_in) {
  const FunctionInfo* one = users == 0 ? nullptr : view.function(users);
  const FunctionInfo* other = built_in == 0 ? nullptr : Builtins::get().function(built_in);
  return one != nullptr && other != nullptr && one->language == kInternalLanguage && one->source == other->source;
}

// The function of a member of the family for the type itself.
Oid function_of(const OperatorInfo* op) { return op != nullptr ? op->function : 0; }

Comparisons comparisons_of(CatalogView& view, Oid type, Oid built_in) {
  constexpr int kEqualInBtree = 3, kEqualInHash = 1, kCompare = 1;
  const Builtins& builtins = Builtins::get();
  const OperatorClassInfo* ours[] = {view.default_operator_class(type, kBtree), view.default_operator_class(type, kHash)};
  const TypeInfo& base = *builtins.type(built_in);
  const OperatorClassInfo* theirs[] = {default_operator_class_for(base, kBtree), default_operator_class_for(base, kHash)};
  auto own_operator = [&](const OperatorClassInfo* c, int strategy) {
    return c != nullptr ? function_of(view.operator_(view.family_operator(c->family, c->input_type, c->input_type, strategy))) : 0;
  };
  auto built_in_operator = [&](const OperatorClassInfo* c, int strategy) {
    return c != nullptr ? function_of(builtins.operator_(builtins.family_operator(c->family, c->input_type, c->input_type, strategy))) : 0;
  };
  Oid equal = built_in_operator(theirs[0], kEqualInBtree);
  if (equal == 0) equal = built_in_operator(theirs[1], kEqualInHash);
  Comparisons result;
  if (ours[1] != nullptr) {
    const bool same = theirs[1] != nullptr && is_same_internal(view, own_operator(ours[1], kEqualInHash), equal);
    result.hash = result.order = same ? Comparison::same : Comparison::other;
  }
  if (ours[0] != nullptr) {
    const bool same = theirs[0] != nullptr && result.order != Comparison::other &&
                      is_same_internal(view, own_operator(ours[0], kEqualInBtree), equal) &&
                      is_same_internal(view, view.family_procedure(ours[0]->family, ours[0]->input_type, ours[0]->input_type, kCompare),
                                       builtins.family_procedure(theirs[0]->family, theirs[0]->input_type, theirs[0]->input_type, kCompare));
    result.order = same ? Comparison::same : Comparison::other;
  }
  return result;
}

[[noreturn]] void refuse_comparison() {
  throw types::SqlError::not_supported("comparing values of a base type by functions of a user's own");
}

// Bytes that are text under whatever name.
bool is_plain_bytes(Oid type) {
  namespace oid = types::oid;
  return type == oid::text || type == oid::varchar || type == oid::bpchar || type == oid::bytea || type == oid::cstring ||
         type == oid::unknown;
}

bool is_pseudo(Oid type) {
  const TypeInfo* info = Builtins::get().type(type);
  return info != nullptr && info->kind == 'p' && type != types::oid::cstring;
}

}  // namespace

std::span<const FunctionInfo* const> internal_functions(std::string_view source) {
  const auto& map = internal_names().functions;
  const auto found = map.find(source);
  if (found == map.end()) return {};
  return found->second;
}

const TypeInfo* type_of_io_function(TypeRole role, std::string_view source) {
  return in_map(internal_names().types[static_cast<std::size_t>(role)], source);
}

const TypeInfo* type_of_typmod_function(std::string_view source) { return in_map(internal_names().typmods, source); }

const TypeSupport* base_type_support(CatalogView& view, const TypeInfo& type) {
  const TypeSupport* input = support_for(view, TypeRole::input, type.input);
  const TypeSupport* output = support_for(view, TypeRole::output, type.output);
  if (input == nullptr || output == nullptr || !is_same_representation(view, input->oid, output->oid)) return nullptr;
  auto binary = [&](TypeRole role, Oid function) {
    const TypeSupport* found = support_for(view, role, function);
    return found != nullptr && is_same_representation(view, input->oid, found->oid) ? found : nullptr;
  };
  const TypeSupport* receive = binary(TypeRole::receive, type.receive);
  const TypeSupport* send = binary(TypeRole::send, type.send);
  const Comparisons by = comparisons_of(view, type.oid, input->oid);
  // One for each combination that anybody made: few, and pointed to by whatever is made of the type.
  using Key = std::tuple<const TypeSupport*, const TypeSupport*, const TypeSupport*, const TypeSupport*, Comparison, Comparison>;
  static std::mutex mutex;
  static auto* made = new std::map<Key, TypeSupport>;
  const std::lock_guard lock(mutex);
  auto [at, fresh] = made->try_emplace(Key{input, output, receive, send, by.order, by.hash}, *input);
  TypeSupport& support = at->second;
  if (!fresh) return &support;
  support.output = output->output;
  if (receive != nullptr) support.receive = receive->receive;
  else support.receive = nullptr;
  if (send != nullptr) support.send = send->send;
  else support.send = nullptr;
  if (by.order == Comparison::none) {
    support.compare = nullptr;
    support.encode_key = nullptr;
  } else if (by.order == Comparison::other) {
    support.compare = [](const types::Datum&, const types::Datum&) -> int { refuse_comparison(); };
    support.encode_key = nullptr;
  }
  if (by.hash == Comparison::none) support.hash = nullptr;
  else if (by.hash == Comparison::other) support.hash = [](const types::Datum&) -> std::uint64_t { refuse_comparison(); };
  return &support;
}

Oid represented_type(CatalogView& view, Oid type) {
  const Oid base = view.base_type(type);
  if (base < types::kFirstNormalOid) return base;
  const TypeInfo* info = view.type(base);
  if (info == nullptr || info->kind != 'b' || info->is_true_array || !info->defined) return base;
  const auto made = view.user_type(base);
  const TypeSupport* of = made != nullptr && made->definition().element != nullptr ? made->definition().element : nullptr;
  return of != nullptr && of->oid != 0 && of->oid < types::kFirstNormalOid && types::find_type(of->oid) != nullptr ? of->oid : base;
}

bool is_same_representation(CatalogView& view, Oid one, Oid other) {
  using Physical = types::PhysicalType;
  const Oid a = represented_type(view, one), b = represented_type(view, other);
  if (a == b || (is_plain_bytes(a) && is_plain_bytes(b))) return true;
  const TypeSupport *left = view.find_support(a), *right = view.find_support(b);
  if (left == nullptr || right == nullptr) return false;
  if (left->physical == Physical::varlen || right->physical == Physical::varlen) return false;
  return types::width_of(left->physical) == types::width_of(right->physical);
}

namespace {

// Those that CREATE TYPE ... AS RANGE makes work on the range type that they return.
bool is_range_constructor(CatalogView& view, const FunctionInfo& function) {
  auto all_are = [&](auto is) { return std::ranges::all_of(function.arguments, is); };
  if (function.source.starts_with("range_constructor")) {
    const RangeInfo* range = view.range(function.result);
    return range != nullptr && function.arguments.size() >= 2 && function.arguments[0] == range->subtype &&
           function.arguments[1] == range->subtype && (function.arguments.size() == 2 || function.arguments[2] == types::oid::text);
  }
  if (!function.source.starts_with("multirange_constructor")) return false;
  const RangeInfo* range = view.range_of_multirange(function.result);
  return range != nullptr && all_are([&](Oid type) { return type == range->type || view.element_type(type) == range->type; });
}

}  // namespace

const FunctionInfo* internal_function_of(CatalogView& view, const FunctionInfo& function) {
  if (is_range_constructor(view, function)) return &function;
  auto fits = [&](Oid users, Oid built_in) {
    if (users == built_in || built_in == types::oid::any) return true;
    if (is_pseudo(users) || is_pseudo(built_in)) return false;
    const TypeSupport *a = view.find_support(users), *b = view.find_support(built_in);
    // A kernel reads its arguments where they lie.
    if (a != nullptr && b != nullptr && a->physical != b->physical) return false;
    return is_same_representation(view, users, built_in);
  };
  for (const FunctionInfo* f : internal_functions(function.source)) {
    if (f->arguments.size() != function.arguments.size() || f->returns_set != function.returns_set) continue;
    if (function.strict && !f->strict) continue;
    bool all = fits(function.result, f->result);
    for (std::size_t i = 0; all && i < f->arguments.size(); ++i) all = fits(function.arguments[i], f->arguments[i]);
    if (all) return f;
  }
  return nullptr;
}

}  // namespace catalog
