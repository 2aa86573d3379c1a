#include "extensions/extension.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace extensions {
namespace {

TEST(Extensions, StandInTheOrderOfTheirNames) {
  ASSERT_FALSE(all().empty());
  EXPECT_TRUE(std::ranges::is_sorted(all(), {}, &Extension::name));
  for (const Extension* e : all()) EXPECT_EQ(find(e->name), e);
  EXPECT_EQ(find("nosuch"), nullptr);
}

// Kernels are found by their symbols alone.
TEST(Extensions, SymbolsAreUnique) {
  std::set<std::string_view> seen;
  for (const Extension* e : all()) {
    for (const auto& f : e->functions) EXPECT_TRUE(seen.insert(f.internal_name).second) << e->name << ": " << f.internal_name;
    for (const auto& f : e->set_functions) EXPECT_TRUE(seen.insert(f.symbol).second) << e->name << ": " << f.symbol;
  }
}

TEST(Extensions, EveryKernelIsThatOfARoutine) {
  for (const Extension* e : all()) {
    auto has_routine = [&](std::string_view symbol, bool set) {
      return std::ranges::any_of(e->routines, [&](const Routine& r) {
        return r.symbol == symbol && r.result.starts_with("setof ") == set;
      });
    };
    for (const auto& f : e->functions) {
      EXPECT_TRUE(has_routine(f.internal_name, false)) << e->name << ": " << f.internal_name;
      EXPECT_EQ(find_scalar(f.internal_name), f.kernel);
    }
    for (const auto& f : e->set_functions) {
      EXPECT_TRUE(has_routine(f.symbol, true)) << e->name << ": " << f.symbol;
      EXPECT_EQ(find_set_function(f.symbol), f.start);
    }
  }
}

TEST(Extensions, RequirementsAreThere) {
  for (const Extension* e : all())
    for (const std::string_view other : e->requirements) EXPECT_NE(find(other), nullptr) << e->name;
}

TEST(Extensions, OperatorsNameFunctionsOfTheirs) {
  for (const Extension* e : all())
    for (const Operator& op : e->operators) {
      EXPECT_TRUE(std::ranges::any_of(e->routines, [&](const Routine& r) { return r.name == op.function; })) << op.name;
      for (const std::string_view other : {op.commutator, op.negator})
        EXPECT_TRUE(other.empty() ||
                    std::ranges::any_of(e->operators, [&](const Operator& o) { return o.name == other; }))
            << op.name;
    }
}

}  // namespace
}  // namespace extensions
