// Where dictionaries' files of words come from.
#pragma once

#include <string>

namespace text_search {

// A folder that is looked into before the files that are part of the program; empty: none. Once, before
// any dictionary is made. Files are read when a dictionary is made; they must be UTF-8.
void set_word_directory(std::string directory);

}  // namespace text_search
