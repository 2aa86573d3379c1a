#include "statement_tracker.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "backends.h"
#include "catalog/roles.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "parser/normalize.h"
#include "session_state.h"
#include "types/hash.h"

namespace session {
namespace {

// Without what stands around it, and with $n in the place of constants.
std::string statement_without_constants(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n;";
  const std::size_t begin = text.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(kAround) - begin + 1);
  const auto found = parser::make_template(text);
  if (!found) return std::string(text);
  std::string out;
  std::size_t at = 0;
  int place = 0;
  for (const parser::TextLiteral& literal : found->literals) {
    const auto from = static_cast<std::size_t>(literal.location);
    out += text.substr(at, from - at);
    out += '$';
    out += std::to_string(++place);
    at = from + static_cast<std::size_t>(literal.length);
  }
  return out += text.substr(at);
}

// How many rows a tag tells of.
std::int64_t rows_in_tag(std::string_view tag) {
  const std::size_t blank = tag.rfind(' ');
  std::int64_t rows = 0;
  if (blank != std::string_view::npos) std::from_chars(tag.data() + blank + 1, tag.data() + tag.size(), rows);
  return rows;
}

bool is_utility_tag(std::string_view tag) {
  for (const std::string_view query : {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
    if (tag.starts_with(query)) return false;
  return true;
}

}  // namespace

bool StatementTracker::is_installed() {
  namespace pg_extension = catalog::pg_extension;
  const catalog::RelationPtr table = session_.catalog->relation(pg_extension::kOid);
  const transaction::View view = session_.catalog->take_view(false);
  catalog::RowReader rows(view, *table, 0, catalog::Key{});
  while (rows.next())
    if (rows.row().text(pg_extension::extname) == "pg_stat_statements") return true;
  return false;
}

bool StatementTracker::is_on() {
  if (const std::uint64_t version = session_.catalog->version(); !known_ || version != version_) {
    installed_ = is_installed();
    version_ = version;
    known_ = true;
  }
  return installed_ && session_.settings.value("pg_stat_statements.track") != "none";
}

StatementStatistics::EntryPtr StatementTracker::entry_of(std::string_view text) {
  StatementStatistics::EntryPtr* kept = entries_.find(text);
  const std::uint32_t user = session_.catalog->user();
  if (kept != nullptr && !(*kept)->is_gone() && (*kept)->key.user == user) return *kept;
  std::string normal = statement_without_constants(text);
  const StatementStatistics::Key key{user, session_.catalog->database_oid(), types::hash_bytes(normal) | 1};
  auto entry = session_.environment.backends->statements().find(key, [&] { return std::move(normal); });
  if (kept != nullptr) *kept = entry;
  else entries_.insert(text, entry);
  return entry;
}

void StatementTracker::record(std::string_view text, std::string_view tag) {
  if (is_utility_tag(tag) && session_.settings.value("pg_stat_statements.track_utility") == "off") return;
  const std::chrono::duration<double, std::milli> passed = Clock::now() - started_;
  entry_of(text)->add(passed.count(), rows_in_tag(tag));
}

namespace {

std::string decimal_text(double value) { return fmt::format("{}", value); }

std::vector<std::optional<std::string>> statement_row(SessionState& session, const StatementStatistics::Entry& entry, bool with_text,
                                                      bool reads_all) {
  const StatementStatistics::Counts c = entry.counts();
  const std::uint32_t user = session.catalog->user();
  const bool visible = entry.key.user == user || reads_all;
  const double calls = static_cast<double>(std::max<std::int64_t>(1, c.calls));
  std::vector<std::optional<std::string>> row{
      std::to_string(entry.key.user), std::to_string(entry.key.database), "t",
      visible ? std::optional<std::string>(std::to_string(static_cast<std::int64_t>(entry.key.query))) : std::nullopt,
      !visible     ? std::optional<std::string>("<insufficient privilege>")
      : with_text ? std::optional<std::string>(entry.text)
                  : std::nullopt,
      "0", "0", "0", "0", "0", "0",  // planning is not told apart
      std::to_string(c.calls), decimal_text(c.total), decimal_text(c.least), decimal_text(c.most), decimal_text(c.mean),
      decimal_text(std::sqrt(c.squares / calls)), std::to_string(c.rows)};
  row.resize(35);                  // pages and log: not counted
  row.resize(43, std::string("0"));  // there is no JIT
  return row;
}

}  // namespace

std::vector<std::vector<std::optional<std::string>>> statement_rows(SessionState& session, bool with_text) {
  const bool reads_all = session.catalog->has_privileges_of(session.catalog->user(), catalog::kPgReadAllStats);
  std::vector<std::vector<std::optional<std::string>>> rows;
  session.environment.backends->statements().for_each(
      [&](const StatementStatistics::Entry& entry) {
        rows.push_back(statement_row(session, entry, with_text, reads_all));
      });
  return rows;
}

}  // namespace session
