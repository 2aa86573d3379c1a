#include "extensions/hstore.h"

#include <algorithm>
#include <cstring>

#include "types/sql_error.h"

namespace extensions {
namespace {

constexpr std::size_t kMaxText = 0x3fffffff;

bool comes_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

HstoreView::HstoreView(std::string_view bytes) {
  std::memcpy(&size_, bytes.data(), sizeof size_);
  ends_ = bytes.data() + sizeof size_;
  texts_ = bytes.substr(sizeof size_ * (1 + 2 * std::size_t{size_}));
}

std::uint32_t HstoreView::raw_end(std::uint32_t number) const {
  std::uint32_t end;
  std::memcpy(&end, ends_ + sizeof end * number, sizeof end);
  return end;
}

std::string_view HstoreView::text(std::uint32_t number) const {
  const std::uint32_t begin = number == 0 ? 0 : end(number - 1);
  return texts_.substr(begin, end(number) - begin);
}

std::optional<std::string_view> HstoreView::value(std::uint32_t i) const {
  if (is_null(2 * i + 1)) return std::nullopt;
  return text(2 * i + 1);
}

std::optional<std::uint32_t> HstoreView::find(std::string_view wanted) const {
  std::uint32_t low = 0, high = size_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (comes_before(key(middle), wanted)) low = middle + 1;
    else high = middle;
  }
  if (low < size_ && key(low) == wanted) return low;
  return std::nullopt;
}

void HstoreBuilder::add(std::string_view key, std::optional<std::string_view> value) {
  if (key.size() > kMaxText) throw types::SqlError("22001", "string too long for hstore key");
  if (value && value->size() > kMaxText) throw types::SqlError("22001", "string too long for hstore value");
  pairs_.push_back({key, value});
}

types::Datum HstoreBuilder::finish(types::Arena& arena) {
  std::ranges::stable_sort(pairs_, comes_before, &Pair::key);
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.key == b.key; }),
               pairs_.end());
  std::size_t texts = 0;
  for (const Pair& pair : pairs_) texts += pair.key.size() + (pair.value ? pair.value->size() : 0);
  if (texts > kMaxText) throw types::SqlError("54000", "hstore is too large");
  const auto count = static_cast<std::uint32_t>(pairs_.size());
  const std::size_t header = sizeof count * (1 + 2 * pairs_.size());
  auto* const out = static_cast<char*>(arena.allocate(header + texts, 1));
  std::memcpy(out, &count, sizeof count);
  char *ends = out + sizeof count, *text = out + header;
  std::uint32_t end = 0;
  auto append = [&](std::optional<std::string_view> one) {
    if (one && !one->empty()) std::memcpy(text + end, one->data(), one->size());
    end += static_cast<std::uint32_t>(one ? one->size() : 0);
    const std::uint32_t stored = one ? end : end | HstoreView::kNull;
    std::memcpy(ends, &stored, sizeof stored);
    ends += sizeof stored;
  };
  for (const Pair& pair : pairs_) {
    append(pair.key);
    append(pair.value);
  }
  pairs_.clear();
  return types::Datum::of(std::string_view(out, header + texts));
}

}  // namespace extensions
