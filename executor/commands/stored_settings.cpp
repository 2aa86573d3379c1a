#include "stored_settings.h"

#include <algorithm>

#include "types/session_services.h"

namespace commands {
namespace {

// Whether "Name=value" is about the setting; `lower_name` is in lower case.
bool is_setting_of(std::string_view stored, std::string_view lower_name) {
  return stored.size() > lower_name.size() && stored[lower_name.size()] == '=' &&
         std::equal(lower_name.begin(), lower_name.end(), stored.begin(), [](char lower, char c) {
           return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
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
