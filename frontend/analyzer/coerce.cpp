#include "coerce.h"

#include <fmt/format.h>

#include "analysis.h"
#include "query/walk.h"

namespace analyzer {

using query::CallForm;

namespace {

bool is_composite(Scope& scope, Oid type) {
  const auto* info = scope.catalog().type(type);
  return info && info->kind == 'c';
}

bool is_composite_or_domain(Scope& scope, Oid type) {
  return is_composite(scope, scope.catalog().base_type(type));
}

bool is_composite_array(Scope& scope, Oid type) {
  Oid element = scope.catalog().element_type(type);
  return element != 0 && is_composite(scope, element);
}

Oid element_of(Scope& scope, Oid type) {
  const auto* info = scope.catalog().type(type);
  return info && info->is_true_array ? info->element : 0;
}

ExpressionPtr relabel(ExpressionPtr argument, TypeRef type, CallForm form, int location) {
  return make_expression(type, location, query::Relabel{std::move(argument), form});
}

ExpressionPtr coerce_to_domain(Scope& scope, ExpressionPtr argument, Oid base, std::int32_t base_typmod,
                               Oid domain, Context context, CallForm form, int location,
                               bool hide_input) {
  const auto* info = scope.catalog().type(domain);
  if (!info || info->kind != 'd') return argument;
  if (base_typmod >= 0)
    argument = coerce_typmod(scope, std::move(argument), type_ref(scope, base, base_typmod), context,
                             CallForm::implicit_cast, location, hide_input);
  return make_expression(type_ref(scope, domain), location,
                         query::CoerceToDomain{std::move(argument), form});
}

ExpressionPtr apply_pathway(Scope& scope, ExpressionPtr argument, Pathway path, Oid function,
                            TypeRef type, Context context, CallForm form, int location) {
  switch (path) {
    case Pathway::function: {
      const auto* info = scope.catalog().function(function);
      query::Call call;
      call.function = function;
      call.form = form;
      std::size_t parameters = info->arguments.size();
      call.arguments.push_back(std::move(argument));
      if (parameters >= 2) call.arguments.push_back(int4_constant(type.typmod));
      if (parameters >= 3) call.arguments.push_back(bool_constant(context == Context::explicit_));
      return make_expression(type, location, std::move(call));
    }
    case Pathway::array: {
      Oid source_element = scope.catalog().element_type(argument->type.oid);
      Oid target_element = scope.catalog().element_type(type.oid);
      auto element = make_expression(type_ref(scope, source_element), location, query::CaseValue{});
      auto converted = coerce_to_target(scope, std::move(element),
                                        type_ref(scope, target_element, type.typmod), context, form,
                                        location);
      if (!converted)
        throw SqlError("42846", fmt::format("cannot cast type {} to {}",
                                            type_name(scope, argument->type.oid),
                                            type_name(scope, type.oid)))
            .at(location);
      return make_expression(
          type, location, query::ArrayCoerce{std::move(argument), std::move(converted), form});
    }
    case Pathway::via_io:
      return make_expression(type, location, query::CoerceViaIo{std::move(argument), form});
    default:
      return relabel(std::move(argument), type, form, location);
  }
}

ExpressionPtr record_to_complex(Scope& scope, ExpressionPtr expression, Oid target,
                                Context context, CallForm form, int location) {
  Oid base = scope.catalog().base_type(target);
  std::vector<ExpressionPtr> fields;
  if (auto* row = node_as<query::RowConstructor>(expression)) {
    fields = std::move(row->fields);
  } else if (const auto* ref = node_as<query::ColumnReference>(expression);
             ref && ref->column == query::kWholeRowColumn) {
    auto shape = row_fields(scope, *expression);
    if (shape)
      for (std::size_t i = 0; i < shape->size(); ++i)
        fields.push_back(make_expression(
            (*shape)[i].type, location,
            query::ColumnReference{ref->range_table_index, static_cast<int>(i), ref->levels_up}));
  } else {
    throw SqlError("42846", fmt::format("cannot cast type {} to {}",
                                        type_name(scope, expression->type.oid),
                                        type_name(scope, target)))
        .at(location);
  }
  query::RowConstructor result;
  std::size_t next = 0;
  auto shape = composite_fields(scope, base);
  for (const RowField& field : shape) {
    if (field.name.empty()) {
      result.fields.push_back(null_constant(scope, type_ref(scope, oid::int4)));
      result.names.emplace_back();
      continue;
    }
    if (next >= fields.size())
      throw SqlError("42846", fmt::format("cannot cast type {} to {}",
                                          type_name(scope, expression->type.oid),
                                          type_name(scope, target)))
          .with_detail("Input has too few columns.")
          .at(location);
    Oid from = fields[next]->type.oid;
    auto converted = coerce_to_target(scope, std::move(fields[next]), field.type, context,
                                      CallForm::implicit_cast, location);
    if (!converted)
      throw SqlError("42846", fmt::format("cannot cast type {} to {}",
                                          type_name(scope, expression->type.oid),
                                          type_name(scope, target)))
          .with_detail(fmt::format("Cannot cast type {} to {} in column {}.",
                                   type_name(scope, from), type_name(scope, field.type.oid),
                                   next + 1))
          .at(location);
    result.fields.push_back(std::move(converted));
    result.names.push_back(field.name);
    ++next;
  }
  if (next != fields.size())
    throw SqlError("42846", fmt::format("cannot cast type {} to {}",
                                        type_name(scope, expression->type.oid),
                                        type_name(scope, target)))
        .with_detail("Input has too many columns.")
        .at(location);
  auto row = make_expression(type_ref(scope, base), location, std::move(result));
  if (base != target)
    return make_expression(type_ref(scope, target), location,
                           query::CoerceToDomain{std::move(row), form});
  return row;
}

}  // namespace

Pathway find_pathway(Scope& scope, Oid target, Oid source, Context context, Oid& function) {
  function = 0;
  auto& catalog = scope.catalog();
  if (source != 0) source = catalog.base_type(source);
  if (target != 0) target = catalog.base_type(target);
  if (source == target) return Pathway::relabel;

  if (const auto* cast = catalog.cast(source, target)) {
    Context needed = cast->context == 'i'   ? Context::implicit
                     : cast->context == 'a' ? Context::assignment
                                            : Context::explicit_;
    if (context < needed) return Pathway::none;
    if (cast->method == 'i') return Pathway::via_io;
    if (cast->method == 'b') return Pathway::relabel;
    function = cast->function;
    return Pathway::function;
  }
  if (target != oid::oidvector && target != oid::int2vector) {
    Oid target_element = element_of(scope, target);
    Oid source_element = element_of(scope, source);
    if (target_element && source_element) {
      Oid element_function = 0;
      Pathway path = find_pathway(scope, target_element, source_element, context, element_function);
      if (path != Pathway::none) return path == Pathway::via_io ? Pathway::via_io : Pathway::array;
    }
  }
  if (context >= Context::assignment && type_category(scope, target) == 'S') return Pathway::via_io;
  if (context == Context::explicit_ && type_category(scope, source) == 'S') return Pathway::via_io;
  return Pathway::none;
}

bool is_binary_coercible(Scope& scope, Oid source, Oid target) {
  auto& catalog = scope.catalog();
  if (source == target) return true;
  if (target == oid::any || target == oid::anyelement || target == oid::anycompatible) return true;
  if (source != 0) source = catalog.base_type(source);
  if (source == target) return true;
  const auto* info = catalog.type(source);
  if (is_array_polymorphic(target) && info && info->is_true_array) return true;
  if (target == oid::anyenum && info && info->kind == 'e') return true;
  if (target == oid::anyrange && info && info->kind == 'r') return true;
  if (target == oid::anymultirange && info && info->kind == 'm') return true;
  if (target == oid::record && info && info->kind == 'c') return true;
  if (target == oid::record_array && is_composite_array(scope, source)) return true;
  const auto* cast = catalog.cast(source, target);
  return cast && cast->method == 'b' && cast->context == 'i';
}

bool can_coerce(Scope& scope, Oid input, Oid target, Context context) {
  return can_coerce(scope, {&input, 1}, {&target, 1}, context);
}

bool can_coerce(Scope& scope, std::span<const Oid> inputs, std::span<const Oid> targets,
                Context context) {
  bool polymorphic = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Oid input = inputs[i], target = targets[i];
    if (input == target || target == oid::any) continue;
    if (is_polymorphic(target)) {
      polymorphic = true;
      continue;
    }
    if (input == oid::unknown) continue;
    Oid function;
    if (find_pathway(scope, target, input, context, function) != Pathway::none) continue;
    if (input == oid::record && is_composite_or_domain(scope, target)) continue;
    if (target == oid::record && is_composite_or_domain(scope, input)) continue;
    if (input == oid::record_array && is_composite_array(scope, target)) continue;
    if (target == oid::record_array && is_composite_array(scope, input)) continue;
    return false;
  }
  return !polymorphic || check_generic(scope, inputs, targets);
}

