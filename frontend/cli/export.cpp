// sextant export, restore: databases to and from object stores.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <memory>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

struct TransferOptions : ConnectOptions {
  std::string name, url, moment, key_file;
};

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

constexpr const char* kUrlHelp =
    "A directory of the server's host, or s3://BUCKET/PREFIX (AWS_* in the server's environment)";
constexpr const char* kKeyHelp = "AES-256-GCM: a file on the server's host with 32 bytes or 64 hex digits";

}  // namespace

void add_export(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TransferOptions>();
  auto* command = app.add_subcommand("export", "Put a database, and its log, into an object store");
  command->add_option("DATABASE", options->name, "The database")->required();
  command->add_option("--to", options->url, kUrlHelp)->type_name("URL")->required();
  command->add_option("--since", options->moment,
                      "The earliest moment that can be restored: a snapshot, timestamp or LSN; now when left out")
      ->type_name("SNAPSHOT|TIME|LSN");
  command->add_option("--key-file", options->key_file, kKeyHelp)->type_name("FILE");
  add_connect_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_client([&] {
      const auto& o = *options;
      auto rows = Client(o, "export").query("SELECT sextant.export($1, $2, $3, $4)",
                                            {o.name.c_str(), o.url.c_str(), or_null(o.moment), or_null(o.key_file)});
      fmt::print("{}\n", rows.text(0, 0));
    });
  });
}

void add_restore(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TransferOptions>();
  auto* command = app.add_subcommand("restore", "Make a database from an export, as of any commit in it");
  command->add_option("DATABASE", options->name, "The new database")->required();
  command->add_option("--from", options->url, kUrlHelp)->type_name("URL")->required();
  command->add_option("--at", options->moment, "A moment: timestamp or LSN; the last commit when left out")
      ->type_name("TIME|LSN");
  command->add_option("--key-file", options->key_file, kKeyHelp)->type_name("FILE");
  add_connect_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_client([&] {
      const auto& o = *options;
      Client(o, "restore").query("SELECT sextant.restore($1, $2, $3, $4)",
                                 {o.url.c_str(), o.name.c_str(), or_null(o.moment), or_null(o.key_file)});
      fmt::print("{}\n", o.name);
    });
  });
}

}  // namespace cli
