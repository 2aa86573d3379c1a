// Headlines: the part of a document that answers a query best, its words marked.
#pragma once

#include <string>
#include <string_view>

#include "text_search/configuration.h"
#include "types/text_search.h"

namespace text_search {

struct HeadlineOptions {
  int min_words = 15, max_words = 35, short_word = 3, max_fragments = 0;
  bool highlight_all = false;
  std::string start = "<b>", stop = "</b>", delimiter = " ... ";
};
// "MaxWords=10, StartSel='<i>'"; 22023, 22P02.
HeadlineOptions parse_headline_options(std::string_view text);

std::string make_headline(const Configuration& configuration, types::Arena& arena, std::string_view text,
                          const types::TsQueryNode* query, const HeadlineOptions& options, Remarks& remarks);

}  // namespace text_search
