#include "partition_functions.h"

#include <algorithm>

#include "query/partition.h"

namespace catalog {
namespace {

bool is_partitioned(const RelationDescriptor& relation) {
  return relation.kind == RelationKind::partitioned_table || relation.kind == RelationKind::partitioned_index;
}

// A partition of a table, or an index attached to one of a partitioned table.
bool is_partition(const RelationDescriptor& relation) {
  const bool is_index = relation.kind == RelationKind::index || relation.kind == RelationKind::partitioned_index;
  return !relation.parents.empty() && (relation.partition_bound || is_index);
}

// From the relation up; empty when it is in no partition tree.
std::vector<RelationPtr> line_of(SessionCatalog& catalog, Oid oid) {
  std::vector<RelationPtr> line;
  RelationPtr relation = catalog.relation(oid);
  if (relation == nullptr || (!is_partition(*relation) && !is_partitioned(*relation))) return line;
  for (; relation != nullptr; relation = is_partition(*relation) ? catalog.relation(relation->parents[0]) : nullptr)
    line.push_back(relation);
  return line;
}

using Value = query::PartitionBound::Value;

std::string joined(const std::vector<std::string>& terms, const char* word) {
  if (terms.size() == 1) return terms[0];
  std::string text = "(";
  for (const std::string& term : terms) text += (text.size() > 1 ? word : "") + term;
  return text + ")";
}

// Terms of one partition's bound, to be joined by AND; as get_qual_from_partbound() makes them.
class BoundTerms {
 public:
  BoundTerms(SessionCatalog& catalog, const RelationDescriptor& parent) : catalog_(catalog), parent_(parent) {
    for (const PartitionKeyColumn& column : parent.partition_key->columns) {
      std::string name = column.column >= 0
                             ? quote_identifier(parent.columns[static_cast<std::size_t>(column.column)].name)
                             : deparsed(catalog, *column.expression, parent);
      names_.push_back(name);
      // varchar is compared as text.
      operands_.push_back(column.type.oid == types::oid::varchar ? "(" + name + ")::text" : name);
    }
  }

  std::vector<std::string> of(const query::PartitionBound& bound) {
    switch (bound.strategy) {
      case query::PartitionStrategy::list: list(bound); break;
      case query::PartitionStrategy::range: range(bound); break;
      default: hash(bound);
    }
    return std::move(terms_);
  }

  // What the default partition has: no row of any other. None: it is alone.
  std::optional<std::string> of_default() {
    std::vector<std::shared_ptr<const query::PartitionBound>> others;
    for (const Oid child : parent_.children) {
      const RelationPtr partition = catalog_.relation(child);
      if (partition != nullptr && partition->partition_bound && !partition->partition_bound->is_default)
        others.emplace_back(partition, partition->partition_bound.get());
    }
    if (others.empty()) return std::nullopt;
    if (others.front()->strategy == query::PartitionStrategy::list) {
      std::vector<const Value*> values;
      for (const auto& bound : others)
        for (const Value& value : bound->list) values.push_back(&value);
      std::ranges::stable_sort(values, [&](const Value* a, const Value* b) { return compared(0, *a, *b) < 0; });
      list(values);
    } else {
      std::ranges::stable_sort(others, [&](const auto& a, const auto& b) {
        for (std::size_t i = 0; i < a->lower.size(); ++i)
          if (const int order = compared(i, a->lower[i], b->lower[i]); order != 0) return order < 0;
        return false;
      });
      std::vector<std::string> arms;
      for (const auto& bound : others) {
        terms_.clear();
        bounds(*bound);
        // From MINVALUE to MAXVALUE: whatever is not null.
        if (!terms_.empty()) arms.push_back(joined(terms_, " AND "));
      }
      terms_.clear();
      for (const std::string& name : names_) terms_.push_back("(" + name + " IS NOT NULL)");
      if (!arms.empty()) terms_.push_back(joined(arms, " OR "));
    }
    return "(NOT " + joined(terms_, " AND ") + ")";
  }

 private:
  std::string text(const Value& value) { return deparsed(catalog_, *value.expression, parent_); }
  std::string comparison(std::size_t column, const char* op, const Value& value) {
    return "(" + operands_[column] + " " + op + " " + text(value) + ")";
  }

  void list(const query::PartitionBound& bound) {
    std::vector<const Value*> values;
    for (const Value& value : bound.list) values.push_back(&value);
    list(values);
  }
  void list(const std::vector<const Value*>& listed) {
    std::vector<std::string> values;
    bool with_null = false;
    for (const Value* value : listed) {
      const auto* constant = std::get_if<query::Constant>(&value->expression->node);
      if (constant != nullptr && constant->value.is_null)
        with_null = true;
      else
        values.push_back(text(*value));
    }
    std::string among;
    if (values.size() == 1) {
      among = "(" + operands_[0] + " = " + values[0] + ")";
    } else if (!values.empty()) {
      among = "(" + operands_[0] + " = ANY (ARRAY[";
      for (std::size_t i = 0; i < values.size(); ++i) among += (i > 0 ? ", " : "") + values[i];
      among += "]))";
    }
    if (!with_null) {
      terms_.push_back("(" + names_[0] + " IS NOT NULL)");
      terms_.push_back(among);
    } else {
      const std::string is_null = "(" + names_[0] + " IS NULL)";
      terms_.push_back(among.empty() ? is_null : "(" + is_null + " OR " + among + ")");
    }
  }

