// Object identifiers with names: regclass, regtype, regproc and kin. A number always reads back as
// itself; names are the catalogue's business.
#include "type_table.h"
#include "types/integer.h"
#include "types/session_services.h"
#include "types/wire.h"

namespace types {
namespace {

using Input = Oid (*)(EvalContext&, std::string_view);
using Output = std::string (*)(EvalContext&, Oid);

bool is_number(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text)
    if (!is_digit(c)) return false;
  return true;
}

SessionServices& session_of(EvalContext& ctx, std::string_view function) {
  if (ctx.session == nullptr)
    throw SqlError::not_supported(std::string(function) + " without a session");
  return *ctx.session;
}

std::string catalog_out(EvalContext& ctx, std::string_view function, Oid value) {
  if (ctx.session == nullptr) return value == 0 ? "-" : std::to_string(value);
  return ctx.session->catalog_text(function, {std::to_string(value)})
      .value_or(std::to_string(value));
}

Oid catalog_in(EvalContext& ctx, std::string_view function, std::string_view text) {
  auto value = session_of(ctx, function).catalog_text(function, {std::string(text)});
  return value ? parse_oid(*value) : kInvalidOid;
}

// `None` stands for nothing: "-", but for operators, of whose names that is one.
template <Input In, char None>
Datum reg_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  if (text.size() == 1 && text[0] == None) return Datum::of(kInvalidOid);
  if (is_number(text)) return Datum::of(parse_oid(text));
  return Datum::of(In(ctx, text));
}

template <Output Out, char None>
void reg_out(EvalContext& ctx, const Datum& d, std::string& out) {
  auto value = d.as<Oid>();
  if (value == kInvalidOid)
    out += None;
  else
    out += Out(ctx, value);
}

NameResolver& names_of(EvalContext& ctx, std::string_view type) {
  if (ctx.names == nullptr) throw SqlError::not_supported(std::string(type) + " without a catalogue");
  return *ctx.names;
}

template <Input In, Output Out, char None = '-'>
constexpr TypeSupport reg(Oid oid, std::string_view name) {
  return {.oid = oid,
          .name = name,
          .physical = PhysicalType::int32,
          .input = reg_in<In, None>,
          .output = reg_out<Out, None>,
          .receive =
              [](EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
                WireReader reader(bytes);
                auto value = reader.read<Oid>();
                reader.finish();
                return Datum::of(value);
              },
          .send = [](EvalContext&, const Datum& d, std::string& out) { append_wire(out, d.as<Oid>()); },
          .compare =
              [](const Datum& a, const Datum& b) {
                auto x = a.as<Oid>(), y = b.as<Oid>();
                return x < y ? -1 : int{x > y};
              },
          .hash =
              [](const Datum& d) {
                return hash_u64(static_cast<std::uint64_t>(static_cast<std::int64_t>(d.as<Oid>())));
              },
          .encode_key = [](const Datum& d, std::string& out) { append_key_u32(out, d.as<Oid>()); }};
}

Oid class_in(EvalContext& ctx, std::string_view t) { return names_of(ctx, "regclass").regclass_in(t); }
Oid type_in(EvalContext& ctx, std::string_view t) { return names_of(ctx, "regtype").regtype_in(t); }
Oid proc_in(EvalContext& ctx, std::string_view t) { return names_of(ctx, "regproc").regproc_in(t); }
std::string class_out(EvalContext& ctx, Oid v) {
  return ctx.names ? ctx.names->regclass_out(v) : std::to_string(v);
}
std::string type_out(EvalContext& ctx, Oid v) {
  return ctx.names ? ctx.names->regtype_out(v) : std::to_string(v);
}
std::string proc_out(EvalContext& ctx, Oid v) {
  return ctx.names ? ctx.names->regproc_out(v) : std::to_string(v);
}

// The rest goes through the session's catalogue functions, by the I/O functions' names.
#define SEXTANT_CATALOG_REG(type)                                                              \
  Oid type##_in(EvalContext& ctx, std::string_view t) { return catalog_in(ctx, #type "in", t); } \
  std::string type##_out(EvalContext& ctx, Oid v) { return catalog_out(ctx, #type "out", v); }
SEXTANT_CATALOG_REG(regprocedure)
SEXTANT_CATALOG_REG(regoper)
SEXTANT_CATALOG_REG(regoperator)
SEXTANT_CATALOG_REG(regnamespace)
SEXTANT_CATALOG_REG(regrole)
SEXTANT_CATALOG_REG(regcollation)
SEXTANT_CATALOG_REG(regconfig)
SEXTANT_CATALOG_REG(regdictionary)

constexpr TypeSupport kTypes[] = {
    reg<class_in, class_out>(oid::regclass, "regclass"),
    reg<type_in, type_out>(oid::regtype, "regtype"),
    reg<proc_in, proc_out>(oid::regproc, "regproc"),
    reg<regprocedure_in, regprocedure_out>(oid::regprocedure, "regprocedure"),
    reg<regoper_in, regoper_out, '0'>(oid::regoper, "regoper"),
    reg<regoperator_in, regoperator_out, '0'>(oid::regoperator, "regoperator"),
    reg<regnamespace_in, regnamespace_out>(oid::regnamespace, "regnamespace"),
    reg<regrole_in, regrole_out>(oid::regrole, "regrole"),
    reg<regcollation_in, regcollation_out>(oid::regcollation, "regcollation"),
    reg<regconfig_in, regconfig_out>(3734, "regconfig"),
    reg<regdictionary_in, regdictionary_out>(3769, "regdictionary"),
};

}  // namespace

std::span<const TypeSupport> reg_types() { return kTypes; }

}  // namespace types