ExpressionPtr coerce(Scope& scope, ExpressionPtr expression, TypeRef type, Context context,
                     CallForm form, int location) {
  auto& catalog = scope.catalog();
  Oid input = expression->type.oid;
  Oid target = type.oid;
  if (input == target || target == oid::any) return expression;
  if (is_polymorphic(target)) {
    if (!is_array_polymorphic(target) && target != oid::anyenum && target != oid::anyrange &&
        target != oid::anymultirange && target != 5080)
      return expression;
    if (input != oid::unknown) {
      Oid base = catalog.base_type(input);
      if (base != input)
        return relabel(std::move(expression), type_ref(scope, base), CallForm::implicit_cast, -1);
      return expression;
    }
  }
  if (input == oid::unknown) {
    if (const auto* constant = node_as<query::Constant>(expression)) {
      std::int32_t base_typmod = type.typmod;
      Oid base = catalog.base_type(target, &base_typmod);
      std::int32_t input_typmod = base == oid::interval ? base_typmod : -1;
      TypeRef base_ref = type_ref(scope, base, input_typmod);
      int place = expression->location >= 0 ? expression->location : location;
      ExpressionPtr result = literal_to_constant(scope, constant->bytes, constant->value.is_null,
                                                 base_ref, place);
      if (base != target)
        result = coerce_to_domain(scope, std::move(result), base, base_typmod, target, context,
                                  form, location, false);
      return result;
    }
    if (const auto* parameter = node_as<query::Parameter>(expression)) {
      auto index = static_cast<std::size_t>(parameter->number - 1);
      auto& types = scope.state.parameters;
      if (index < types.size()) {
        if (types[index] == 0 || types[index] == oid::unknown) {
          types[index] = target;
        } else if (types[index] != target) {
          throw SqlError("42P08", fmt::format("inconsistent types deduced for parameter ${}",
                                              parameter->number))
              .with_detail(fmt::format("{} versus {}", type_name(scope, types[index]),
                                       type_name(scope, target)))
              .at(expression->location);
        }
        // '5' is five minutes for an interval minute: the literal is read with the modifier.
        if (type.typmod >= 0 && catalog.base_type(target) == oid::interval &&
            !scope.state.context.lifted.empty())
          throw SqlError::not_supported("lifting an interval with a modifier");
        // The client sends the bare type: lengths are applied by an explicit coercion.
        expression->type = type_ref(scope, target);
        if (expression->location < 0) expression->location = location;
        return expression;
      }
    }
  }
  if (auto* collate = node_as<query::Relabel>(expression); collate && collate->collate) {
    // Below the COLLATE, unless the new type has no collation.
    TypeRef wanted = type_ref(scope, target, type.typmod);
    Oid chosen = expression->type.collation;
    auto inner = coerce(scope, std::move(collate->argument), type, context, form, location);
    if (wanted.collation == 0) return inner;
    TypeRef result_type = inner->type;
    result_type.collation = chosen;
    query::Relabel again{std::move(inner), CallForm::function};
    again.collate = true;
    return make_expression(result_type, expression->location, std::move(again));
  }
  Oid function = 0;
  Pathway path = find_pathway(scope, target, input, context, function);
  if (path != Pathway::none) {
    std::int32_t base_typmod = type.typmod;
    Oid base = catalog.base_type(target, &base_typmod);
    if (path != Pathway::relabel) {
      auto result = apply_pathway(scope, std::move(expression), path, function,
                                  type_ref(scope, base, base_typmod), context, form, location);
      if (path == Pathway::function) {
        // The cast function applied the length itself only if it takes it.
        const auto* info = catalog.function(function);
        if (info->arguments.size() < 2) result->type.typmod = -1;
      } else if (path == Pathway::via_io) {
        result->type.typmod = -1;
      }
      if (base != target)
        result = coerce_to_domain(scope, std::move(result), base, base_typmod, target, context,
                                  form, location, true);
      return result;
    }
    const auto* info = catalog.type(target);
    if (info && info->kind == 'd')
      return coerce_to_domain(scope, std::move(expression), base, base_typmod, target, context,
                              form, location, false);
    return relabel(std::move(expression), type_ref(scope, target), form, location);
  }
  if (input == oid::record && is_composite_or_domain(scope, target))
    return record_to_complex(scope, std::move(expression), target, context, form, location);
  if ((target == oid::record && is_composite_or_domain(scope, input)) ||
      (target == oid::record_array && is_composite_array(scope, input)))
    return relabel(std::move(expression), type_ref(scope, target), form, location);
  throw SqlError("42846", fmt::format("cannot cast type {} to {}", type_name(scope, input),
                                      type_name(scope, target)))
      .at(location);
}

