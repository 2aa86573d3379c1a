#include "hstore_functions.h"

#include <cstring>
#include <string>

#include "extensions/hstore.h"
#include "functions/comparison.h"
#include "functions/hash.h"
#include "functions/kernel.h"
#include "hstore_type.h"
#include "text_rows.h"
#include "types/array.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using Text = std::optional<string_view>;

constexpr types::Oid kText = types::oid::text;

Datum text_of(const Text& text) { return text ? Datum::of(*text) : Datum::null(); }

[[noreturn]] void refuse_null_key() { throw SqlError("22004", "null value not allowed for hstore key"); }
[[noreturn]] void refuse_dimensions() { throw SqlError("2202E", "wrong number of array subscripts"); }

// The elements of an array of text.
std::vector<Text> texts_of(const Datum& array) {
  std::vector<Text> texts;
  const types::ArrayView view(array);
  for (types::ArrayView::Cursor c(view); c.next();)
    texts.push_back(c.value().is_null ? std::nullopt : Text(c.value().as<string_view>()));
  return texts;
}

// ---- making one

std::optional<Datum> from_text(EvalContext& ctx, Text key, Text value) {
  if (!key) return std::nullopt;
  HstoreBuilder builder;
  builder.add(*key, value);
  return builder.finish(*ctx.arena);
}

Datum from_array(EvalContext& ctx, Datum array) {
  const types::ArrayView view(array);
  if (view.dimensions() > 2) refuse_dimensions();
  if (view.dimensions() == 1 && view.size() % 2 != 0) throw SqlError("2202E", "array must have even number of elements");
  if (view.dimensions() == 2 && view.length(1) != 2) throw SqlError("2202E", "array must have two columns");
  const std::vector<Text> texts = texts_of(array);
  HstoreBuilder builder;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
    if (!texts[i]) refuse_null_key();
    builder.add(*texts[i], texts[i + 1]);
  }
  return builder.finish(*ctx.arena);
}

// Without values, all are null.
std::optional<Datum> from_arrays(EvalContext& ctx, std::optional<Datum> keys, std::optional<Datum> values) {
  if (!keys) return std::nullopt;
  const types::ArrayView view(*keys);
  if (view.dimensions() > 1) refuse_dimensions();
  std::vector<Text> second(view.size());
  if (values) {
    const types::ArrayView other(*values);
    if (other.dimensions() > 1) refuse_dimensions();
    const bool both = view.dimensions() > 0 || other.dimensions() > 0;
    if (both && (view.dimensions() != other.dimensions() || view.length(0) != other.length(0) ||
                 view.lower_bound(0) != other.lower_bound(0)))
      throw SqlError("2202E", "arrays must have same bounds");
    second = texts_of(*values);
  }
  const std::vector<Text> first = texts_of(*keys);
  HstoreBuilder builder;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!first[i]) refuse_null_key();
    builder.add(*first[i], second[i]);
  }
  return builder.finish(*ctx.arena);
}

// ---- asking

std::optional<string_view> fetch(string_view bytes, string_view key) {
  const HstoreView hstore(bytes);
  const auto at = hstore.find(key);
  return at ? hstore.value(*at) : std::nullopt;
}
bool exists(string_view bytes, string_view key) { return HstoreView(bytes).find(key).has_value(); }
bool defined(string_view bytes, string_view key) { return fetch(bytes, key).has_value(); }

bool exists_any(string_view bytes, Datum keys) {
  const HstoreView hstore(bytes);
  for (const Text& key : texts_of(keys))
    if (key && hstore.find(*key)) return true;
  return false;
}
bool exists_all(string_view bytes, Datum keys) {
  const HstoreView hstore(bytes);
  for (const Text& key : texts_of(keys))
    if (key && !hstore.find(*key)) return false;
  return true;
}

bool has_pair(const HstoreView& hstore, string_view key, const Text& value) {
  const auto at = hstore.find(key);
  return at && hstore.value(*at) == value;
}
bool contains(string_view bytes, string_view part) {
  const HstoreView hstore(bytes), wanted(part);
  for (std::uint32_t i = 0; i < wanted.size(); ++i)
    if (!has_pair(hstore, wanted.key(i), wanted.value(i))) return false;
  return true;
}
bool contained(string_view part, string_view bytes) { return contains(bytes, part); }

// ---- changing