  // Columns whose bounds are equal are compared with them. Of the rest, each bound is an OR: the
  // first column alone decides, or it is equal and the second decides, ...
  void range(const query::PartitionBound& bound) {
    for (const std::string& name : names_) terms_.push_back("(" + name + " IS NOT NULL)");
    bounds(bound);
  }
  void bounds(const query::PartitionBound& bound) {
    const std::size_t count = names_.size();
    auto is_value = [](const Value& v) { return v.kind == Value::Kind::value; };
    std::size_t first = 0;
    while (first < count && is_value(bound.lower[first]) && is_value(bound.upper[first]) &&
           text(bound.lower[first]) == text(bound.upper[first])) {
      terms_.push_back(comparison(first, "=", bound.lower[first]));
      ++first;
    }
    auto side = [&](const std::vector<Value>& values, bool is_lower) {
      std::vector<std::string> arms;
      for (std::size_t last = first; last < count && is_value(values[last]); ++last) {
        std::vector<std::string> arm;
        for (std::size_t i = first; i < last; ++i) arm.push_back(comparison(i, "=", values[i]));
        const bool is_end = last + 1 == count;
        const bool next_is_open =
            !is_end && values[last + 1].kind == (is_lower ? Value::Kind::min : Value::Kind::max);
        const bool inclusive = is_lower ? is_end || next_is_open : next_is_open;
        arm.push_back(comparison(last, is_lower ? (inclusive ? ">=" : ">") : inclusive ? "<=" : "<", values[last]));
        arms.push_back(joined(arm, " AND "));
      }
      if (!arms.empty()) terms_.push_back(joined(arms, " OR "));
    };
    side(bound.lower, true);
    side(bound.upper, false);
  }

  // As the other partitions' bounds come in order; types that only the analyzer can compare keep theirs.
  int compared(std::size_t column, const Value& a, const Value& b) const {
    if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
    if (a.kind != Value::Kind::value) return 0;
    const auto* x = std::get_if<query::Constant>(&a.expression->node);
    const auto* y = std::get_if<query::Constant>(&b.expression->node);
    const types::TypeSupport* support = catalog_.find_support(parent_.partition_key->columns[column].type.oid);
    if (x == nullptr || y == nullptr || support == nullptr || support->compare == nullptr) return 0;
    if (x->value.is_null || y->value.is_null) return static_cast<int>(x->value.is_null) - static_cast<int>(y->value.is_null);
    return support->compare(x->value, y->value);
  }

  void hash(const query::PartitionBound& bound) {
    std::string call = "satisfies_hash_partition('" + std::to_string(parent_.oid) + "'::oid, " +
                       std::to_string(bound.modulus) + ", " + std::to_string(bound.remainder);
    for (const std::string& name : names_) call += ", " + name;
    terms_.push_back(call + ")");
  }

  SessionCatalog& catalog_;
  const RelationDescriptor& parent_;
  std::vector<std::string> names_, operands_, terms_;
};

}  // namespace

std::optional<std::string> partition_constraint(SessionCatalog& catalog, Oid relation) {
  std::vector<std::string> terms;
  const auto line = line_of(catalog, relation);
  for (std::size_t i = line.size(); i-- > 1;) {
    const RelationDescriptor &parent = *line[i], &partition = *line[i - 1];
    if (!partition.partition_bound || !parent.partition_key) return std::nullopt;
    if (partition.partition_bound->is_default) {
      if (auto term = BoundTerms(catalog, parent).of_default()) terms.push_back(std::move(*term));
      continue;
    }
    for (std::string& term : BoundTerms(catalog, parent).of(*partition.partition_bound))
      terms.push_back(std::move(term));
  }
  if (terms.empty()) return std::nullopt;
  return joined(terms, " AND ");
}

std::optional<std::string> partition_root(SessionCatalog& catalog, Oid relation) {
  const auto line = line_of(catalog, relation);
  if (line.empty()) return std::nullopt;
  return std::to_string(line.back()->oid);
}

std::optional<std::string> partition_ancestors(SessionCatalog& catalog, Oid relation) {
  std::string text = "{";
  for (const RelationPtr& r : line_of(catalog, relation)) text += (text.size() > 1 ? "," : "") + std::to_string(r->oid);
  return text + "}";
}

std::optional<std::string> partition_tree(SessionCatalog& catalog, Oid relation) {
  struct Member {
    Oid oid, parent;
    int level;
  };
  std::vector<Member> members;
  const auto line = line_of(catalog, relation);
  if (!line.empty()) members.push_back({relation, line.size() > 1 ? line[1]->oid : 0, 0});
  std::string text = "{";
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member member = members[i];
    RelationPtr descriptor = catalog.relation(member.oid);
    if (descriptor == nullptr) continue;
    text += (text.size() > 1 ? "," : "") + std::to_string(member.oid) + "," + std::to_string(member.parent) +
            (is_partitioned(*descriptor) ? ",0," : ",1,") + std::to_string(member.level);
    if (is_partitioned(*descriptor))
      for (Oid child : descriptor->children) members.push_back({child, member.oid, member.level + 1});
  }
  return text + "}";
}

}  // namespace catalog
