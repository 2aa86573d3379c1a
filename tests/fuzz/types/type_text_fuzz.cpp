// Text input of every type: no crash; what is accepted is written so that it reads back as an
// equal value, with an equal key and hash.
#include "fuzz_types.h"
#include "types/sql_error.h"

using namespace types;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const TypeSupport& type = fuzz::pick(data[0]);
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  fuzz::Context context;
  Datum value;
  try {
    value = type.input(context.ctx, text, -1);
  } catch (const SqlError&) {
    return 0;
  }
  fuzz::check_round_trip(context, type, value);
  return 0;
}
