#include "files.h"

#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>

#include "text_search/word_files.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

// Every file behind a line "@name"; no line of theirs begins so.
extern "C" {
extern const char sextant_tsearch_begin[];
extern const char sextant_tsearch_end[];
}

namespace text_search {
namespace {

std::unordered_map<std::string_view, std::string_view> read_files() {
  std::string_view rest(sextant_tsearch_begin, static_cast<std::size_t>(sextant_tsearch_end - sextant_tsearch_begin));
  std::unordered_map<std::string_view, std::string_view> files;
  while (!rest.empty()) {
    std::string_view name;
    next_line(rest, name);
    const std::size_t end = rest.find("\n@");
    files.emplace(name.substr(1), rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return files;
}

std::string& word_directory() {
  static std::string directory;
  return directory;
}

// What a file of the folder holds. Each content that it ever had is kept, since dictionaries borrow it.
std::optional<std::string_view> read_from_directory(const std::string& file) {
  if (word_directory().empty()) return std::nullopt;
  std::ifstream stream(word_directory() + "/" + file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream read;
  read << stream.rdbuf();
  std::string text = std::move(read).str();
  types::check_utf8(text);
  static std::mutex mutex;
  static std::map<std::string, std::deque<std::string>> contents;
  const std::scoped_lock lock(mutex);
  auto& known = contents[file];
  for (const std::string& one : known)
    if (one == text) return one;
  return known.emplace_back(std::move(text));
}

}  // namespace

void set_word_directory(std::string directory) { word_directory() = std::move(directory); }

std::optional<std::string_view> find_file(std::string_view name, std::string_view extension) {
  // A name, and no way out of the folder.
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string_view::npos)
    throw types::SqlError("22023", fmt::format("invalid text search configuration file name \"{}\"", name));
  static const auto files = read_files();
  const std::string file = fmt::format("{}.{}", name, extension);
  if (auto own = read_from_directory(file)) return own;
  auto it = files.find(file);
  if (it == files.end()) return std::nullopt;
  return it->second;
}

std::string_view open_file(std::string_view name, std::string_view extension, std::string_view kind) {
  if (auto found = find_file(name, extension)) return *found;
  throw types::SqlError("F0000", fmt::format("could not open {} file \"{}/{}.{}\": No such file or directory", kind,
                                             word_directory().empty() ? "tsearch_data" : word_directory(), name, extension));
}

bool next_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  const std::size_t end = rest.find('\n');
  line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return true;
}

std::shared_ptr<const StopWords> stop_words(std::string_view name) {
  struct List {
    std::vector<std::unique_ptr<std::string>> folded;
    StopWords words;
  };
  static std::mutex mutex;
  static std::unordered_map<const char*, std::shared_ptr<const List>> lists;  // by the file's text
  std::string_view rest = open_file(name, "stop", "stop-word"), line;
  std::lock_guard lock(mutex);
  auto& slot = lists[rest.data()];
  if (slot == nullptr) {
    auto list = std::make_shared<List>();
    while (next_line(rest, line)) {
      const std::size_t begin = line.find_first_not_of(" \t");
      if (begin == std::string_view::npos) continue;
      line = line.substr(begin, line.find_first_of(" \t", begin) - begin);
      list->folded.push_back(std::make_unique<std::string>(types::lower_ascii(line)));
      list->words.insert(*list->folded.back());
    }
    slot = std::move(list);
  }
  return {slot, &slot->words};
}

}  // namespace text_search
