// SQL/XML's expressions (XMLELEMENT(..), XMLTABLE(..), x IS DOCUMENT, ...): calls, in the form sql_syntax, of functions that
// nobody else calls. Names, options and types stand among the arguments as constants; what each takes is said by
// functions/xml.cpp and functions/xml_table.h. pg_proc.oid, schema sextant.
#pragma once

#include <cstdint>

#include "types/oid.h"

namespace query {

inline constexpr types::Oid kXmlElement = 9050, kXmlForest = 9051, kXmlConcat = 9052, kXmlParse = 9053, kXmlPi = 9054,
                            kXmlRoot = 9055, kXmlSerialize = 9056, kXmlIsDocument = 9057, kXmlTable = 9058;

enum XmlColumnFlag : std::int32_t {
  kXmlOrdinality = 1, kXmlNotNull = 2, kXmlHasPath = 4, kXmlHasDefault = 8,
  kXmlIsNumber = 16  // of a numeric type
};

}  // namespace query
