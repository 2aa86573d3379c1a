// Reading the pages that several RowReaders will begin with, with one wait for each level of all
// their trees instead of one for each page: a cold catalogue costs little more than a warm one.
#pragma once

#include <vector>

#include "catalog/catalog.h"
#include "catalog/rows.h"

namespace catalog {

class ReadAhead {
 public:
  explicit ReadAhead(const Catalog& catalog) : catalog_(catalog) {}
  // As RowReader's.
  void add(Oid table, Oid index, const Key& key);
  void add_from_oid(Oid table, Oid from);
  // A hint. Parks.
  void read() const;

 private:
  struct Place {
    wal::PageNo root;
    table::KeyRange range;
  };

  const Catalog& catalog_;
  std::vector<Place> places_;
};

}  // namespace catalog
