// Settings of the server: --set, DIR/sextant.conf, what ALTER SYSTEM wrote.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace cli {

// A setting that cannot be: the message names where it stands.
struct ConfigurationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Normalised values by lower-case name; only what was set.
using Configuration = std::unordered_map<std::string, std::string>;

// `file` may be missing. Later wins: file, then `assignments` ("NAME=VALUE").
Configuration read_configuration(const std::filesystem::path& file,
                                 const std::vector<std::string>& assignments);

}  // namespace cli
