// sextant clone, reset and backtrack: a database's history from the command line.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

constexpr const char* kMomentHelp =
    "A moment: a timestamp ('2026-02-06 10:15+00'), an LSN (0/16B3748), or how long ago ('5 minutes ago')";

const char* null_if_empty(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

struct CloneOptions : ConnectOptions {
  std::string source, name, at, ttl;
  int count = 1;
};

// Tells about once a second on standard error, so that what is made can be read from standard output.
class CountProgress {
 public:
  explicit CountProgress(std::size_t total) : total_(total) {}

  void advance() {
    ++done_;
    const auto now = Clock::now();
    if (now < next_ || done_ == total_) return;
    next_ = now + kTold;
    const double rate = static_cast<double>(done_) / std::chrono::duration<double>(now - began_).count();
    fmt::print(stderr, "{:.0f} % of {} clones, {:.0f} clones/s, {:.0f} s left\n",
               100 * static_cast<double>(done_) / static_cast<double>(total_), total_, rate,
               static_cast<double>(total_ - done_) / rate);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kTold{1};

  const std::size_t total_;
  std::size_t done_ = 0;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point next_ = began_ + kTold;
};

void run_clone(const CloneOptions& options) {
  Client client(options, "clone");
  std::vector<std::string> names;
  if (options.count == 1) names.push_back(options.name);
  else
    for (int i = 1; i <= options.count; ++i) names.push_back(fmt::format("{}_{}", options.name, i));
  std::string made = options.json ? "[" : "";
  CountProgress progress(names.size());
  for (const auto& name : names) {
    auto rows = client.query("SELECT sextant.clone($1, $2, $3, $4)",
                             {options.source.c_str(), name.c_str(), null_if_empty(options.at),
                              null_if_empty(options.ttl)});
    if (options.json)
      made += fmt::format("{}\n  {{\"name\": \"{}\", \"oid\": {}}}", made.size() > 1 ? "," : "", name, rows.text(0, 0));
    else
      fmt::print("{}\n", name);
    progress.advance();
  }
  if (options.json) fmt::print("{}\n]\n", made);
}

struct BacktrackOptions : ConnectOptions {
  std::string name, to;
  bool dry_run = false;
};

void run_backtrack(const BacktrackOptions& options) {
  Client client(options, "backtrack");
  if (options.dry_run) {
    auto rows = client.query(
        options.json ? "SELECT sextant.preview_backtrack($1, $2)"
                     : "SELECT p->>'to', p->>'lsn', p->>'commits', p->>'last_commit', "
                       "pg_size_pretty((p->>'log_bytes')::bigint) "
                       "FROM sextant.preview_backtrack($1, $2) AS p",
        {options.name.c_str(), options.to.c_str()});
    if (options.json)
      fmt::print("{}\n", rows.text(0, 0));
    else
      fmt::print("{} would go back to {} (LSN {}).\n{} commits would be undone{}, {} of log.\n"
                 "Nothing was changed; leave --dry-run out to do it.\n",
                 options.name, rows.text(0, 0), rows.text(0, 1), rows.text(0, 2),
                 rows.is_null(0, 3) ? "" : fmt::format(", the last one of {}", rows.text(0, 3)),
                 rows.text(0, 4));
    return;
  }
  auto rows = client.query("SELECT sextant.backtrack($1, $2)", {options.name.c_str(), options.to.c_str()});
  if (options.json)
    fmt::print("{{\"name\": \"{}\", \"to\": \"{}\"}}\n", options.name, rows.text(0, 0));
  else
    fmt::print("{} is as it was at {}.\nTo go forward again: sextant backtrack {} --to TIME\n",
               options.name, rows.text(0, 0), options.name);
}

}  // namespace

void add_clone(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CloneOptions>();
  auto* command = app.add_subcommand("clone", "Make a copy-on-write clone of a database, now or in the past");
  command->add_option("SOURCE", options->source, "The database to clone; others may be connected to it")->required();
  command->add_option("NAME", options->name, "The new database")->required();
  command->add_option("--at", options->at, kMomentHelp)->type_name("TIME|LSN");
  command->add_option("--count", options->count, "Make N clones, NAME_1 to NAME_N")
      ->type_name("N")->check(CLI::Range(1, 100'000))->capture_default_str();
  command->add_option("--ttl", options->ttl,
                      "The clone drops itself after this interval ('1 hour'), or after its 'last session'")
      ->type_name("INTERVAL");
  add_connect_options(*command, *options);
  add_json_option(*command, *options);
  command->callback([options, &exit_code] { exit_code = run_client([&] { run_clone(*options); }); });
}

void add_reset(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BacktrackOptions>();
  auto* command = app.add_subcommand("reset", "Take a clone back to what it was when it was made");
  command->add_option("DATABASE", options->name, "The clone; its sessions are ended")->required();
  add_connect_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_client([&] {
      Client(*options, "reset").query("SELECT sextant.reset($1)", {options->name.c_str()});
    });
  });
}

void add_backtrack(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BacktrackOptions>();
  auto* command = app.add_subcommand("backtrack", "Take a database back to a moment, in place; or forward again");
  command->add_option("DATABASE", options->name, "The database; its sessions are ended")->required();
  command->add_option("--to", options->to, kMomentHelp)->type_name("TIME|LSN")->required();
  command->add_flag("--dry-run", options->dry_run, "Show what would be undone, change nothing");
  add_connect_options(*command, *options);
  add_json_option(*command, *options);
  command->callback([options, &exit_code] { exit_code = run_client([&] { run_backtrack(*options); }); });
}

}  // namespace cli
