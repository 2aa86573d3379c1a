// A path finds something only in documents that have every key on it; a comparison by == with a
// literal only where that value is, too. Everything else that a path can say is left to the check
// of the row.
#include "jsonpath_search.h"

#include <optional>

#include "jsonb_keys.h"
#include "types/jsonpath.h"

namespace inverted {

using types::JsonKind;
using types::JsonPathItem;
using types::JsonPathKind;

namespace {

struct Literal {
  JsonKind kind;
  std::string_view text;
  bool boolean;
};

// Where a path has come to.
struct Place {
  std::vector<Search> parts;       // what it needs up to here
  std::uint64_t hash = 0;          // jsonb_path
  bool known = true;               // jsonb_path: every step had a name
};

class Reader {
 public:
  Reader(Source source, std::uint8_t column, types::Arena& scratch)
      : source_(source), column_(column), scratch_(scratch) {}

  // Some item of the path is there; `equal`: and equals that.
  Search path(const Place& from, const JsonPathItem* item, const Literal* equal) {
    Place place = from;
    // A path begins at the document, or (in a filter) at what is filtered.
    if (item->kind == JsonPathKind::root) {
      place = Place();
    } else if (item->kind != JsonPathKind::current) {
      return {};
    }
    for (item = item->next; item != nullptr; item = item->next) {
      switch (item->kind) {
        case JsonPathKind::key:
          if (source_ == Source::jsonb) place.parts.push_back(key(item->text));
          place.hash = json_path_step(place.hash, item->text);
          break;
        case JsonPathKind::any_array:
        case JsonPathKind::index_array:
          break;
        case JsonPathKind::any_key:
        case JsonPathKind::any:
          place.known = false;
          break;
        case JsonPathKind::filter:
          place.parts.push_back(predicate(place, item->left, false));
          break;
        default:
          // A method's value is not the document's.
          return all_of(std::move(place.parts));
      }
    }
    if (equal != nullptr) place.parts.push_back(value(place, *equal));
    return all_of(std::move(place.parts));
  }

  // The condition is true (`negated`: false).
  Search predicate(const Place& place, const JsonPathItem* item, bool negated) {
    switch (item->kind) {
      case JsonPathKind::and_:
      case JsonPathKind::or_: {
        std::vector<Search> parts;
        parts.push_back(predicate(place, item->left, negated));
        parts.push_back(predicate(place, item->right, negated));
        return (item->kind == JsonPathKind::and_) != negated ? all_of(std::move(parts)) : any_of(std::move(parts));
      }
      case JsonPathKind::not_: return predicate(place, item->left, !negated);
      case JsonPathKind::exists: return negated ? Search() : path(place, item->left, nullptr);
      case JsonPathKind::equal: {
        if (negated) return {};
        if (const auto literal = literal_of(item->left)) return path(place, item->right, &*literal);
        if (const auto literal = literal_of(item->right)) return path(place, item->left, &*literal);
        return {};
      }
      default: return {};
    }
  }

 private:
  static std::optional<Literal> literal_of(const JsonPathItem* item) {
    if (item->next != nullptr) return std::nullopt;
    switch (item->kind) {
      case JsonPathKind::null: return Literal{JsonKind::null, {}, false};
      case JsonPathKind::boolean: return Literal{JsonKind::boolean, {}, item->boolean};
      case JsonPathKind::number: return Literal{JsonKind::number, item->text, false};
      case JsonPathKind::string: return Literal{JsonKind::string, item->text, false};
      default: return std::nullopt;
    }
  }

  Search key(std::string_view name) const {
    Search search{.kind = Search::Kind::key};
    append_json_key(search.key, column_, name);
    return search;
  }

  Search value(const Place& place, const Literal& literal) const {
    Search search{.kind = Search::Kind::key};
    if (source_ == Source::jsonb_path) {
      if (!place.known) return {};
      append_json_path_key(search.key, column_, place.hash, literal.kind, literal.text, literal.boolean,
                           scratch_);
      return search;
    }
    if (literal.kind != JsonKind::string) {
      append_json_scalar(search.key, column_, literal.kind, literal.text, literal.boolean, scratch_);
      return search;
    }
    // A lax path looks into arrays on its own, so a string may be an element wherever it is.
    std::vector<Search> parts;
    parts.push_back(key(literal.text));
    append_json_scalar(search.key, column_, literal.kind, literal.text, false, scratch_);
    parts.push_back(std::move(search));
    return any_of(std::move(parts));
  }

  Source source_;
  std::uint8_t column_;
  types::Arena& scratch_;
};

}  // namespace

Search jsonpath_search(Source source, std::uint8_t column, std::string_view jsonpath, bool match,
                       types::Arena& scratch) {
  const types::JsonPath path = types::parse_jsonpath(scratch, jsonpath);
  if (path.root == nullptr) return {};
  Reader reader(source, column, scratch);
  return match ? reader.predicate(Place(), path.root, false) : reader.path(Place(), path.root, nullptr);
}

}  // namespace inverted
