#include "query/partition.h"

#include <charconv>

#include "query/serialize.h"
#include "types/sql_error.h"

namespace query {
namespace {

constexpr std::string_view kMark = "bound1";

void put(std::string& out, std::int64_t number) {
  out += ' ';
  out += std::to_string(number);
}

void put(std::string& out, const std::vector<PartitionBound::Value>& values) {
  put(out, static_cast<std::int64_t>(values.size()));
  for (const PartitionBound::Value& value : values) {
    put(out, static_cast<std::int64_t>(value.kind));
    const std::string text = value.expression ? serialize(*value.expression) : std::string();
    put(out, static_cast<std::int64_t>(text.size()));
    out += ' ';
    out += text;
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number() {
    if (rest_.empty() || rest_[0] != ' ') damaged();
    rest_.remove_prefix(1);
    int value = 0;
    auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) damaged();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::vector<PartitionBound::Value> values() {
    std::vector<PartitionBound::Value> list;
    for (int left = number(); left > 0; --left) {
      PartitionBound::Value value{};
      value.kind = static_cast<PartitionBound::Value::Kind>(number());
      const int size = number();
      if (size < 0 || rest_.size() < static_cast<std::size_t>(size) + 1) damaged();
      if (size > 0)
        value.expression = deserialize_expression(rest_.substr(1, static_cast<std::size_t>(size)));
      rest_.remove_prefix(static_cast<std::size_t>(size) + 1);
      list.push_back(std::move(value));
    }
    return list;
  }

  [[noreturn]] static void damaged() {
    throw types::SqlError("XX001", "stored partition bound is damaged");
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string serialize_bound(const PartitionBound& bound) {
  std::string out(kMark);
  put(out, static_cast<std::int64_t>(bound.strategy));
  put(out, bound.is_default ? 1 : 0);
  put(out, bound.modulus);
  put(out, bound.remainder);
  put(out, bound.list);
  put(out, bound.lower);
  put(out, bound.upper);
  return out;
}

bool is_stored_bound(std::string_view text) { return text.starts_with(kMark); }

PartitionBound deserialize_bound(std::string_view text) {
  if (!is_stored_bound(text)) Reader::damaged();
  Reader reader(text.substr(kMark.size()));
  PartitionBound bound;
  bound.strategy = static_cast<PartitionStrategy>(reader.number());
  bound.is_default = reader.number() != 0;
  bound.modulus = reader.number();
  bound.remainder = reader.number();
  bound.list = reader.values();
  bound.lower = reader.values();
  bound.upper = reader.values();
  return bound;
}

}  // namespace query
