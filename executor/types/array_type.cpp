// The array types of built-in types, int2vector and oidvector.
#include <array>
#include <vector>

#include <fmt/format.h>

#include "bound_support.h"
#include "type_table.h"
#include "types/array.h"
#include "types/integer.h"
#include "types/wire.h"

namespace types {
namespace {

struct Pair {
  Oid array, element;
  std::string_view name;
};

constexpr Pair kPairs[] = {
    {143, 142, "_xml"},           {199, 114, "_json"},         {271, 5069, "_xid8"},
    {629, 628, "_line"},          {651, 650, "_cidr"},         {719, 718, "_circle"},
    {775, 774, "_macaddr8"},      {791, 790, "_money"},        {1000, 16, "_bool"},
    {1001, 17, "_bytea"},         {1002, 18, "_char"},         {1003, 19, "_name"},
    {1005, 21, "_int2"},          {1006, 22, "_int2vector"},   {1007, 23, "_int4"},
    {1008, 24, "_regproc"},       {1009, 25, "_text"},         {1010, 27, "_tid"},
    {1011, 28, "_xid"},           {1012, 29, "_cid"},          {1013, 30, "_oidvector"},
    {1014, 1042, "_bpchar"},      {1015, 1043, "_varchar"},    {1016, 20, "_int8"},
    {1017, 600, "_point"},        {1018, 601, "_lseg"},        {1019, 602, "_path"},
    {1020, 603, "_box"},          {1021, 700, "_float4"},      {1022, 701, "_float8"},
    {1027, 604, "_polygon"},      {1028, 26, "_oid"},          {1034, 1033, "_aclitem"},
    {1040, 829, "_macaddr"},      {1041, 869, "_inet"},        {1115, 1114, "_timestamp"},
    {1182, 1082, "_date"},        {1183, 1083, "_time"},       {1185, 1184, "_timestamptz"},
    {1187, 1186, "_interval"},    {1231, 1700, "_numeric"},    {1263, 2275, "_cstring"},
    {1270, 1266, "_timetz"},      {1561, 1560, "_bit"},        {1563, 1562, "_varbit"},
    {2201, 1790, "_refcursor"},   {2207, 2202, "_regprocedure"}, {2208, 2203, "_regoper"},
    {2209, 2204, "_regoperator"}, {2210, 2205, "_regclass"},   {2211, 2206, "_regtype"},
    {2951, 2950, "_uuid"},        {3221, 3220, "_pg_lsn"},     {3643, 3614, "_tsvector"},
    {3645, 3615, "_tsquery"},     {3735, 3734, "_regconfig"},  {3770, 3769, "_regdictionary"},
    {3807, 3802, "_jsonb"},       {3905, 3904, "_int4range"},  {3907, 3906, "_numrange"},
    {3909, 3908, "_tsrange"},     {3911, 3910, "_tstzrange"},  {3913, 3912, "_daterange"},
    {3927, 3926, "_int8range"},   {4073, 4072, "_jsonpath"},   {4090, 4089, "_regnamespace"},
    {6150, 4451, "_int4multirange"}, {6151, 4532, "_nummultirange"}, {6152, 4533, "_tsmultirange"},
    {6153, 4534, "_tstzmultirange"}, {6155, 4535, "_datemultirange"}, {6157, 4536, "_int8multirange"},
    {4097, 4096, "_regrole"},     {4192, 4191, "_regcollation"},
};

template <std::size_t I>
struct Element {
  static constexpr Oid kOid = kPairs[I].element;

  static Datum input(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
    return array_in(ctx, type_support(kOid), text, typmod);
  }
  static void output(EvalContext& ctx, const Datum& d, std::string& out) {
    array_out(ctx, type_support(kOid), d, out);
  }
  static Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
    return array_receive(ctx, type_support(kOid), bytes, typmod);
  }
  static void send(EvalContext& ctx, const Datum& d, std::string& out) {
    array_send(ctx, type_support(kOid), d, out);
  }
  static int compare(const Datum& a, const Datum& b) {
    return compare_arrays(type_support(kOid), a, b);
  }
  static std::uint64_t hash(const Datum& d) { return hash_array(type_support(kOid), d); }
  static void key(const Datum& d, std::string& out) {
    encode_array_key(type_support(kOid), d, out);
  }
};

// int2vector and oidvector: arrays with lower bound 0, written as numbers with spaces between.
template <typename T>
Datum vector_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  ArrayBuilder builder(sizeof(T) == 2 ? oid::int2 : oid::oid_);
  std::size_t i = 0;
  for (;;) {
    while (i < text.size() && is_space(text[i])) ++i;
    if (i >= text.size()) break;
    std::size_t end = i;
    while (end < text.size() && !is_space(text[end])) ++end;
    auto number = text.substr(i, end - i);
    if constexpr (sizeof(T) == 2)
      builder.add(Datum::of(parse_int16(number)));
    else
      builder.add(Datum::of(parse_oid(number)));
    i = end;
  }
  const std::int32_t length[] = {static_cast<std::int32_t>(builder.size())};
  const std::int32_t bound[] = {0};
  return builder.finish(*ctx.arena, length, bound);
}

template <typename T>
void vector_out(EvalContext&, const Datum& d, std::string& out) {
  ArrayView array(d);
  bool first = true;
  for (ArrayView::Cursor c(array); c.next();) {
    if (!first) out += ' ';
    first = false;
    append_integer(out, c.value().as<T>());
  }
}

template <Oid Type>
int vector_compare(const Datum& a, const Datum& b) {
  ArrayView x(a), y(b);
  // oidvectors of different length compare by length first.
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  return compare_arrays(type_support(Type), a, b);
}

