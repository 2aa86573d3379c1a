// SQL/XML's expressions (XMLELEMENT(..), XMLTABLE(..), x IS DOCUMENT, ...): calls, in the form sql_syntax, of functions that
// nobody else calls. Names, options and types stand among the arguments as constants; what each takes is said by
// functions/xml.cpp, functions/xml_table.h and xml/table_column.h. pg_proc.oid, schema sextant.
#pragma once

#include "types/oid.h"

namespace query {

inline constexpr types::Oid kXmlElement = 9050, kXmlForest = 9051, kXmlConcat = 9052, kXmlParse = 9053, kXmlPi = 9054,
                            kXmlRoot = 9055, kXmlSerialize = 9056, kXmlIsDocument = 9057, kXmlTable = 9058;

}  // namespace query
