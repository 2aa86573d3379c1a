// void, tid, pg_lsn, uuid, pg_snapshot.
#include <cstring>

#include <fmt/format.h>

#include "type_table.h"
#include "types/integer.h"
#include "types/snapshot.h"
#include "types/sql_error.h"
#include "types/wire.h"

namespace types {
namespace {

// tid: block in the high bits, offset in the low 16.
Datum tid_in(EvalContext&, std::string_view text, std::int32_t) {
  std::string_view body = text;
  auto comma = body.find(',');
  if (body.size() < 5 || body.front() != '(' || body.back() != ')' || comma == body.npos)
    throw_invalid_syntax("tid", text);
  // As strtoul() reads: a block may be written as the negative number of its 32 bits.
  auto number = [&](std::string_view digits, std::uint64_t limit) {
    std::uint64_t value = 0;
    while (!digits.empty() && (digits.front() == ' ' || digits.front() == '\t')) digits.remove_prefix(1);
    const bool negative = !digits.empty() && digits.front() == '-';
    if (negative || (!digits.empty() && digits.front() == '+')) digits.remove_prefix(1);
    if (digits.empty() || digits.size() > 10) throw_invalid_syntax("tid", text);
    for (char c : digits) {
      if (!is_digit(c)) throw_invalid_syntax("tid", text);
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (negative && value != 0) {
      if (limit <= 0xffff || value > 0x80000000) throw_invalid_syntax("tid", text);
      value = 0x1'0000'0000 - value;
    }
    if (value > limit) throw_invalid_syntax("tid", text);
    return value;
  };
  auto block = number(body.substr(1, comma - 1), 0xffffffff);
  auto offset = number(body.substr(comma + 1, body.size() - comma - 2), 0xffff);
  return Datum::of(static_cast<std::int64_t>(block << 16 | offset));
}

Datum lsn_in(EvalContext&, std::string_view text, std::int32_t) {
  auto slash = text.find('/');
  auto part = [&](std::string_view digits) {
    if (digits.empty() || digits.size() > 8) throw_invalid_syntax("pg_lsn", text);
    std::uint64_t value = 0;
    for (char c : digits) {
      c = lower_ascii(c);
      if (!is_digit(c) && !(c >= 'a' && c <= 'f')) throw_invalid_syntax("pg_lsn", text);
      value = value * 16 + static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return value;
  };
  if (slash == text.npos) throw_invalid_syntax("pg_lsn", text);
  return Datum::of(static_cast<std::int64_t>(part(text.substr(0, slash)) << 32 |
                                             part(text.substr(slash + 1))));
}

template <typename T>
Datum receive_number(EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  auto value = reader.read<T>();
  reader.finish();
  return Datum::of(value);
}

int compare_unsigned(const Datum& a, const Datum& b) {
  auto x = a.as<std::uint64_t>(), y = b.as<std::uint64_t>();
  return x < y ? -1 : int{x > y};
}

Datum uuid_in(EvalContext&, std::string_view text, std::int32_t) {
  std::string_view body = text;
  if (!body.empty() && body.front() == '{') {
    if (body.back() != '}') throw_invalid_syntax("uuid", text);
    body = body.substr(1, body.size() - 2);
  }
  Uuid uuid;
  std::size_t at = 0;
  auto digit = [&]() -> int {
    char c = at < body.size() ? lower_ascii(body[at++]) : '\0';
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw_invalid_syntax("uuid", text);
  };
  // A hyphen may stand after every four digits.
  for (int i = 0; i < 16; ++i) {
    int high = digit();
    uuid.bytes[i] = static_cast<std::uint8_t>(high << 4 | digit());
    if (i % 2 == 1 && i < 15 && at < body.size() && body[at] == '-') ++at;
  }
  if (at != body.size()) throw_invalid_syntax("uuid", text);
  return Datum::of(uuid);
}

void uuid_out(EvalContext&, const Datum& d, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  auto uuid = d.as<Uuid>();
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[uuid.bytes[i] >> 4];
    out += kDigits[uuid.bytes[i] & 15];
  }
}

std::string_view uuid_bytes(const Datum& d) {
  return {reinterpret_cast<const char*>(d.fixed16.bytes), 16};
}

Datum snapshot_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(ctx.arena->copy(snapshot_text(read_snapshot(text))));
}

void snapshot_out(EvalContext&, const Datum& d, std::string& out) { out += d.as<std::string_view>(); }

Datum snapshot_receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  const auto count = reader.read<std::uint32_t>();
  Snapshot snapshot;
  snapshot.xmin = reader.read<std::uint64_t>();
  snapshot.xmax = reader.read<std::uint64_t>();
  const auto refuse = [] { throw SqlError("22P03", "invalid external pg_snapshot data"); };
  if (count > bytes.size()) refuse();
  for (std::uint32_t i = 0; i < count; ++i) snapshot.running.push_back(reader.read<std::uint64_t>());
  reader.finish();
  const std::string text = snapshot_text(snapshot);
  try {
    return snapshot_in(ctx, text, -1);  // in order, and between the bounds
  } catch (const SqlError&) {
    refuse();
    throw;
  }
}

void snapshot_send(EvalContext&, const Datum& d, std::string& out) {
  const Snapshot snapshot = read_snapshot(d.as<std::string_view>());
  append_wire(out, static_cast<std::uint32_t>(snapshot.running.size()));
  append_wire(out, snapshot.xmin);
  append_wire(out, snapshot.xmax);
  for (const std::uint64_t xid : snapshot.running) append_wire(out, xid);
}

// Under its old name, too.
constexpr TypeSupport snapshot_type(Oid type, const char* name) {
  return {.oid = type,
          .name = name,
          .physical = PhysicalType::varlen,
          .input = snapshot_in,
          .output = snapshot_out,
          .receive = snapshot_receive,
          .send = snapshot_send,
          .compare = nullptr,
          .hash = nullptr,
          .encode_key = nullptr};
}
constexpr Oid kPgSnapshot = 5038, kTxidSnapshot = 2970;

// Types that values are handed about in, but never written or read: what triggers return, and a command as an event
// trigger's function is shown it.
template <Oid Type>
constexpr std::string_view kNameOf = Type == oid::trigger ? "trigger" : Type == 3838 ? "event_trigger" : "pg_ddl_command";
template <Oid Type>
[[noreturn]] void refuse_value(const char* what) {
  throw SqlError("0A000", fmt::format("cannot {} a value of type {}", what, kNameOf<Type>));
}
template <Oid Type>
constexpr TypeSupport opaque_type() {
  return {.oid = Type,
          .name = kNameOf<Type>,
          .physical = PhysicalType::int64,
          .input = [](EvalContext&, std::string_view, std::int32_t) -> Datum { refuse_value<Type>("accept"); },
          .output = [](EvalContext&, const Datum&, std::string&) { refuse_value<Type>("display"); },
          .receive = [](EvalContext&, std::span<const std::byte>, std::int32_t) -> Datum { refuse_value<Type>("accept"); },
          .send = [](EvalContext&, const Datum&, std::string&) { refuse_value<Type>("display"); },
          .compare = nullptr,
          .hash = nullptr,
          .encode_key = nullptr};
}

constexpr TypeSupport kMiscTypes[] = {
    opaque_type<oid::trigger>(),
    opaque_type<3838>(),
    opaque_type<32>(),
    snapshot_type(kPgSnapshot, "pg_snapshot"),
    snapshot_type(kTxidSnapshot, "txid_snapshot"),
    {.oid = oid::void_,
     .name = "void",
     .physical = PhysicalType::boolean,
     .input = [](EvalContext&, std::string_view, std::int32_t) { return Datum::of(false); },
     .output = [](EvalContext&, const Datum&, std::string&) {},
     .receive = [](EvalContext&, std::span<const std::byte>,
                   std::int32_t) { return Datum::of(false); },
     .send = [](EvalContext&, const Datum&, std::string&) {},
     .compare = nullptr,
     .hash = nullptr,
     .encode_key = nullptr},
    {.oid = oid::tid,
     .name = "tid",
     .physical = PhysicalType::int64,
     .input = tid_in,
     .output =
         [](EvalContext&, const Datum& d, std::string& out) {
           out += fmt::format("({},{})", d.as<std::uint64_t>() >> 16, d.int64 & 0xffff);
         },
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           std::uint64_t block = reader.read<std::uint32_t>();
           std::uint64_t offset = reader.read<std::uint16_t>();
           reader.finish();
           return Datum::of(block << 16 | offset);
         },
     .send =
         [](EvalContext&, const Datum& d, std::string& out) {
           append_wire(out, static_cast<std::uint32_t>(d.as<std::uint64_t>() >> 16));
           append_wire(out, static_cast<std::uint16_t>(d.int64));
         },
     .compare = compare_unsigned,
     .hash = [](const Datum& d) { return hash_u64(d.as<std::uint64_t>()); },
     .encode_key = [](const Datum& d,
                      std::string& out) { append_key_u64(out, d.as<std::uint64_t>()); }},
    {.oid = oid::pg_lsn,
     .name = "pg_lsn",
     .physical = PhysicalType::int64,
     .input = lsn_in,
     .output =
         [](EvalContext&, const Datum& d, std::string& out) {
           out += fmt::format("{:X}/{:X}", d.as<std::uint64_t>() >> 32,
                              d.as<std::uint64_t>() & 0xffffffff);
         },
     .receive = receive_number<std::uint64_t>,
     .send = [](EvalContext&, const Datum& d,
                std::string& out) { append_wire(out, d.as<std::uint64_t>()); },
     .compare = compare_unsigned,
     .hash = [](const Datum& d) { return hash_u64(d.as<std::uint64_t>()); },
     .encode_key = [](const Datum& d,
                      std::string& out) { append_key_u64(out, d.as<std::uint64_t>()); }},
    {.oid = oid::uuid,
     .name = "uuid",
     .physical = PhysicalType::fixed16,
     .input = uuid_in,
     .output = uuid_out,
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           Uuid uuid;
           std::memcpy(uuid.bytes, reader.read_bytes(16).data(), 16);
           reader.finish();
           return Datum::of(uuid);
         },
     .send = [](EvalContext&, const Datum& d, std::string& out) { out.append(uuid_bytes(d)); },
     .compare =
         [](const Datum& a, const Datum& b) {
           return std::memcmp(a.fixed16.bytes, b.fixed16.bytes, 16);
         },
     .hash = [](const Datum& d) { return hash_bytes(uuid_bytes(d)); },
     .encode_key = [](const Datum& d, std::string& out) { out.append(uuid_bytes(d)); }},
};

}  // namespace

std::span<const TypeSupport> misc_types() { return kMiscTypes; }

}  // namespace types
