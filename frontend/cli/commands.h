// The subcommands of `sextant`.
#pragma once

#include <CLI/App.hpp>

namespace cli {

// Exit codes of every subcommand.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;  // the world said no: port busy, directory in use, ...
inline constexpr int kUsage = 2;    // the command line is wrong

// Each adds its subcommand; running it sets `exit_code`.
void add_start(CLI::App& app, int& exit_code);
void add_pagestore(CLI::App& app, int& exit_code);
void add_writer(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_nodes(CLI::App& app, int& exit_code);
void add_clone(CLI::App& app, int& exit_code);
void add_reset(CLI::App& app, int& exit_code);
void add_backtrack(CLI::App& app, int& exit_code);
void add_snapshot(CLI::App& app, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);
void add_timelines(CLI::App& app, int& exit_code);

}  // namespace cli
