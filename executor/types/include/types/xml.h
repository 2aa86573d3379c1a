// Values of type xml: their text, as it came in.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "types/eval_context.h"
#include "types/sql_error.h"
#include "xml/failure.h"
#include "xml/parse.h"

namespace types {

// What `function` returns; what it refuses as the user's error.
template <typename F>
decltype(auto) with_xml_errors(F&& function) {
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