template <typename T, Oid Type>
constexpr TypeSupport number_vector(Oid oid, std::string_view name) {
  return {.oid = oid,
          .name = name,
          .physical = PhysicalType::varlen,
          .input = vector_in<T>,
          .output = vector_out<T>,
          .receive =
              [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
                Datum value = array_receive(ctx, type_support(Type), bytes, typmod);
                ArrayView array(value);
                if (array.dimensions() > 1 || array.has_nulls() ||
                    (array.dimensions() == 1 && array.lower_bound(0) != 0))
                  throw SqlError("22P03", sizeof(T) == 2 ? "invalid int2vector data"
                                                         : "invalid oidvector data");
                return value;
              },
          .send = [](EvalContext& ctx, const Datum& d,
                     std::string& out) { array_send(ctx, type_support(Type), d, out); },
          .compare = vector_compare<Type>,
          .hash = [](const Datum& d) { return hash_array(type_support(Type), d); },
          .encode_key =
              [](const Datum& d, std::string& out) {
                append_key_u32(out, ArrayView(d).size());
                encode_array_key(type_support(Type), d, out);
              }};
}

template <std::size_t I>
constexpr TypeSupport built_in_array() {
  using E = Element<I>;
  return {.oid = kPairs[I].array,
          .name = kPairs[I].name,
          .physical = PhysicalType::varlen,
          .input = E::input,
          .output = E::output,
          .receive = E::receive,
          .send = E::send,
          .compare = E::compare,
          .hash = E::hash,
          .encode_key = E::key};
}

// An array of whatever type it says itself: in the catalogue (pg_attribute.attmissingval, pg_stats).
constexpr TypeSupport any_array() {
  return {.oid = oid::anyarray,
          .name = "anyarray",
          .physical = PhysicalType::varlen,
          .input = [](EvalContext&, std::string_view, std::int32_t) -> Datum {
            throw SqlError("0A000", "cannot accept a value of type anyarray");
          },
          .output = [](EvalContext& ctx, const Datum& d, std::string& out) {
            array_out(ctx, type_support(ctx, ArrayView(d).element_type()), d, out);
          },
          .receive = [](EvalContext&, std::span<const std::byte>, std::int32_t) -> Datum {
            throw SqlError("0A000", "cannot accept a value of type anyarray");
          },
          .send = [](EvalContext& ctx, const Datum& d, std::string& out) {
            array_send(ctx, type_support(ctx, ArrayView(d).element_type()), d, out);
          },
          .compare = nullptr,
          .hash = nullptr,
          .encode_key = nullptr};
}

template <std::size_t... I>
constexpr auto make_table(std::index_sequence<I...>) {
  return std::array<TypeSupport, sizeof...(I) + 3>{
      built_in_array<I>()..., number_vector<std::int16_t, oid::int2>(oid::int2vector, "int2vector"),
      number_vector<std::uint32_t, oid::oid_>(oid::oidvector, "oidvector"), any_array()};
}

constexpr auto kArrayTypes = make_table(std::make_index_sequence<std::size(kPairs)>{});

}  // namespace

std::span<const TypeSupport> array_types() { return kArrayTypes; }

TypeSupport array_support(const UserType& type) {
  TypeSupport support{
      .oid = type.oid(),
      .name = type.name(),
      .physical = PhysicalType::varlen,
      .input = {type, [](const UserType& t, EvalContext& ctx, std::string_view text, std::int32_t typmod) {
                  return array_in(ctx, t.element(), text, typmod);
                }},
      .output = {type, [](const UserType& t, EvalContext& ctx, const Datum& d,
                          std::string& out) { array_out(ctx, t.element(), d, out); }},
      .receive = {type, [](const UserType& t, EvalContext& ctx, std::span<const std::byte> bytes,
                           std::int32_t typmod) { return array_receive(ctx, t.element(), bytes, typmod); }},
      .send = {type, [](const UserType& t, EvalContext& ctx, const Datum& d,
                        std::string& out) { array_send(ctx, t.element(), d, out); }},
      .compare = nullptr,
      .hash = nullptr,
      .encode_key = nullptr};
  if (type.element().compare != nullptr)
    support.compare = {type, [](const UserType& t, const Datum& a, const Datum& b) {
                         return compare_arrays(t.element(), a, b);
                       }};
  if (type.element().hash != nullptr)
    support.hash = {type, [](const UserType& t, const Datum& d) { return hash_array(t.element(), d); }};
  if (type.element().encode_key != nullptr)
    support.encode_key = {type, [](const UserType& t, const Datum& d,
                                   std::string& out) { encode_array_key(t.element(), d, out); }};
  return support;
}

Oid array_type_of(Oid element) {
  for (const auto& pair : kPairs)
    if (pair.element == element) return pair.array;
  return kInvalidOid;
}

Oid element_type_of(Oid array) {
  // Asked for every value that is shown as JSON.
  static const std::vector<Oid> elements = [] {
    std::vector<Oid> by_array;
    const auto put = [&](Oid of, Oid element) {
      if (by_array.size() <= of) by_array.resize(of + 1, kInvalidOid);
      if (by_array[of] == kInvalidOid) by_array[of] = element;
    };
    put(oid::int2vector, oid::int2);
    put(oid::oidvector, oid::oid_);
    for (const auto& pair : kPairs) put(pair.array, pair.element);
    return by_array;
  }();
  return array < elements.size() ? elements[array] : kInvalidOid;
}

}  // namespace types
