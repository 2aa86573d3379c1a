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
  integers,    // gin__int_ops, gist__int_ops of intarray: the elements
  path_list,   // gist__ltree_ops of ltree: the paths
  value,       // the classes of btree_gin: the value by its type's order

  // The columns of such an index make one key together (inverted/placement.h).
  scalar,      // the classes of btree_gist: a value by its type's order
  bytes,       // text_ops of spgist: a text by its bytes
  network,     // inet_ops of gist and spgist
  path,        // gist_ltree_ops of ltree: by the labels
  range,       // range_ops of gist and spgist
  multirange,  // multirange_ops of gist: from the first bound to the last
  point,       // point_ops of gist, quad_point_ops, kd_point_ops of spgist
  box,         // box_ops; what follows has a bounding box
  polygon,     // poly_ops
  circle,      // circle_ops of gist
  cube,        // gist_cube_ops of cube: by its first two dimensions
};

constexpr bool is_placed(Source source) { return source >= Source::scalar; }
// Of those: what has an order, and so may come before what lies in space.
constexpr bool is_ordered(Source source) { return source >= Source::scalar && source <= Source::path; }

}  // namespace inverted
