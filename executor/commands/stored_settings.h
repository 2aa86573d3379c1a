// Settings that the catalogue keeps: pg_db_role_setting.setconfig, pg_proc.proconfig.
#pragma once

#include "ddl.h"

namespace commands {

// What SET or RESET does to the list, whose elements are `name=value`. 42704, 22023, 55P02 as SET says them.
void change_stored_settings(Ddl& ddl, std::vector<std::string>& settings, const query::SetVariable& change,
                            Host::SettingOf of);

}  // namespace commands