ExpressionPtr coerce_typmod(Scope& scope, ExpressionPtr expression, TypeRef type, Context context,
                            CallForm form, int location, bool hide_input) {
  if (type.typmod == expression->type.typmod) return expression;
  if (hide_input) {
    auto hide = [](auto* node) { if (node) node->form = CallForm::implicit_cast; };
    if (auto* call = node_as<query::Call>(expression); call && call->form == CallForm::explicit_cast)
      hide(call);
    hide(node_as<query::Relabel>(expression));
    hide(node_as<query::CoerceViaIo>(expression));
    hide(node_as<query::ArrayCoerce>(expression));
    hide(node_as<query::CoerceToDomain>(expression));
  }
  Oid function = 0;
  Pathway path = Pathway::none;
  if (type.typmod >= 0) {
    Oid element = element_of(scope, type.oid);
    Oid of = element ? element : type.oid;
    if (const auto* cast = scope.catalog().cast(of, of); cast && cast->function) {
      function = cast->function;
      path = element ? Pathway::array : Pathway::function;
    }
  }
  TypeRef result = type_ref(scope, type.oid, type.typmod);
  if (path == Pathway::none) {
    if (expression->type.oid == type.oid && node_as<query::Constant>(expression)) {
      expression->type.typmod = type.typmod;
      return expression;
    }
    result.collation = expression->type.collation;
    return relabel(std::move(expression), result, form, location);
  }
  return apply_pathway(scope, std::move(expression), path, function, result, context, form, location);
}