template <typename Keep>
Datum filtered(EvalContext& ctx, const HstoreView& hstore, Keep keep) {
  HstoreBuilder builder;
  for (std::uint32_t i = 0; i < hstore.size(); ++i)
    if (keep(hstore.key(i), hstore.value(i))) builder.add(hstore.key(i), hstore.value(i));
  return builder.finish(*ctx.arena);
}

Datum delete_key(EvalContext& ctx, string_view bytes, string_view key) {
  return filtered(ctx, HstoreView(bytes), [&](string_view k, const Text&) { return k != key; });
}
Datum delete_keys(EvalContext& ctx, string_view bytes, Datum keys) {
  std::vector<Text> all = texts_of(keys);
  std::ranges::sort(all);
  return filtered(ctx, HstoreView(bytes), [&](string_view k, const Text&) { return !std::ranges::binary_search(all, Text(k)); });
}
Datum delete_pairs(EvalContext& ctx, string_view bytes, string_view pairs) {
  const HstoreView other(pairs);
  return filtered(ctx, HstoreView(bytes), [&](string_view k, const Text& v) { return !has_pair(other, k, v); });
}

// Of both, the second's value counts.
Datum concatenate(EvalContext& ctx, string_view first, string_view second) {
  HstoreBuilder builder;
  for (const string_view bytes : {second, first}) {
    const HstoreView hstore(bytes);
    for (std::uint32_t i = 0; i < hstore.size(); ++i) builder.add(hstore.key(i), hstore.value(i));
  }
  return builder.finish(*ctx.arena);
}

Datum slice(EvalContext& ctx, string_view bytes, Datum keys) {
  const HstoreView hstore(bytes);
  HstoreBuilder builder;
  for (const Text& key : texts_of(keys))
    if (const auto at = key ? hstore.find(*key) : std::nullopt) builder.add(*key, hstore.value(*at));
  return builder.finish(*ctx.arena);
}

// ---- as arrays and sets

// Of the shape of the keys' array.
Datum slice_array(EvalContext& ctx, string_view bytes, Datum keys) {
  const HstoreView hstore(bytes);
  const types::ArrayView view(keys);
  types::ArrayBuilder builder(kText);
  for (const Text& key : texts_of(keys)) {
    const auto at = key ? hstore.find(*key) : std::nullopt;
    builder.add(text_of(at ? hstore.value(*at) : std::nullopt));
  }
  if (builder.size() == 0) return builder.finish(*ctx.arena);
  std::vector<std::int32_t> lengths, bounds;
  for (int d = 0; d < view.dimensions(); ++d) {
    lengths.push_back(view.length(d));
    bounds.push_back(view.lower_bound(d));
  }
  return builder.finish(*ctx.arena, lengths, bounds);
}

Datum keys_array(EvalContext& ctx, string_view bytes) {
  const HstoreView hstore(bytes);
  types::ArrayBuilder builder(kText);
  for (std::uint32_t i = 0; i < hstore.size(); ++i) builder.add(Datum::of(hstore.key(i)));
  return builder.finish(*ctx.arena);
}
Datum values_array(EvalContext& ctx, string_view bytes) {
  const HstoreView hstore(bytes);
  types::ArrayBuilder builder(kText);
  for (std::uint32_t i = 0; i < hstore.size(); ++i) builder.add(text_of(hstore.value(i)));
  return builder.finish(*ctx.arena);
}

types::ArrayBuilder alternating(const HstoreView& hstore) {
  types::ArrayBuilder builder(kText);
  for (std::uint32_t i = 0; i < hstore.size(); ++i) {
    builder.add(Datum::of(hstore.key(i)));
    builder.add(text_of(hstore.value(i)));
  }
  return builder;
}
Datum to_array(EvalContext& ctx, string_view bytes) { return alternating(HstoreView(bytes)).finish(*ctx.arena); }
Datum to_matrix(EvalContext& ctx, string_view bytes) {
  const HstoreView hstore(bytes);
  if (hstore.size() == 0) return types::ArrayBuilder(kText).finish(*ctx.arena);
  const std::int32_t lengths[] = {static_cast<std::int32_t>(hstore.size()), 2}, bounds[] = {1, 1};
  return alternating(hstore).finish(*ctx.arena, lengths, bounds);
}

