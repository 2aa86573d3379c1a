#include "regex_dfa.h"

#include <algorithm>

namespace functions {

bool RegexContext::holds(RegexAssertion assertion) const {
  const bool word_before = (bits & kWordBefore) != 0, word_after = (bits & kWordAfter) != 0;
  switch (assertion) {
    case RegexAssertion::text_begin:
      return (bits & kBegin) != 0;
    case RegexAssertion::text_end:
      return (bits & kEnd) != 0;
    case RegexAssertion::line_begin:
      return (bits & (kBegin | kNewlineBefore)) != 0;
    case RegexAssertion::line_end:
      return (bits & (kEnd | kNewlineAfter)) != 0;
    case RegexAssertion::word_begin:
      return !word_before && word_after;
    case RegexAssertion::word_end:
      return word_before && !word_after;
    case RegexAssertion::word_edge:
      return word_before != word_after;
    case RegexAssertion::no_word_edge:
      return word_before == word_after;
  }
  return false;
}

RegexDfa::RegexDfa(const RegexProgram& program, Mode mode)
    : program_(program),
      mode_(mode),
      classes_(program.classes().count()),
      is_usable_(program.looks().empty() && program.classes().count() <= 1000) {
  starts_.fill(kUnknown);
}

bool RegexDfa::add(int place) {
  std::uint32_t& seen = seen_[static_cast<std::size_t>(place)];
  if (seen == round_) return false;
  seen = round_;
  return true;
}

std::size_t RegexDfa::bytes() const {
  constexpr std::size_t kBytesOfNumber = 80;  // an entry of the table, without its key
  return table_.capacity() * sizeof(int) + 2 * kept_places_ * sizeof(int) + states_.capacity() * sizeof(State) +
         numbers_.size() * kBytesOfNumber + seen_.capacity() * sizeof(std::uint32_t);
}

void RegexDfa::forget() {
  states_.clear();
  fresh_.clear();
  skipping_ = kUnknown;
  skips_.fill(false);
  starts_.fill(kUnknown);
  table_.clear();
  numbers_.clear();
  kept_places_ = 0;
  ++forgotten_;
}

int RegexDfa::intern(std::vector<int> places, std::uint8_t before) {
  constexpr std::size_t kMostTransitions = std::size_t{1} << 17, kMostPlaces = std::size_t{1} << 17;
  std::string key(reinterpret_cast<const char*>(places.data()), places.size() * sizeof(int));
  key += static_cast<char>(before);
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  if (!states_.empty() && (table_.size() + width() > kMostTransitions || kept_places_ + places.size() > kMostPlaces)) forget();
  const int number = static_cast<int>(states_.size());
  kept_places_ += places.size();
  const bool is_fresh = places.size() == 1 && places[0] == program_.whole().start;
  states_.push_back({std::move(places), before});
  fresh_.push_back(is_fresh ? 1 : 0);
  table_.resize(table_.size() + width(), kUnknown);
  numbers_.emplace(std::move(key), number);
  return number;
}

int RegexDfa::make_start(RegexContext before) {
  if (seen_.empty()) seen_.resize(program_.size(), 0);
  const int state = intern({program_.whole().start}, before.bits);  // which may forget
  return starts_[before.bits] = state;
}

int RegexDfa::make(int state, std::uint32_t number) {
  const RegexProgram::Part whole = program_.whole();
  const bool at_end = number == classes_;
  const std::uint32_t kind = at_end ? 0 : program_.classes().kind(number);
  const State& from = states_[static_cast<std::size_t>(state)];
  const RegexContext context{static_cast<std::uint8_t>(
      from.before | (at_end ? RegexContext::kEnd : RegexContext::after(kind)))};
  auto next_round = [&] {
    if (++round_ == 0) {
      std::fill(seen_.begin(), seen_.end(), 0);
      round_ = 1;
    }
  };
  bool ends = false;
  int& known = table_[static_cast<std::size_t>(state) * width() + number];

  const auto dead = [&] { return mode_ == Mode::ends ? static_cast<int>(ends) : kDead; };

  next_round();
  found_.clear();
  stack_.assign(from.places.rbegin(), from.places.rend());
  while (!stack_.empty()) {
    const int place = stack_.back();
    stack_.pop_back();
    if (!add(place)) continue;
    if (place == whole.stop) {
      if (mode_ == Mode::first_end) return known = kMatches;
      ends = true;
      continue;
    }
    const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(place)];
    switch (i.op) {
      case RegexProgram::Op::set:
        found_.push_back(place);
        break;
      case RegexProgram::Op::split:
        stack_.push_back(i.b);
        stack_.push_back(i.a);
        break;
      case RegexProgram::Op::jump:
        stack_.push_back(i.a);
        break;
      case RegexProgram::Op::assertion:
        if (context.holds(static_cast<RegexAssertion>(i.a))) stack_.push_back(place + 1);
        break;
      case RegexProgram::Op::mark:
        stack_.push_back(place + 1);
        break;
      case RegexProgram::Op::look:
        break;
    }
  }
  if (at_end) return known = dead();

  next_round();
  following_.clear();
  for (const int place : found_)
    if (program_.classes().holds(program_.code()[static_cast<std::size_t>(place)].a, number) && add(place + 1))
      following_.push_back(place + 1);
  if (mode_ == Mode::first_end && !program_.is_anchored() && add(whole.start)) following_.push_back(whole.start);
  if (following_.empty()) return known = dead();
  std::sort(following_.begin(), following_.end());
  work_ += from.places.size() + found_.size() + following_.size();
  const std::uint64_t forgotten = forgotten_;
  const int state_after = intern(following_, program_.has_assertions() ? RegexContext::before(kind) : std::uint8_t{0});
  const int result = mode_ == Mode::ends ? (state_after + 1) * 2 + ends : state_after;
  if (forgotten_ == forgotten) table_[static_cast<std::size_t>(state) * width() + number] = result;
  return result;
}

}  // namespace functions