ExpressionPtr coerce_to_target(Scope& scope, ExpressionPtr expression, TypeRef type,
                               Context context, CallForm form, int location) {
  if (!can_coerce(scope, expression->type.oid, type.oid, context)) return nullptr;
  const Expression* before = expression.get();
  Oid explicit_collation = 0;
  // A collation stays outermost.
  if (auto* collate = node_as<query::Relabel>(expression); collate && collate->collate) {
    explicit_collation = expression->type.collation;
    int collate_location = expression->location;
    auto inner = std::move(collate->argument);
    auto result = coerce_to_target(scope, std::move(inner), type, context, form, location);
    if (!result || type_ref(scope, type.oid).collation == 0) return result;
    TypeRef result_type = result->type;
    result_type.collation = explicit_collation;
    query::Relabel again{std::move(result), CallForm::function};
    again.collate = true;
    return make_expression(result_type, collate_location, std::move(again));
  }
  auto result = coerce(scope, std::move(expression), type, context, form, location);
  bool hide = result.get() != before && !node_as<query::Constant>(result);
  return coerce_typmod(scope, std::move(result), type, context, form, location, hide);
}

ExpressionPtr coerce_to_boolean(Scope& scope, ExpressionPtr expression, const char* construct) {
  if (expression->type.oid != oid::bool_) {
    Oid input = expression->type.oid;
    int location = location_of(*expression);
    auto result = coerce_to_target(scope, std::move(expression), type_ref(scope, oid::bool_),
                                   Context::assignment, CallForm::implicit_cast, -1);
    if (!result)
      throw SqlError("42804", fmt::format("argument of {} must be type boolean, not type {}",
                                          construct, type_name(scope, input)))
          .at(location);
    expression = std::move(result);
  }
  return expression;
}

ExpressionPtr coerce_to_specific(Scope& scope, ExpressionPtr expression, TypeRef type,
                                 const char* construct) {
  if (expression->type.oid == type.oid && type.typmod < 0) return expression;
  Oid input = expression->type.oid;
  int location = location_of(*expression);
  auto result = coerce_to_target(scope, std::move(expression), type, Context::assignment,
                                 CallForm::implicit_cast, -1);
  if (!result)
    throw SqlError("42804", fmt::format("argument of {} must be type {}, not type {}", construct,
                                        type_name(scope, type.oid), type_name(scope, input)))
        .at(location);
  return result;
}

char type_category(Scope& scope, Oid type) {
  const auto* info = scope.catalog().type(type);
  return info ? info->category : 0;
}

bool is_preferred(Scope& scope, char category, Oid type) {
  const auto* info = scope.catalog().type(type);
  if (!info) return false;
  return (category == info->category || category == 0) && info->preferred;
}

TypeRef type_ref(Scope& scope, Oid type, std::int32_t typmod) {
  const auto* info = scope.catalog().type(type);
  return {type, typmod, info ? info->collation : 0};
}

}  // namespace analyzer
