// Types that users make - enums, row types, ranges, domains as elements, arrays of them - those that
// extensions define, and those that are built of other types in the same way. One UserType describes
// one; its TypeSupport's functions are bound to it. Immutable once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "types/type_io.h"

namespace types {

// Finds types by OID where only the value tells what it is made of (fields of a record).
class TypeFinder {
 public:
  virtual ~TypeFinder() = default;
  // Domains as their base type. Null: no such type, or none with values.
  virtual const TypeSupport* find_support(Oid type) = 0;
  virtual std::string type_name(Oid type) = 0;  // as format_type() prints it
};

class UserType {
 public:
  // domain: as an array's element. base: defined by an extension, with functions that code names.
  enum class Kind : std::uint8_t { enumeration, composite, record, array, range, multirange, domain, base };

  struct Label {
    Oid oid;
    float order;
    std::string text;
    bool operator==(const Label&) const = default;
  };
  struct Field {
    std::string name;
    TypeRef type;
    bool dropped = false;
    const TypeSupport* support = nullptr;  // of the base type when it is a domain; null: dropped
    bool operator==(const Field&) const = default;
  };

  // What differs between types of a kind. Supports pointed to outlive the type (`keep` holds those
  // of other user types).
  struct Definition {
    Kind kind = Kind::enumeration;
    Oid oid = 0;
    std::string name;               // as format_type() prints it
    std::vector<Label> labels;      // enumeration, in order
    std::vector<Field> fields;      // composite, dropped ones included
    // array: element; range: subtype; multirange: range; domain: what it is over; base: the functions
    const TypeSupport* element = nullptr;
    std::int32_t typmod = -1;       // domain: of what it is over
    char delimiter = ',';           // array
    Oid canonical = 0;              // range: pg_proc of the canonical function
    TypeFinder* finder = nullptr;   // record, composite: types of fields by OID
    std::vector<std::shared_ptr<const UserType>> keep;
    bool operator==(const Definition& other) const;
  };

  explicit UserType(Definition definition);
  UserType(const UserType&) = delete;
  UserType& operator=(const UserType&) = delete;

  const TypeSupport& support() const { return support_; }
  const Definition& definition() const { return definition_; }
  Oid oid() const { return definition_.oid; }
  const std::string& name() const { return definition_.name; }
  const TypeSupport& element() const { return *definition_.element; }
  const std::vector<Label>& labels() const { return definition_.labels; }
  const std::vector<Field>& fields() const { return definition_.fields; }

 private:
  Definition definition_;
  TypeSupport support_{};
};

// Of values that come as an array's elements or a row's fields: 23502 and 23514 when the domain
// refuses one. A domain's own input has done it for values that are not null.
void check_domain(EvalContext& ctx, Oid domain, const Datum& value);
// What array_in and the like make of a null element: nothing, unless a domain refuses it.
void check_null(EvalContext& ctx, const TypeSupport& element);

// An enum's value: its label's place in the order above its OID, so that values compare, hash and
// sort without their type. An order never changes once values may be stored.
Datum enum_datum(const UserType::Label& label);
// SqlError 22P02 when there is no such label.
Datum enum_in(const UserType& type, std::string_view text);
const UserType::Label& enum_label(const UserType& type, const Datum& value);

}  // namespace types
