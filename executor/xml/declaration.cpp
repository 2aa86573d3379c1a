#include "xml/declaration.h"

#include "library.h"
#include "name_characters.h"

#include <libxml/xmlstring.h>

namespace xml {
namespace {

constexpr std::string_view kDefaultVersion = "1.0";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_name_character(std::string_view text) {
  if (text.empty()) return false;
  int length = static_cast<int>(std::min<std::size_t>(text.size(), 4));
  const int c = xmlGetUTF8Char(reinterpret_cast<const unsigned char*>(text.data()), &length);
  if (c < 0) return false;
  return may_stand_in_name(static_cast<unsigned int>(c));
}

// A place in the declaration.
struct Scanner {
  std::string_view text;
  std::size_t at = 0;

  bool blank() const { return at < text.size() && is_blank(text[at]); }
  void skip_blanks() {
    while (blank()) ++at;
  }
  bool word(std::string_view wanted) const { return text.substr(at).starts_with(wanted); }
  bool take(std::string_view wanted) {
    if (!word(wanted)) return false;
    at += wanted.size();
    return true;
  }
  bool equals_sign() {
    skip_blanks();
    if (!take("=")) return false;
    skip_blanks();
    return true;
  }
  std::optional<std::string> quoted() {
    if (at >= text.size() || (text[at] != '\'' && text[at] != '"')) return std::nullopt;
    const std::size_t end = text.find(text[at], at + 1);
    if (end == text.npos) return std::nullopt;
    std::string value(text.substr(at + 1, end - at - 1));
    at = end + 1;
    return value;
  }
};

std::string_view read(std::string_view text, Declaration& declaration) {
  if (!text.starts_with("<?xml") || is_name_character(text.substr(5))) return {};
  Scanner s{text, 5};
  if (!s.blank()) return "Space required.";
  s.skip_blanks();
  constexpr std::string_view kNoVersion = "Malformed declaration: missing version.";
  if (!s.take("version") || !s.equals_sign()) return kNoVersion;
  declaration.version = s.quoted();
  if (!declaration.version) return kNoVersion;

  std::size_t before = s.at;
  s.skip_blanks();
  if (s.word("encoding")) {
    if (s.at == before) return "Space required.";
    s.take("encoding");
    constexpr std::string_view kNoEncoding = "Missing encoding in text declaration.";
    if (!s.equals_sign()) return kNoEncoding;
    declaration.encoding = s.quoted();
    if (!declaration.encoding) return kNoEncoding;
  } else {
    s.at = before;
  }

  before = s.at;
  s.skip_blanks();
  if (s.word("standalone")) {
    if (s.at == before) return "Space required.";
    s.take("standalone");
    constexpr std::string_view kYesOrNo = "standalone accepts only 'yes' or 'no'.";
    if (!s.equals_sign()) return kYesOrNo;
    if (s.take("'yes'") || s.take("\"yes\"")) declaration.standalone = Standalone::yes;
    else if (s.take("'no'") || s.take("\"no\"")) declaration.standalone = Standalone::no;
    else return kYesOrNo;
  } else {
    s.at = before;
  }
  s.skip_blanks();
  if (!s.take("?>")) return "Parsing XML declaration: '?>' expected.";
  declaration.length = s.at;
  for (const char c : text.substr(0, s.at))
    if (static_cast<unsigned char>(c) > 127) return "Invalid character value.";
  return {};
}

// Appends the declaration where it says something; false: it does not.
bool append_declaration(std::string& out, const std::optional<std::string>& version, std::string_view encoding,
                        Standalone standalone) {
  if ((!version || *version == kDefaultVersion) && encoding.empty() && standalone == Standalone::unsaid) return false;
  out += "<?xml version=\"";
  out += version ? std::string_view(*version) : kDefaultVersion;
  out += '"';
  if (!encoding.empty()) {
    out += " encoding=\"";
    out += encoding;
    out += '"';
  }
  if (standalone == Standalone::yes) out += " standalone=\"yes\"";
  if (standalone == Standalone::no) out += " standalone=\"no\"";
  out += "?>";
  return true;
}

}  // namespace

std::optional<Declaration> read_declaration(std::string_view text, std::string_view* trouble) {
  Declaration declaration;
  const std::string_view wrong = read(text, declaration);
  if (trouble != nullptr) *trouble = wrong;
  if (!wrong.empty()) return std::nullopt;
  return declaration;
}

std::string output(std::string_view text, std::string_view encoding) {
  const auto declaration = read_declaration(text);
  if (!declaration) return std::string(text);
  std::string out;
  std::size_t from = declaration->length;
  // Without a declaration its line would be left empty.
  if (!append_declaration(out, declaration->version, encoding, declaration->standalone) && from < text.size() &&
      text[from] == '\n')
    ++from;
  out += text.substr(from);
  return out;
}

void Concatenation::add(std::string_view text) {
  const Declaration declaration = read_declaration(text).value_or(Declaration{});
  any_ = true;
  if (declaration.standalone == Standalone::no && standalone_ == Standalone::yes) standalone_ = Standalone::no;
  if (declaration.standalone == Standalone::unsaid) standalone_ = Standalone::unsaid;
  if (!declaration.version) versions_differ_ = true;
  else if (!version_) version_ = declaration.version;
  else if (version_ != declaration.version) versions_differ_ = true;
  body_ += text.substr(declaration.length);
}

std::string Concatenation::finish() && {
  if (!any_ || (versions_differ_ && standalone_ == Standalone::unsaid)) return std::move(body_);
  std::string out;
  append_declaration(out, versions_differ_ ? std::nullopt : version_, {}, standalone_);
  out += body_;
  return out;
}

std::string with_root(std::string_view text, std::optional<std::string_view> version,
                      std::optional<Standalone> standalone) {
  const Declaration declaration = read_declaration(text).value_or(Declaration{});
  std::optional<std::string> own;
  if (version) own = std::string(*version);
  std::string out;
  append_declaration(out, own, {}, standalone.value_or(declaration.standalone));
  out += text.substr(declaration.length);
  return out;
}

}  // namespace xml
