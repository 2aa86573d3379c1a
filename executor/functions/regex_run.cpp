#include "regex_run.h"

#include <algorithm>
#include <utility>

#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {

RegexRun::RegexRun(const RegexProgram& program)
    : program_(program), dfa_(program, RegexDfa::Mode::first_end), ends_dfa_(program, RegexDfa::Mode::ends), paths_(program) {
  for (Alive& alive : alive_) alive.seen.resize(program.size(), 0);
}

void RegexRun::Alive::next_round() {
  places.clear();
  values.clear();
  if (++round == 0) {
    std::fill(seen.begin(), seen.end(), 0);
    round = 1;
  }
}

bool RegexRun::Alive::add(int place) {
  std::uint32_t& last = seen[static_cast<std::size_t>(place)];
  if (last == round) return false;
  last = round;
  return true;
}

void RegexRun::start(std::string_view text, RegexInterrupts* interrupts) {
  text_ = text;
  interrupts_ = interrupts;
  looks_known_ = false;
  tasks_.clear();
  stack_.clear();
}

std::size_t RegexRun::bytes() const {
  return sizeof(*this) + program_.size() * 4 * sizeof(std::uint32_t) + dfa_.bytes() + ends_dfa_.bytes() + paths_.bytes();
}

void RegexRun::check() {
  steps_ = 0;
  if (interrupts_ != nullptr) interrupts_->check();
}

// ---- the text

RegexContext RegexRun::context_at(std::size_t at) const {
  if (!program_.has_assertions()) return {};
  std::size_t other;
  const int before = at == 0 ? RegexContext::kBegin : RegexContext::before(program_.classes().kind(class_before(at, other)));
  const int after = at == text_.size() ? RegexContext::kEnd : RegexContext::after(program_.classes().kind(class_at(at, other)));
  return {static_cast<std::uint8_t>(before | after)};
}

bool RegexRun::passes(const RegexProgram::Instruction& instruction, std::size_t at, RegexContext context) const {
  if (instruction.op == Op::assertion) return context.holds(static_cast<RegexAssertion>(instruction.a));
  return looks_[static_cast<std::size_t>(instruction.a)][at];
}

// ---- all places at once

// Adds what is reached from a place without a character: places before one, and `stop`.
void RegexRun::follow(Alive& alive, int place, int stop, std::size_t at, RegexContext context, std::uint32_t value) {
  stack_.push_back(place);
  while (!stack_.empty()) {
    const int top = stack_.back();
    stack_.pop_back();
    if (!alive.add(top)) continue;
    if (top == stop) {
      alive.places.push_back(top);
      alive.values.push_back(value);
      continue;
    }
    const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(top)];
    switch (i.op) {
      case Op::set:
        alive.places.push_back(top);
        alive.values.push_back(value);
        break;
      case Op::split:
        stack_.push_back(i.b);
        stack_.push_back(i.a);
        break;
      case Op::jump:
        stack_.push_back(i.a);
        break;
      case Op::mark:
        stack_.push_back(top + 1);
        break;
      case Op::assertion:
      case Op::look:
        if (passes(i, at, context)) stack_.push_back(top + 1);
        break;
    }
  }
}

// Adds the places of the part that lead to a place without a character.
void RegexRun::follow_back(Alive& alive, int place, Part part, std::size_t at, RegexContext context, std::uint32_t value) {
  stack_.push_back(place);
  while (!stack_.empty()) {
    const int top = stack_.back();
    stack_.pop_back();
    if (!alive.add(top)) continue;
    alive.places.push_back(top);
    alive.values.push_back(value);
    for (const int from : program_.before(top)) {
      if (from < part.start || from >= part.stop) continue;
      const RegexProgram::Instruction& i = program_.code()[static_cast<std::size_t>(from)];
      if ((i.op == Op::assertion || i.op == Op::look) && !passes(i, at, context)) continue;
      stack_.push_back(from);
    }
  }
}

bool RegexRun::fits(int at, std::size_t begin, std::size_t end) {
  bool found = false;
  each_end(program_.part(at), begin, end, [&](std::size_t e) { return !(found = e == end); });
  return found;
}

std::vector<std::size_t> RegexRun::ends(int at, std::size_t begin, std::size_t limit) {
  std::vector<std::size_t> result;
  each_end(program_.part(at), begin, limit, [&](std::size_t end) {
    result.push_back(end);
    return true;
  });
  return result;
}

