// Options that several roles have.
#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "process.h"

namespace cli {

void add_settings_option(CLI::App& command, std::vector<std::string>& settings) {
  command.add_option("-c,--set", settings,
                     "A setting by PostgreSQL's name, e.g. shared_buffers=1GB; may be repeated. "
                     "Also read from DIR/sextant.conf")
      ->type_name("NAME=VALUE")->take_all()->expected(1)->allow_extra_args(false);
}

void add_tls_options(CLI::App& command, pagestore::TlsFiles& tls) {
  command.add_option("--tls-cert", tls.certificate_file,
                     "Certificate shown to the other end, PEM; writer and nodes then speak TLS only")
      ->type_name("FILE");
  command.add_option("--tls-key", tls.private_key_file, "Its private key, PEM")->type_name("FILE");
  command.add_option("--tls-ca", tls.ca_file, "Who must have signed the other end's certificate, PEM")
      ->type_name("FILE");
}

void check_tls(const pagestore::TlsFiles& tls) {
  const bool all = !tls.certificate_file.empty() && !tls.private_key_file.empty() && !tls.ca_file.empty();
  const bool none = tls.certificate_file.empty() && tls.private_key_file.empty() && tls.ca_file.empty();
  if (!all && !none)
    throw CLI::ValidationError("--tls-cert, --tls-key and --tls-ca go together");
}

void check_name(const std::string& option, const std::string& name) {
  constexpr std::size_t kLength = 63;
  const bool plain = std::ranges::all_of(name, [](unsigned char c) { return c > ' ' && c != ',' && c != 0x7f; });
  if (name.empty() || name.size() > kLength || !plain)
    throw CLI::ValidationError(option, fmt::format("a name has 1 to {} characters, none of them a space or "
                                                   "a comma", kLength));
}

}  // namespace cli
