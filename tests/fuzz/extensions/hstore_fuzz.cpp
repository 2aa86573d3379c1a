// Text and binary input of hstore: no crash; what is accepted comes back alike through both formats.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "extensions/extension.h"
#include "types/eval_context.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "wal/check.h"

using namespace types;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const TypeSupport& type = *extensions::find_type("hstore_in");
  Arena arena;
  EvalContext context;
  context.arena = &arena;
  const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  // Text has been checked before it comes to a type.
  const std::string_view given(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (data[0] % 2 == 0 && !is_valid_utf8(given)) return 0;
  Datum value;
  try {
    value = data[0] % 2 == 0
                ? type.input(context, given, -1)
                : type.receive(context, bytes, -1);
  } catch (const SqlError&) {
    return 0;
  }
  std::string text, wire;
  type.output(context, value, text);
  type.send(context, value, wire);
  CHECK(type.compare(value, type.input(context, text, -1)) == 0);
  CHECK(type.compare(value, type.receive(context, std::as_bytes(std::span(wire)), -1)) == 0);
  return 0;
}
