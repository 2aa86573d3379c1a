// What a plan keeps of one call of a function or an aggregate.
#pragma once

#include <vector>

#include "functions/function.h"

namespace eval {

// The facts that kernels are given; movable although FunctionCall points into it.
struct CallSite {
  functions::FunctionCall call;
  std::vector<types::TypeRef> argument_types;
  std::vector<types::TypeRef> columns;

  CallSite() = default;
  CallSite(const functions::FunctionCall& c, std::vector<types::TypeRef> types)
      : call(c), argument_types(std::move(types)) {
    call.arguments = argument_types;
  }
  CallSite(CallSite&& other) noexcept
      : CallSite(other.call, std::move(other.argument_types)) {
    set_columns(std::move(other.columns));
  }
  void set_columns(std::vector<types::TypeRef> list) {
    columns = std::move(list);
    call.columns = columns;
  }
  CallSite& operator=(CallSite&& other) noexcept {
    call = other.call;
    argument_types = std::move(other.argument_types);
    call.arguments = argument_types;
    set_columns(std::move(other.columns));
    return *this;
  }
};

struct ResolvedCall {
  functions::ScalarKernel kernel = nullptr;
  bool is_volatile = false;
  bool is_immutable = false;
  CallSite site;

  void operator()(types::EvalContext& context, std::span<const types::Vector* const> arguments,
                  types::Selection rows, types::Vector& out) const {
    kernel(context, site.call, arguments, rows, out);
  }
};

}  // namespace eval
