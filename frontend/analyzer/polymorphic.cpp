// anyelement and its relatives: consistency of a call's types, and what they make the result.
#include <algorithm>

#include <fmt/format.h>

#include "coerce.h"

namespace analyzer {
namespace {

constexpr Oid kAnyNonArray = 2776, kAnyCompatible = 5077, kAnyCompatibleArray = 5078,
              kAnyCompatibleNonArray = 5079, kAnyCompatibleRange = 5080, kAnyMultirange = 4537,
              kAnyCompatibleMultirange = 4538;

bool in_first_family(Oid type) {
  return type == oid::anyelement || type == oid::anyarray || type == kAnyNonArray ||
         type == oid::anyenum || type == oid::anyrange || type == kAnyMultirange;
}
bool in_second_family(Oid type) { return type >= kAnyCompatible && type <= kAnyCompatibleRange ? true : type == kAnyCompatibleMultirange; }

// What the arguments say about one call.
struct Findings {
  Oid element = 0, array = 0, range = 0, multirange = 0;
  bool have_element = false, have_array = false, have_range = false, have_multirange = false;
  bool have_unknown = false, want_enum = false, want_non_array = false;
  std::vector<Oid> compatible;       // inputs to the common type
  Oid compatible_range = 0, compatible_multirange = 0;
  bool have_compatible = false, compatible_non_array = false, have_compatible_array = false;
};

struct Failure {
  std::string message;
  std::string detail;
  const char* state = "42804";
};

Oid range_subtype(Scope& scope, Oid range) {
  const auto* info = scope.catalog().range(range);
  return info ? info->subtype : 0;
}
Oid multirange_range(Scope& scope, Oid multirange) {
  const auto* info = scope.catalog().range_of_multirange(multirange);
  return info ? info->type : 0;
}

std::optional<Failure> collect(Scope& scope, std::span<const Oid> actual,
                               std::span<const Oid> declared, Findings& f, bool allow_polymorphic = false) {
  auto& catalog = scope.catalog();
  auto disagree = [&](const char* kind, Oid a, Oid b) {
    return Failure{fmt::format("arguments declared \"{}\" are not all alike", kind),
                   fmt::format("{} versus {}", type_name(scope, a), type_name(scope, b))};
  };
  auto note = [&](Oid& slot, Oid type, const char* kind) -> std::optional<Failure> {
    if (slot != 0 && slot != type) return disagree(kind, slot, type);
    slot = type;
    return std::nullopt;
  };
  for (std::size_t i = 0; i < declared.size(); ++i) {
    Oid want = declared[i];
    Oid have = i < actual.size() ? actual[i] : 0;
    if (allow_polymorphic && want == have && is_polymorphic(want)) {
      // It stays what it is.
      (in_second_family(want) ? f.have_compatible : f.have_element) = true;
      continue;
    }
    if (want == oid::anyelement || want == kAnyNonArray || want == oid::anyenum) {
      f.have_element = true;
      if (want == kAnyNonArray) f.want_non_array = true;
      if (want == oid::anyenum) f.want_enum = true;
      if (have == oid::unknown) { f.have_unknown = true; continue; }
      if (auto bad = note(f.element, have, "anyelement")) return bad;
    } else if (want == oid::anyarray) {
      f.have_array = true;
      if (have == oid::unknown) { f.have_unknown = true; continue; }
      if (auto bad = note(f.array, catalog.base_type(have), "anyarray")) return bad;
    } else if (want == oid::anyrange) {
      f.have_range = true;
      if (have == oid::unknown) { f.have_unknown = true; continue; }
      if (auto bad = note(f.range, catalog.base_type(have), "anyrange")) return bad;
    } else if (want == kAnyMultirange) {
      f.have_multirange = true;
      if (have == oid::unknown) { f.have_unknown = true; continue; }
      if (auto bad = note(f.multirange, catalog.base_type(have), "anymultirange")) return bad;
    } else if (want == kAnyCompatible || want == kAnyCompatibleNonArray) {
      f.have_compatible = true;
      if (want == kAnyCompatibleNonArray) f.compatible_non_array = true;
      if (have != oid::unknown) f.compatible.push_back(have);
    } else if (want == kAnyCompatibleArray) {
      f.have_compatible = f.have_compatible_array = true;
      if (have == oid::unknown) continue;
      Oid base = catalog.base_type(have);
      Oid element = catalog.element_type(base);
      if (!element)
        return Failure{fmt::format("argument declared {} is not an array but type {}",
                                   "anycompatiblearray", type_name(scope, base)), ""};
      f.compatible.push_back(element);
    } else if (want == kAnyCompatibleRange) {
      f.have_compatible = true;
      if (have == oid::unknown) continue;
      Oid base = catalog.base_type(have);
      if (auto bad = note(f.compatible_range, base, "anycompatiblerange")) return bad;
      Oid subtype = range_subtype(scope, base);
      if (!subtype)
        return Failure{fmt::format("argument declared {} is not a range type but type {}",
                                   "anycompatiblerange", type_name(scope, base)), ""};
      f.compatible.push_back(subtype);
    } else if (want == kAnyCompatibleMultirange) {
      f.have_compatible = true;
      if (have == oid::unknown) continue;
      Oid base = catalog.base_type(have);
      if (auto bad = note(f.compatible_multirange, base, "anycompatiblemultirange")) return bad;
      Oid subtype = range_subtype(scope, multirange_range(scope, base));
      if (!subtype)
        return Failure{fmt::format("argument declared {} is not a multirange type but type {}",
                                   "anycompatiblemultirange", type_name(scope, base)), ""};
      f.compatible.push_back(subtype);
    }
  }
  return std::nullopt;
}

// Element, array and range types complete each other.
std::optional<Failure> complete(Scope& scope, Findings& f) {
  auto& catalog = scope.catalog();
  if (f.array) {
    Oid element;
    if (f.array == oid::anyarray) {
      element = oid::anyelement;  // pg_statistic's columns
      if (f.element && f.element != element) f.element = element;
    } else {
      element = catalog.element_type(f.array);
    }
    if (!element)
      return Failure{fmt::format("argument declared {} is not an array but type {}", "anyarray",
                                 type_name(scope, f.array)), ""};
    if (!f.element) f.element = element;
    else if (f.element != element)
      return Failure{fmt::format("argument declared {} is not consistent with argument declared {}",
                                 "anyarray", "anyelement"),
                     fmt::format("{} versus {}", type_name(scope, f.array),
                                 type_name(scope, f.element))};
  }
  if (f.multirange) {
    Oid range = multirange_range(scope, f.multirange);
    if (!range)
      return Failure{fmt::format("argument declared {} is not a multirange type but type {}",
                                 "anymultirange", type_name(scope, f.multirange)), ""};
    if (!f.range) f.range = range;
    else if (f.range != range)
      return Failure{fmt::format("argument declared {} is not consistent with argument declared {}",
                                 "anymultirange", "anyrange"),
                     fmt::format("{} versus {}", type_name(scope, f.multirange),
                                 type_name(scope, f.range))};
  }
  if (f.range) {
    Oid subtype = range_subtype(scope, f.range);
    if (!subtype)
      return Failure{fmt::format("argument declared {} is not a range type but type {}", "anyrange",
                                 type_name(scope, f.range)), ""};
    if (!f.element) f.element = subtype;
    else if (f.element != subtype)
      return Failure{fmt::format("argument declared {} is not consistent with argument declared {}",
                                 "anyrange", "anyelement"),
                     fmt::format("{} versus {}", type_name(scope, f.range),
                                 type_name(scope, f.element))};
  }
  if (f.element && f.want_non_array && catalog.element_type(f.element))
    return Failure{fmt::format("type matched to anynonarray is an array type: {}",
                               type_name(scope, f.element)), ""};
  if (f.want_enum && (f.element || f.have_unknown)) {
    const auto* info = catalog.type(f.element);  // none where nothing but untyped constants was given
    if (!info || info->kind != 'e')
      return Failure{fmt::format("type matched to anyenum is not an enum type: {}",
                                 type_name(scope, f.element)), ""};
  }
  return std::nullopt;
}

Oid common_compatible(Scope& scope, const Findings& f) {
  if (f.compatible.empty()) return 0;
  std::vector<ExpressionPtr> stand_ins;
  for (Oid type : f.compatible)
    stand_ins.push_back(make_expression(TypeRef{type, -1, 0}, -1, query::CaseValue{}));
  Oid common = select_common_type(scope, stand_ins, nullptr);
  if (!common) return 0;
  for (Oid type : f.compatible)
    if (!can_coerce(scope, type, common, Context::implicit)) return 0;
  return common;
}

[[noreturn]] void raise(const Failure& failure) {
  throw SqlError(failure.state, failure.message).with_detail(failure.detail);
}

// A range and a multirange of the second family complete each other, over its common type.
void complete_compatible(Scope& scope, Findings& f, Oid common) {
  if (f.compatible_multirange && f.compatible_multirange != kAnyCompatibleMultirange) {
    const Oid range = multirange_range(scope, f.compatible_multirange);
    if (f.compatible_range && f.compatible_range != range)
      raise({fmt::format("argument declared {} is not consistent with argument declared {}", "anycompatiblemultirange",
                         "anycompatiblerange"),
             fmt::format("{} versus {}", type_name(scope, f.compatible_multirange), type_name(scope, f.compatible_range))});
    f.compatible_range = range;
  } else if (f.compatible_range && f.compatible_range != kAnyCompatibleRange) {
    if (const auto* info = scope.catalog().range(f.compatible_range)) f.compatible_multirange = info->multirange;
  }
  if (!f.compatible_range || f.compatible_range == kAnyCompatibleRange) return;
  if (range_subtype(scope, f.compatible_range) != common)
    raise({fmt::format("anycompatiblerange type {} does not match anycompatible type {}",
                       type_name(scope, f.compatible_range), type_name(scope, common)), ""});
}

}  // namespace

bool is_polymorphic(Oid type) { return in_first_family(type) || in_second_family(type); }
bool is_array_polymorphic(Oid type) {
  return type == oid::anyarray || type == kAnyCompatibleArray;
}

bool check_generic(Scope& scope, std::span<const Oid> actual, std::span<const Oid> declared) {
  Findings f;
  if (collect(scope, actual, declared, f)) return false;
  if (complete(scope, f)) return false;
  if (f.have_compatible && !f.compatible.empty()) {
    Oid common = common_compatible(scope, f);
    if (!common) return false;
    if (f.compatible_non_array && scope.catalog().element_type(common)) return false;
    if (f.compatible_range && range_subtype(scope, f.compatible_range) != common) return false;
    const Oid range = f.compatible_multirange ? multirange_range(scope, f.compatible_multirange) : 0;
    if (range && range_subtype(scope, range) != common) return false;
    if (range && f.compatible_range && range != f.compatible_range) return false;
  }
  return true;
}

Oid enforce_generic(Scope& scope, std::span<const Oid> actual, std::span<Oid> declared, Oid result,
                    bool allow_polymorphic) {
  auto& catalog = scope.catalog();
  bool any = is_polymorphic(result);
  for (Oid type : declared) any = any || is_polymorphic(type);
  if (!any) return result;

  Findings f;
  if (auto bad = collect(scope, actual, declared, f, allow_polymorphic)) raise(*bad);
  if (auto bad = complete(scope, f)) raise(*bad);

  Oid compatible = 0;
  if (f.have_compatible) {
    if (f.compatible.empty() && allow_polymorphic) {
      compatible = kAnyCompatible;
      f.compatible_range = kAnyCompatibleRange;
      f.compatible_multirange = kAnyCompatibleMultirange;
    } else if (f.compatible.empty()) {
      compatible = oid::text;  // nothing but unknown literals
    } else {
      compatible = common_compatible(scope, f);
      if (!compatible)
        raise({"arguments of anycompatible family cannot be cast to a common type", ""});
    }
    if (f.compatible_non_array && catalog.element_type(compatible))
      raise({fmt::format("type matched to anycompatiblenonarray is an array type: {}",
                         type_name(scope, compatible)), ""});
  }
  complete_compatible(scope, f, compatible);
  bool have_first = f.have_element || f.have_array || f.have_range || f.have_multirange;
  if (have_first && !f.element) {
    if (allow_polymorphic) {
      f.element = oid::anyelement;
      f.array = oid::anyarray;
      f.range = oid::anyrange;
      f.multirange = kAnyMultirange;
    } else {
      raise({"could not determine polymorphic type because input has type unknown", "", "42804"});
    }
  }
  auto array_over = [&](Oid element) {
    if (element == oid::anyelement) return Oid{oid::anyarray};
    if (element == kAnyCompatible) return kAnyCompatibleArray;
    Oid array = catalog.array_type(element);
    if (!array)
      raise({fmt::format("could not find array type for data type {}", type_name(scope, element)),
             "", "42704"});
    return array;
  };
  auto replacement = [&](Oid type) -> Oid {
    if (type == oid::anyelement || type == kAnyNonArray || type == oid::anyenum) {
      if (f.array == oid::anyarray && !allow_polymorphic)
        raise({"cannot determine element type of \"anyarray\" argument", "", "42804"});
      return f.element;
    }
    if (type == oid::anyarray) return f.array ? f.array : (f.array = array_over(f.element));
    if (type == oid::anyrange) {
      if (!f.range)
        raise({fmt::format("could not find range type for data type {}",
                           type_name(scope, f.element)), "", "42704"});
      return f.range;
    }
    if (type == kAnyMultirange) {
      if (!f.multirange && f.range)
        if (const auto* info = catalog.range(f.range)) f.multirange = info->multirange;
      return f.multirange;
    }
    if (type == kAnyCompatible || type == kAnyCompatibleNonArray) return compatible;
    if (type == kAnyCompatibleArray) return array_over(compatible);
    if (type == kAnyCompatibleRange) return f.compatible_range;
    if (type == kAnyCompatibleMultirange) return f.compatible_multirange;
    return type;
  };
  for (const auto& [type, found] : {std::pair(kAnyCompatibleRange, f.compatible_range),
                                    std::pair(kAnyCompatibleMultirange, f.compatible_multirange)})
    if (!found && (result == type || std::ranges::find(declared, type) != declared.end()))
      raise({fmt::format("could not determine polymorphic type {} because input has type unknown",
                         type_name(scope, type)), "", "42804"});
  for (Oid& type : declared)
    if (is_polymorphic(type)) type = replacement(type);
  return replacement(result);
}

std::optional<std::string> polymorphic_refusal(Scope& scope, std::span<const Oid> arguments, Oid result) {
  auto has = [&](auto is) { return std::ranges::any_of(arguments, is); };
  const char* needs = nullptr;
  if (result == oid::anyrange || result == kAnyMultirange) {
    if (!has([](Oid t) { return t == oid::anyrange || t == kAnyMultirange; })) needs = "anyrange or anymultirange";
  } else if (result == kAnyCompatibleRange || result == kAnyCompatibleMultirange) {
    if (!has([](Oid t) { return t == kAnyCompatibleRange || t == kAnyCompatibleMultirange; }))
      needs = "anycompatiblerange or anycompatiblemultirange";
  } else if (in_first_family(result)) {
    if (!has(in_first_family)) needs = "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange";
  } else if (in_second_family(result)) {
    if (!has(in_second_family))
      needs = "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or anycompatiblemultirange";
  }
  if (needs == nullptr) return std::nullopt;
  return fmt::format("A result of type {} requires at least one input of type {}.", type_name(scope, result), needs);
}

}  // namespace analyzer
