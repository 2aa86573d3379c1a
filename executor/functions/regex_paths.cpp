#include "regex_paths.h"

#include <algorithm>
#include <utility>

#include "regex_text.h"
#include "types/utf8.h"

namespace functions {

RegexPaths::RegexPaths(const RegexProgram& program)
    : program_(program),
      is_usable_(program.looks().empty() && program.classes().count() <= 1000 && !program.repeats_references()) {
  using Kind = RegexNode::Kind;
  for (int at = program.tree().root;;) {
    const RegexNode& n = program.node(at);
    const bool is_sequence = n.kind == Kind::sequence;
    if (n.kind != Kind::group && !is_sequence) {
      items_.push_back({program.part(at).start, n.preference});
      break;
    }
    if (is_sequence) items_.push_back({program.part(n.left).start, program.node(n.left).preference});
    at = is_sequence ? n.right : n.left;
  }
}

std::size_t RegexPaths::bytes() const {
  return sizeof(*this) + 3 * kept_places_ * sizeof(int) + steps_.capacity() * sizeof(Step) + ways_.capacity() * sizeof(Way) +
         marks_.capacity() * sizeof(void*) + (read_.capacity() + from_.capacity() + seen_.capacity()) * sizeof(int);
}

void RegexPaths::forget() {
  states_.clear();
  steps_.clear();
  lives_.clear();
  state_numbers_.clear();
  live_numbers_.clear();
  marks_.clear();
  first_states_.fill(kUnknown);
  ways_.assign(kWays, Way{kUnknown, kUnknown, kUnclear, 0, 0});
  kept_places_ = 0;
}

int RegexPaths::intern_state(std::vector<int> places, std::uint8_t after) {
  std::string key(reinterpret_cast<const char*>(places.data()), places.size() * sizeof(int));
  key += static_cast<char>(after);
  const auto [known, is_new] = state_numbers_.try_emplace(std::move(key), static_cast<int>(states_.size()));
  if (!is_new) return known->second;
  kept_places_ += places.size() + 8;
  states_.push_back({std::move(places), after});
  steps_.resize(steps_.size() + width());
  return known->second;
}

int RegexPaths::intern_live(std::vector<int> places) {
  std::string key(reinterpret_cast<const char*>(places.data()), places.size() * sizeof(int));
  const auto [known, is_new] = live_numbers_.try_emplace(std::move(key), static_cast<int>(lives_.size()));
  if (!is_new) return known->second;
  kept_places_ += places.size() + 8;
  lives_.push_back(std::move(places));
  return known->second;
}

// Number width() - 1 stands for the beginning of the text.
RegexPaths::Step RegexPaths::make_step(int state, std::uint32_t number) {
  const bool at_begin = number + 1 == width();
  const std::uint32_t kind = at_begin ? 0 : program_.classes().kind(number);
  RegexContext context;
  if (program_.has_assertions())
    context.bits = static_cast<std::uint8_t>(states_[static_cast<std::size_t>(state)].after |
                                             (at_begin ? RegexContext::kBegin : RegexContext::before(kind)));
  ++round_;
  std::vector<int> live, before;
  stack_ = states_[static_cast<std::size_t>(state)].places;
  while (!stack_.empty()) {
    const int place = stack_.back();
    stack_.pop_back();
    if (seen_[static_cast<std::size_t>(place)] == round_) continue;
    seen_[static_cast<std::size_t>(place)] = round_;
    live.push_back(place);
    for (const int from : program_.before(place)) {
      const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(from)];
      if (i.op == RegexProgram::Op::assertion && !context.holds(static_cast<RegexAssertion>(i.a))) continue;
      stack_.push_back(from);
    }
  }
  std::sort(live.begin(), live.end());
  work_ += 2 * live.size();
  if (!at_begin)
    for (const int place : live) {
      if (place == 0) continue;
      const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(place) - 1];
      if (i.op == RegexProgram::Op::set && program_.classes().holds(i.a, number)) before.push_back(place - 1);
    }
  Step step;
  step.live = intern_live(std::move(live));
  step.state = intern_state(std::move(before), program_.has_assertions() ? RegexContext::after(kind) : std::uint8_t{0});
  steps_[static_cast<std::size_t>(state) * width() + number] = step;
  return step;
}

std::size_t RegexPaths::item_of(int place) const {
  if (place == program_.whole().stop) return items_.size();
  const auto after = std::upper_bound(items_.begin(), items_.end(), place, [](int p, const Item& item) { return p < item.start; });
  return after == items_.begin() ? 0 : static_cast<std::size_t>(after - items_.begin()) - 1;
}

// One of the targets, by the preferences of the items from the place's on.
int RegexPaths::choose(int place) {
  if (targets_.size() == 1) return targets_[0];
  if (targets_.empty() || program_.node(program_.tree().root).has_references) return kUnclear;
  for (std::size_t item = item_of(place); item < items_.size(); ++item) {
    const auto leave = std::partition(targets_.begin(), targets_.end(), [&](int target) { return item_of(target) == item; });
    if (leave == targets_.begin()) continue;
    if (leave != targets_.end()) {
      if (items_[item].preference == RegexPreference::none) return kUnclear;
      if (items_[item].preference == RegexPreference::shortest) {
        targets_.erase(targets_.begin(), leave);
        if (targets_.size() == 1) return targets_[0];
        continue;
      }
      targets_.erase(leave, targets_.end());
    }
    return targets_.size() == 1 ? targets_[0] : kUnclear;
  }
  return kUnclear;
}

