#include "stored_settings.h"

#include <algorithm>

#include "types/ascii.h"
#include "types/session_services.h"

namespace commands {
namespace {

// Whether "Name=value" is about the setting; `lower_name` is in lower case.
bool is_setting_of(std::string_view stored, std::string_view lower_name) {
  return stored.size() > lower_name.size() && stored[lower_name.size()] == '=' &&
         types::equals_ignoring_case(stored.substr(0, lower_name.size()), lower_name);
}

}  // namespace

void change_stored_settings(Ddl& ddl, std::vector<std::string>& settings, const query::SetVariable& change,
                            Host::SettingOf of) {
  using Action = query::SetVariable::Action;
  if (change.action == Action::reset_all)
    settings.clear();
  else
    std::erase_if(settings, [&](const std::string& s) { return is_setting_of(s, change.name); });
  if (change.action == Action::set)
    settings.push_back(ddl.host().check_setting(change.name, change.value, of));
  if (change.action == Action::from_current) {
    operators::ExecutionContext execution = ddl.host().execution_context();
    settings.push_back(ddl.host().check_setting(
        change.name, execution.eval.session->get_setting(change.name, false), of));
  }
}

}  // namespace commands