// Where each look holds, inner ones first; of one behind, what comes before is read forward once for all places.
void RegexRun::prepare_looks() {
  if (looks_known_ || program_.looks().empty()) return;
  constexpr std::size_t kMostBits = std::size_t{1} << 32;
  if (program_.looks().size() * (text_.size() + 1) > kMostBits)
    throw types::SqlError("2201B", "regular expression failed: out of memory");
  looks_.resize(program_.looks().size());
  for (const int number : program_.look_order()) {
    const RegexProgram::Look& look = program_.looks()[static_cast<std::size_t>(number)];
    std::vector<bool>& holds = looks_[static_cast<std::size_t>(number)];
    holds.assign(text_.size() + 1, look.negated);
    const Part part = look.part;
    if (look.ahead) {
      each_begin(part, 0, text_.size(), true, [&](std::size_t at, const Alive& alive) {
        if (alive.has(part.start)) holds[at] = !look.negated;
      });
      continue;
    }
    now_->next_round();
    for (std::size_t at = 0;;) {
      const RegexContext context = context_at(at);
      follow(*now_, part.start, part.stop, at, context, 0);
      step(now_->places.size());
      if (now_->has(part.stop)) holds[at] = !look.negated;
      if (at == text_.size()) break;
      std::size_t after;
      const std::uint32_t c = class_at(at, after);
      const RegexContext later = context_at(after);
      next_->next_round();
      for (const int place : now_->places)
        if (place != part.stop && program_.classes().holds(program_.code()[static_cast<std::size_t>(place)].a, c))
          follow(*next_, place + 1, part.stop, after, later, 0);
      std::swap(now_, next_);
      at = after;
    }
  }
  looks_known_ = true;
}

// ---- where a match is

// The match that begins first, and its end as the whole expression prefers; with `any`, one that ends first. Places carry
// where what has come to them began; they are in its order, so the first to come to a place stays.
std::optional<RegexSpan> RegexRun::leftmost(std::size_t from, bool any) {
  const Part whole = program_.whole();
  const bool shortest = node(program_.tree().root).preference == RegexPreference::shortest;
  std::optional<RegexSpan> found;
  const bool injects = !program_.is_anchored();
  if (!injects && from > 0) return found;
  now_->next_round();
  RegexContext context = context_at(from);
  for (std::size_t at = from;;) {
    if (!found && (injects || at == from)) follow(*now_, whole.start, whole.stop, at, context, static_cast<std::uint32_t>(at));
    step(now_->places.size());
    if (now_->has(whole.stop)) {
      const auto stop = std::find(now_->places.begin(), now_->places.end(), whole.stop) - now_->places.begin();
      const std::uint32_t begin = now_->values[static_cast<std::size_t>(stop)];
      if (!found || begin < found->begin || !shortest) found = RegexSpan{begin, at};
      if (any) return found;
    }
    if (at >= text_.size() || (now_->places.empty() && (found || !injects))) return found;
    std::size_t after;
    const std::uint32_t c = class_at(at, after);
    context = context_at(after);
    next_->next_round();
    for (std::size_t i = 0; i < now_->places.size(); ++i) {
      const int place = now_->places[i];
      const std::uint32_t begin = now_->values[i];
      if (found && (begin > found->begin || (shortest && begin == found->begin))) break;
      if (place != whole.stop && program_.classes().holds(program_.code()[static_cast<std::size_t>(place)].a, c))
        follow(*next_, place + 1, whole.stop, after, context, begin);
    }
    std::swap(now_, next_);
    at = after;
  }
}

RegexContext RegexRun::context_before(std::size_t at) const {
  if (!program_.has_assertions()) return {};
  std::size_t other;
  return {at == 0 ? RegexContext::kBegin : RegexContext::before(program_.classes().kind(class_before(at, other)))};
}

