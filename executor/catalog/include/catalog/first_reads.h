// What a database that was just opened is going to be asked.
#pragma once

namespace catalog {

class Catalog;

// Reads, with one wait for all, the pages from which the first session finds roles, names, relations and
// functions: the roots of those trees. A hint. Parks.
void read_first(const Catalog& catalog);

}  // namespace catalog