enum class Part : std::uint8_t { keys, values, both };
template <Part P>
std::unique_ptr<functions::SetFunctionRun> start_set(EvalContext&, const functions::FunctionCall&,
                                                     std::span<const Datum> arguments) {
  auto rows = std::make_unique<TextRows>();
  const HstoreView hstore(arguments[0].as<string_view>());
  for (std::uint32_t i = 0; i < hstore.size(); ++i) {
    TextRows::Row row;
    if (P != Part::values) row.emplace_back(std::string(hstore.key(i)));
    if (P != Part::keys) {
      const Text value = hstore.value(i);
      row.push_back(value ? std::optional<std::string>(*value) : std::nullopt);
    }
    rows->add(std::move(row));
  }
  return rows;
}

// PostgreSQL hashes what it stores, which differs from what is stored here in three flags: the count has one of its own, the
// first end another, and an end is that of NULL by another bit.
std::uint64_t hash_as_postgres(string_view bytes, std::uint64_t seed) {
  constexpr std::uint32_t kNewVersion = 0x80000000, kFirst = 0x80000000, kNull = 0x40000000;
  const HstoreView hstore(bytes);
  thread_local std::string stored;
  stored.assign(bytes);
  const auto put = [&](std::uint32_t word, std::uint32_t value) {
    std::memcpy(stored.data() + sizeof value * word, &value, sizeof value);
  };
  put(0, hstore.size() | kNewVersion);
  for (std::uint32_t i = 0; i < 2 * hstore.size(); ++i)
    put(i + 1, hstore.end(i) | (i == 0 ? kFirst : 0) | (hstore.is_null(i) ? kNull : 0));
  const std::uint64_t result = functions::hash_bytes(stored, seed);
  constexpr std::size_t kKept = 65536;
  if (stored.capacity() > kKept) stored = {};
  return result;
}
std::int32_t hash(string_view bytes) { return static_cast<std::int32_t>(hash_as_postgres(bytes, 0)); }
std::int64_t hash_extended(string_view bytes, std::int64_t seed) {
  return static_cast<std::int64_t>(hash_as_postgres(bytes, static_cast<std::uint64_t>(seed)));
}

std::string send_hstore(EvalContext& ctx, string_view bytes) {
  std::string out;
  hstore_support().send(ctx, Datum::of(bytes), out);
  return out;
}

using Hstore = functions::CompareBy<string_view, &compare_hstores>;

constexpr functions::ScalarFunction kHstoreFunctions[] = {
    SEXTANT_COMPARISONS("hstore_", Hstore),
    {"hstore_cmp", strict<&Hstore::cmp>},
    {"hstore_hash", strict<&hash>},
    {"hstore_hash_extended", strict<&hash_extended>},
    {"hstore_send", strict<&send_hstore>},
    {"hstore_from_text", strict<&from_text>},
    {"hstore_from_array", strict<&from_array>},
    {"hstore_from_arrays", strict<&from_arrays>},
    {"hstore_from_record", strict<&hstore_from_record>},
    {"hstore_populate_record", strict<&hstore_populate_record>},
    {"hstore_fetchval", strict<&fetch>},
    {"hstore_exists", strict<&exists>},
    {"hstore_defined", strict<&defined>},
    {"hstore_exists_any", strict<&exists_any>},
    {"hstore_exists_all", strict<&exists_all>},
    {"hstore_contains", strict<&contains>},
    {"hstore_contained", strict<&contained>},
    {"hstore_delete", strict<&delete_key>},
    {"hstore_delete_array", strict<&delete_keys>},
    {"hstore_delete_hstore", strict<&delete_pairs>},
    {"hstore_concat", strict<&concatenate>},
    {"hstore_slice_to_hstore", strict<&slice>},
    {"hstore_slice_to_array", strict<&slice_array>},
    {"hstore_akeys", strict<&keys_array>},
    {"hstore_avals", strict<&values_array>},
    {"hstore_to_array", strict<&to_array>},
    {"hstore_to_matrix", strict<&to_matrix>},
    {"hstore_to_json", strict<&hstore_to_json>},
    {"hstore_to_json_loose", strict<&hstore_to_json_loose>},
    {"hstore_to_jsonb", strict<&hstore_to_jsonb>},
    {"hstore_to_jsonb_loose", strict<&hstore_to_jsonb_loose>},
};

constexpr SetFunction kSetFunctions[] = {
    {"hstore_skeys", start_set<Part::keys>},
    {"hstore_svals", start_set<Part::values>},
    {"hstore_each", start_set<Part::both>},
};

}  // namespace

std::span<const functions::ScalarFunction> hstore_functions() { return kHstoreFunctions; }
std::span<const SetFunction> hstore_set_functions() { return kSetFunctions; }

}  // namespace extensions
