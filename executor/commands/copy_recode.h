// COPY whose lines are in another character set than UTF-8.
#pragma once

#include <memory>

#include "commands/copy.h"
#include "copy_options.h"

namespace commands {

// `copy` itself, or one that converts what comes in, by COPY's ENCODING or else client_encoding. Throws 0A000
// for binary format, where what is text among the bytes is not known here.
std::unique_ptr<CopyIn> recoded(std::unique_ptr<CopyIn> copy, const CopyOptions& options, Host& host);
std::unique_ptr<CopyOut> recoded(std::unique_ptr<CopyOut> copy, const CopyOptions& options, Host& host);

}  // namespace commands