// The end of the match that begins at a place, as the whole expression prefers.
std::optional<std::size_t> RegexRun::end_from(std::size_t begin) {
  const bool shortest = node(program_.tree().root).preference == RegexPreference::shortest;
  std::optional<std::size_t> end;
  int state = ends_dfa_.start(context_before(begin));
  std::size_t at = begin;
  for (;;) {
    std::size_t after = at;
    const bool at_end = at >= text_.size();
    const RegexDfa::Step next = ends_dfa_.step(state, at_end ? ends_dfa_.end_class() : class_at(at, after));
    if (next.ends) end = at;
    if (next.state == RegexDfa::kDead || at_end || (shortest && next.ends)) break;
    if (((at ^ after) & kBytesBetweenSteps) != 0) step(kBytesBetweenSteps + ends_dfa_.take_work());
    state = next.state;
    at = after;
  }
  step(((at - begin) & (kBytesBetweenSteps - 1)) + ends_dfa_.take_work());
  return end;
}

void RegexRun::all_ends_from(std::size_t begin) {
  if (!ends_dfa_.is_usable()) {
    ends_ = ends(program_.tree().root, begin, text_.size());
    return;
  }
  ends_.clear();
  int state = ends_dfa_.start(context_before(begin));
  for (std::size_t at = begin;;) {
    std::size_t after = at;
    const bool at_end = at >= text_.size();
    const RegexDfa::Step next = ends_dfa_.step(state, at_end ? ends_dfa_.end_class() : class_at(at, after));
    if (next.ends) ends_.push_back(at);
    if (next.state == RegexDfa::kDead || at_end) return;
    step(ends_dfa_.take_work());
    state = next.state;
    at = after;
  }
}

bool RegexRun::reaches(std::size_t from, std::size_t& not_before, std::size_t& first_end) {
  not_before = from;
  if (program_.is_anchored() && from > 0) return false;
  if (!dfa_.is_usable()) {
    prepare_looks();
    return leftmost(from, true).has_value();
  }
  int state = dfa_.start(context_before(from));
  bool is_fresh = dfa_.is_fresh(state);
  std::size_t at = from;
  for (;;) {
    if (is_fresh) {
      at = dfa_.skip(state, text_, at);
      not_before = at;
    }
    std::size_t after = at;
    const bool at_end = at >= text_.size();
    const int before = std::exchange(state, dfa_.next(state, at_end ? dfa_.end_class() : class_at(at, after)));
    if (state < 0 || at_end) break;
    if (is_fresh && state == before && after == at + 1)
      dfa_.learn_skip(state, text_[at]);
    else
      is_fresh = dfa_.is_fresh(state);
    if (((at ^ after) & kBytesBetweenSteps) != 0) step(kBytesBetweenSteps + dfa_.take_work());
    at = after;
  }
  step(((at - from) & (kBytesBetweenSteps - 1)) + dfa_.take_work());
  first_end = at;
  return state == RegexDfa::kMatches;
}

std::optional<RegexSpan> RegexRun::span_of_match(std::size_t from, std::size_t first_end) {
  if (!dfa_.is_usable()) return leftmost(from, false);
  // Mostly it begins right there, or a little behind: what begins there in vain soon ends.
  std::size_t before = steps_, spent = 0;
  const std::size_t most = 64 + 4 * (first_end - from);
  for (std::size_t at = from; at <= first_end;) {
    if (const auto end = end_from(at)) return RegexSpan{at, *end};
    spent += steps_ >= before ? steps_ - before : most;
    before = steps_;
    if (at == text_.size()) break;
    class_at(at, at);
    if (spent > most) return leftmost(at, false);
  }
  return leftmost(from, false);
}

bool RegexRun::matches(std::size_t from) {
  if (node(program_.tree().root).has_references) {
    Spans spans;
    return find(from, spans);
  }
  std::size_t not_before, first_end;
  return reaches(from, not_before, first_end);
}

bool RegexRun::find(std::size_t from, std::vector<std::optional<RegexSpan>>& spans) {
  spans.assign(static_cast<std::size_t>(program_.tree().groups) + 1, std::nullopt);
  spans_ = &spans;
  std::size_t not_before, first_end;
  if (!reaches(from, not_before, first_end)) return false;
  const int root = program_.tree().root;
  if (node(root).has_references) return find_with_references(not_before, spans);
  spans[0] = span_of_match(not_before, first_end);
  if (node(root).has_groups()) {
    const RegexSpan whole = *spans[0];
    if (!tells_match(whole.begin, whole.end)) tell_groups(root, whole.begin, whole.end);
  }
  return true;
}

}  // namespace functions
