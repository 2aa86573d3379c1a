// PostgreSQL's rules for choosing among functions or operators of one name (manual, chapter 10).
#include "analysis.h"

namespace analyzer {

std::vector<Candidate> match_candidates(Scope& scope, std::span<const Oid> inputs,
                                        std::vector<Candidate> candidates) {
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return !can_coerce(scope, inputs, candidate.arguments, Context::implicit);
  });
  return candidates;
}

namespace {

// Keeps the candidates for which count() is highest.
template <typename Count>
void keep_best(std::vector<Candidate>& candidates, const Count& count) {
  int best = 0;
  std::vector<int> counts;
  counts.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    counts.push_back(count(candidate));
    best = std::max(best, counts.back());
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (counts[i] == best) {
      if (kept != i) candidates[kept] = std::move(candidates[i]);
      ++kept;
    }
  candidates.resize(kept);
}

}  // namespace

const Candidate* select_candidate(Scope& scope, std::span<const Oid> inputs,
                                  std::vector<Candidate>& candidates) {
  auto& catalog = scope.catalog();
  const std::size_t count = inputs.size();
  std::vector<Oid> base(count);
  std::vector<char> category(count);
  std::size_t unknowns = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (inputs[i] == oid::unknown) {
      base[i] = oid::unknown;
      category[i] = 'X';
      ++unknowns;
    } else {
      base[i] = catalog.base_type(inputs[i]);
      category[i] = type_category(scope, base[i]);
    }
  }

  // Most exact matches on known inputs.
  keep_best(candidates, [&](const Candidate& candidate) {
    int matches = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (base[i] != oid::unknown && candidate.arguments[i] == base[i]) ++matches;
    return matches;
  });
  if (candidates.size() == 1) return &candidates[0];

  // Most exact or preferred types at known inputs.
  keep_best(candidates, [&](const Candidate& candidate) {
    int matches = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (base[i] != oid::unknown &&
          (candidate.arguments[i] == base[i] || is_preferred(scope, category[i], candidate.arguments[i])))
        ++matches;
    return matches;
  });
  if (candidates.size() == 1) return &candidates[0];
  if (unknowns == 0) return nullptr;

  // Unknown inputs: the category that the candidates agree on, or string.
  bool resolved = false;
  std::vector<bool> wants_preferred(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    if (base[i] != oid::unknown) continue;
    bool have_conflict = false;
    char slot = 0;
    bool preferred = false;
    for (const Candidate& candidate : candidates) {
      const auto* info = catalog.type(candidate.arguments[i]);
      char current = info ? info->category : 0;
      bool current_preferred = info && info->preferred;
      if (slot == 0) {
        slot = current;
        preferred = current_preferred;
      } else if (current == slot) {
        preferred = preferred || current_preferred;
      } else if (current == 'S') {
        slot = 'S';
        preferred = current_preferred;
      } else {
        have_conflict = true;
      }
    }
    if (have_conflict && slot != 'S') {
      resolved = false;
      category[i] = 0;
      // One undecidable slot ends the attempt.
      wants_preferred.assign(count, false);
      goto same_as_known;
    }
    category[i] = slot;
    wants_preferred[i] = preferred;
    resolved = true;
  }

  if (resolved) {
    std::vector<Candidate> kept;
    for (const Candidate& candidate : candidates) {
      bool keep = true;
      for (std::size_t i = 0; keep && i < count; ++i) {
        if (base[i] != oid::unknown) continue;
        const auto* info = catalog.type(candidate.arguments[i]);
        char current = info ? info->category : 0;
        bool current_preferred = info && info->preferred;
        if (current != category[i]) keep = false;
        else if (wants_preferred[i] && !current_preferred) keep = false;
      }
      if (keep) kept.push_back(candidate);
    }
    if (!kept.empty()) candidates = std::move(kept);
    if (candidates.size() == 1) return &candidates[0];
  }

same_as_known:
  // All known inputs of one type: assume the unknown ones are, too.
  if (unknowns < count) {
    Oid known = oid::unknown;
    for (std::size_t i = 0; i < count; ++i) {
      if (base[i] == oid::unknown) continue;
      if (known == oid::unknown) known = base[i];
      else if (known != base[i]) return nullptr;
    }
    std::vector<Oid> all(count, known);
    const Candidate* only = nullptr;
    for (const Candidate& candidate : candidates) {
      if (!can_coerce(scope, all, candidate.arguments, Context::implicit)) continue;
      if (only) return nullptr;
      only = &candidate;
    }
    return only;
  }
  return nullptr;
}

}  // namespace analyzer
