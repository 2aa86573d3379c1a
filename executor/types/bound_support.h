// What each kind of user type gives its UserType: functions bound to it.
#pragma once

#include "types/user_type.h"

namespace types {

TypeSupport enum_support(const UserType& type);
TypeSupport record_support(const UserType& type);
TypeSupport array_support(const UserType& type);
TypeSupport range_support(const UserType& type);
TypeSupport multirange_support(const UserType& type);
TypeSupport domain_support(const UserType& type);

}  // namespace types
