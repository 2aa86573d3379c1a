// Binary input of every type: no crash; what is accepted comes back alike through both formats.
#include "fuzz_types.h"
#include "types/sql_error.h"

using namespace types;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const TypeSupport& type = fuzz::pick(data[0]);
  fuzz::Context context;
  Datum value;
  try {
    value = type.receive(context.ctx, {reinterpret_cast<const std::byte*>(data) + 1, size - 1}, -1);
  } catch (const SqlError&) {
    return 0;
  }
  std::string wire;
  type.send(context.ctx, value, wire);
  Datum again = type.receive(context.ctx, std::as_bytes(std::span(wire)), -1);
  if (type.compare != nullptr) CHECK(type.compare(value, again) == 0);
  return 0;
}