const RegexPaths::Way& RegexPaths::make_way(int place, int live_number) {
  const std::vector<int>& live = lives_[static_cast<std::size_t>(live_number)];
  const auto is_live = [&](int p) { return std::binary_search(live.begin(), live.end(), p); };
  const int stop = program_.whole().stop;
  Way way{place, live_number, kUnclear, static_cast<std::uint32_t>(marks_.size()), 0};
  Way& known = ways_[(static_cast<std::size_t>(place) * 31 + static_cast<std::size_t>(live_number)) % kWays];
  if (!is_live(place)) return known = way;
  ++round_;
  targets_.clear();
  stack_.assign(1, place);
  from_.resize(program_.size());
  bool meets = false;  // two ways come to one place
  const auto push = [&](int to, int from) {
    if (!is_live(to)) return;
    if (seen_[static_cast<std::size_t>(to)] == round_) {
      meets = true;
      return;
    }
    seen_[static_cast<std::size_t>(to)] = round_;
    from_[static_cast<std::size_t>(to)] = from;
    stack_.push_back(to);
  };
  seen_[static_cast<std::size_t>(place)] = round_;
  while (!stack_.empty() && !meets) {
    const int top = stack_.back();
    stack_.pop_back();
    ++work_;
    if (top == stop || program_.code()[static_cast<std::size_t>(top)].op == RegexProgram::Op::set) {
      targets_.push_back(top);
      continue;
    }
    const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(top)];
    switch (i.op) {
      case RegexProgram::Op::split:
        push(i.a, top);
        push(i.b, top);
        break;
      case RegexProgram::Op::jump:
        push(i.a, top);
        break;
      default:
        push(top + 1, top);
        break;
    }
  }
  if (meets) return known = way;
  way.target = choose(place);
  if (way.target >= 0) {
    for (int p = way.target; p != place; p = from_[static_cast<std::size_t>(p)]) {
      const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(from_[static_cast<std::size_t>(p)])];
      if (i.op == RegexProgram::Op::mark) marks_.push_back(&i);
    }
    std::reverse(marks_.begin() + way.first_mark, marks_.end());
    way.marks = static_cast<std::uint32_t>(marks_.size() - way.first_mark);
  }
  return known = way;
}

// False where a reference is not what its group holds.
bool RegexPaths::follow_marks(const Way& way, std::size_t at, std::string_view text, Spans& spans) {
  for (std::uint32_t m = 0; m < way.marks; ++m) {
    const RegexProgram::Instruction& mark = *marks_[way.first_mark + m];
    const RegexNode& n = program_.node(mark.b);
    const auto number = static_cast<std::size_t>(n.number);
    switch (static_cast<RegexProgram::Mark>(mark.a)) {
      case RegexProgram::Mark::open:
        opened_[number] = at;
        break;
      case RegexProgram::Mark::close:
        spans[number] = RegexSpan{opened_[number], at};
        break;
      case RegexProgram::Mark::round:
        for (int group = n.first_group; group <= n.last_group; ++group) spans[static_cast<std::size_t>(group)].reset();
        break;
      case RegexProgram::Mark::reference:
        opened_[spans.size() + number] = at;
        break;
      case RegexProgram::Mark::reference_end: {
        const auto& group = spans[number];
        if (!group || !program_.same_characters(text.substr(group->begin, group->end - group->begin),
                                                text.substr(opened_[spans.size() + number], at - opened_[spans.size() + number])))
          return false;
        break;
      }
    }
  }
  return true;
}

RegexPaths::Answer RegexPaths::tell(std::string_view text, std::size_t begin, std::size_t end, Spans& spans) {
  constexpr std::size_t kLongest = std::size_t{1} << 20;
  if (end - begin > kLongest || unclear_ > 8 + 2 * told_) return Answer::unclear;
  const auto unclear = [&] {
    ++unclear_;
    return Answer::unclear;
  };
  if (seen_.empty() || is_full()) {
    seen_.resize(program_.size(), 0);
    forget();
  }
  if (round_ > UINT32_MAX / 2) {
    std::fill(seen_.begin(), seen_.end(), 0);
    round_ = 0;
  }
  const RegexClasses& classes = program_.classes();
  std::uint8_t after = 0;
  if (program_.has_assertions()) {
    std::size_t other;
    after = end == text.size() ? RegexContext::kEnd : RegexContext::after(classes.kind(regex_class_at(classes, text, end, other)));
  }
  read_.clear();
  int& first_state = first_states_[after];
  if (first_state == kUnknown) first_state = intern_state({program_.whole().stop}, after);
  int state = first_state;
  for (std::size_t at = end;;) {
    std::size_t before = at;
    const std::uint32_t number = at == 0 ? width() - 1 : regex_class_before(classes, text, at, before);
    Step step = steps_[static_cast<std::size_t>(state) * width() + number];
    if (step.live == kUnknown) {
      if (is_full()) return unclear();
      step = make_step(state, number);
    }
    read_.push_back(step.live);
    if (at <= begin) break;
    state = step.state;
    at = before;
  }
  std::fill(spans.begin() + 1, spans.end(), std::nullopt);
  opened_.resize(2 * spans.size());
  int place = program_.whole().start;
  for (std::size_t at = begin, left = read_.size(); left-- > 0;) {
    const Way& way = find_way(place, read_[left]);
    if (way.target < 0) return unclear();
    if (way.marks > 0 && !follow_marks(way, at, text, spans)) return Answer::impossible;
    place = way.target + 1;
    if (left > 0) at += types::utf8_width(static_cast<unsigned char>(text[at]));
  }
  ++told_;
  return Answer::told;
}

}  // namespace functions
