// What the keys of an inverted index are made of.
#pragma once

#include <cstdint>

namespace inverted {

// Of one index column; `none`: the index has its values themselves as keys.
enum class Source : std::uint8_t {
  none,
  array,       // array_ops: the elements
  jsonb,       // jsonb_ops: object keys, and values without what leads to them
  jsonb_path,  // jsonb_path_ops: a hash of each value and the object keys that lead to it
  tsvector,    // tsvector_ops: the lexemes
  trigrams,    // gin_trgm_ops, gist_trgm_ops of pg_trgm: a text's trigrams
  hstore,      // gin_hstore_ops, gist_hstore_ops of hstore: keys, and values
};

}  // namespace inverted
