// Compiled expressions: an immutable tree of nodes that any number of executions evaluate.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "eval/environment.h"
#include "types/arena.h"
#include "types/eval_context.h"
#include "types/vector.h"

namespace eval {

// The memory in which one execution evaluates one program: a result vector and a selection
// buffer per node that needs one, made at first use and kept.
class Frame {
 public:
  // `capacity`: rows of the largest batch that will be evaluated.
  Frame(std::uint32_t slots, std::uint32_t capacity);

  // A vector of the frame's capacity, without nulls, values undefined.
  types::Vector& scratch(std::uint32_t slot, types::PhysicalType type);
  // A vector that holds one value for every row; set it with set_datum(0, ..).
  types::Vector& constant(std::uint32_t slot, types::PhysicalType type);
  std::uint16_t* selection(std::uint32_t slot);

  // Set for each evaluation.
  Environment* environment = nullptr;
  types::EvalContext* context = nullptr;
  std::span<const types::Vector> input;
  const types::Vector* case_value = nullptr;  // what CaseValue stands for

  std::uint32_t capacity() const { return capacity_; }

 private:
  struct Slot {
    types::Vector vector;
    std::uint16_t* selection = nullptr;
    bool made = false;
  };
  types::Arena arena_;
  std::vector<Slot> slots_;
  std::uint32_t capacity_;
};

class Node {
 public:
  Node(types::TypeRef type, types::PhysicalType physical) : type_(type), physical_(physical) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // The value for every selected row; other rows are undefined. The vector lies in the frame, in
  // the frame's input or in this node, until the node is evaluated again in that frame; varlen
  // bytes live as long as context->arena. Throws SqlError for a selected row only.
  virtual const types::Vector& evaluate(Frame& frame, types::Selection rows) const = 0;

  // The same value for every row of any batch of this execution.
  virtual bool is_constant() const { return false; }

  const types::TypeRef& type() const { return type_; }
  types::PhysicalType physical() const { return physical_; }

 private:
  types::TypeRef type_;
  types::PhysicalType physical_;
};
using NodePtr = std::unique_ptr<const Node>;

// The rows of `rows` where a boolean vector is true, written to `buffer`.
types::Selection select_true(const types::Vector& values, types::Selection rows,
                             std::uint16_t* buffer);

// out[row] = values[row] for every selected row.
void copy_rows(const types::Vector& values, types::Selection rows, types::Vector& out);


}  // namespace eval
