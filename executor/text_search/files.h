// PostgreSQL's tsearch_data files, which are part of the program, and those of the word directory:
// for dictionaries alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace text_search {

// The file `name`.`extension`; nothing when there is none. The bytes live as long as the program. SqlError 22023 for
// what is no name of a file in the folder.
std::optional<std::string_view> find_file(std::string_view name, std::string_view extension);
// The same with PostgreSQL's errors: F0000 `could not open stop-word file "...": ...`; `kind` is
// "stop-word", "synonym", ...
std::string_view open_file(std::string_view name, std::string_view extension, std::string_view kind);

// Takes the next line off `rest`, its end left out; false at the end.
bool next_line(std::string_view& rest, std::string_view& line);

// Words that say nothing; case-folded. Shared by all dictionaries of that list.
using StopWords = std::unordered_set<std::string_view>;
std::shared_ptr<const StopWords> stop_words(std::string_view name);


}  // namespace text_search
