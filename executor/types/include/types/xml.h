// Values of type xml: their text, as it came in.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types/eval_context.h"
#include "types/sql_error.h"
#include "xml/failure.h"
#include "xml/parse.h"

namespace types {

// To the client of the session that runs: WARNING.
void tell_xml_warnings(const std::vector<std::string>& warnings) noexcept;

// What `function` returns; what it refuses as the user's error.
template <typename F>
decltype(auto) with_xml_errors(F&& function) {
  struct Warnings {
    ~Warnings() {
      if (const auto warnings = xml::take_warnings(); !warnings.empty()) tell_xml_warnings(warnings);
    }
  } warnings;
  try {
    return std::forward<F>(function)();
  } catch (const xml::Failure& failure) {
    SqlError error(failure.sqlstate(), failure.message());
    if (failure.detail().empty()) throw error;
    throw std::move(error).with_detail(failure.detail());
  }
}

// The setting xmloption: what text must be that becomes xml without saying. Without a session: content.
xml::Option xml_option(EvalContext& ctx);
// The setting xmlbinary.
bool xml_binary_is_hexadecimal(EvalContext& ctx);

}  // namespace types
