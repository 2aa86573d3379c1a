// Documents: to_tsvector of text and json, headlines, single words.
#include <algorithm>

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "text_search/headline.h"
#include "text_search_context.h"
#include "types/array.h"
#include "types/json.h"
#include "types/text_search.h"

namespace functions {
namespace {

using std::string_view;
using types::JsonKind;
using types::JsonNode;
using types::Oid;
using types::SqlError;

types::SessionServices& session(EvalContext& ctx) { return text_search_session(ctx); }

// ---- to_tsvector

string_view to_vector(EvalContext& ctx, const std::vector<text_search::ParsedWord>& words) {
  types::TsVector vector;
  vector.reserve(words.size());
  for (const text_search::ParsedWord& word : words)
    vector.push_back(
        {word.text, {types::Lexeme::make(std::min(word.position, types::kMaxLexemePosition), 0)}});
  return types::make_tsvector(*ctx.arena, std::move(vector));
}

string_view vector_of(EvalContext& ctx, Oid configuration, string_view text) {
  NoticeRemarks remarks(session(ctx));
  std::vector<text_search::ParsedWord> words;
  int position = 0;
  text_search::parse_words(session(ctx).ts_configuration(configuration), *ctx.arena, text, words, position, remarks);
  return to_vector(ctx, words);
}
string_view vector_of_default(EvalContext& ctx, string_view text) {
  return vector_of(ctx, session(ctx).default_ts_configuration(), text);
}

// ---- documents in json

enum JsonParts { kKeys = 1, kStrings = 2, kNumbers = 4, kBooleans = 8, kAll = 15 };

template <typename F>
void each_part(const JsonNode& node, int parts, F&& f) {
  switch (node.kind) {
    case JsonKind::string:
      if ((parts & kStrings) != 0) f(node.string);
      break;
    case JsonKind::number:
      if ((parts & kNumbers) != 0) f(node.raw);
      break;
    case JsonKind::boolean:
      if ((parts & kBooleans) != 0) f(node.raw);
      break;
    case JsonKind::null: break;
    case JsonKind::array: case JsonKind::object:
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (node.kind == JsonKind::object && (parts & kKeys) != 0) f(node.keys[i]);
        each_part(node.children[i], parts, f);
      }
      break;
  }
}

string_view vector_of_json(EvalContext& ctx, Oid configuration, string_view json, int parts) {
  const text_search::Configuration& used = session(ctx).ts_configuration(configuration);
  NoticeRemarks remarks(session(ctx));
  std::vector<text_search::ParsedWord> words;
  int position = 0;
  each_part(types::parse_json(*ctx.arena, json), parts, [&](string_view text) {
    const std::size_t before = words.size();
    text_search::parse_words(used, *ctx.arena, text, words, position, remarks);
    // No phrase goes from one value to the next.
    if (words.size() > before) ++position;
  });
  return to_vector(ctx, words);
}

int parts_of(EvalContext& ctx, string_view filter) {
  const JsonNode& node = types::parse_json(*ctx.arena, filter);
  auto part = [](const JsonNode& flag) {
    const string_view name = flag.string;
    if (flag.kind != JsonKind::string)
      throw SqlError("22023", "flag array element is not a string")
          .with_hint("Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".");
    if (name == "all") return int{kAll};
    if (name == "key") return int{kKeys};
    if (name == "string") return int{kStrings};
    if (name == "numeric") return int{kNumbers};
    if (name == "boolean") return int{kBooleans};
    throw SqlError("22023", fmt::format("wrong flag in flag array: \"{}\"", name))
        .with_hint("Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".");
  };
  if (node.kind == JsonKind::object) throw SqlError("22023", "wrong flag type, only arrays and scalars are allowed");
  if (node.kind != JsonKind::array) return part(node);
  int parts = 0;
  for (const JsonNode& flag : node.children) {
    if (flag.kind == JsonKind::array || flag.kind == JsonKind::object) continue;
    parts |= part(flag);
  }
  return parts;
}

string_view json_strings(EvalContext& ctx, string_view json) {
  return vector_of_json(ctx, session(ctx).default_ts_configuration(), json, kStrings);
}
string_view json_strings_by(EvalContext& ctx, Oid configuration, string_view json) {
  return vector_of_json(ctx, configuration, json, kStrings);
}
string_view json_parts(EvalContext& ctx, string_view json, string_view filter) {
  return vector_of_json(ctx, session(ctx).default_ts_configuration(), json, parts_of(ctx, filter));
}
string_view json_parts_by(EvalContext& ctx, Oid configuration, string_view json, string_view filter) {
  return vector_of_json(ctx, configuration, json, parts_of(ctx, filter));
}

// ---- headlines

std::string headline_of(EvalContext& ctx, Oid configuration, string_view text, string_view query, string_view options) {
  const text_search::HeadlineOptions wanted = text_search::parse_headline_options(options);
  NoticeRemarks remarks(session(ctx));
  return text_search::make_headline(session(ctx).ts_configuration(configuration), *ctx.arena, text,
                                    types::read_tsquery(query).get(), wanted, remarks);
}
std::string headline_by(EvalContext& ctx, Oid configuration, string_view text, string_view query) {
  return headline_of(ctx, configuration, text, query, {});
}
std::string headline_with(EvalContext& ctx, string_view text, string_view query, string_view options) {
  return headline_of(ctx, session(ctx).default_ts_configuration(), text, query, options);
}
std::string headline(EvalContext& ctx, string_view text, string_view query) {
  return headline_with(ctx, text, query, {});
}

// Every string in a json value replaced by its headline.
class JsonHeadlines {
 public:
  JsonHeadlines(EvalContext& ctx, Oid configuration, string_view query, string_view options)
      : ctx_(ctx), configuration_(session(ctx).ts_configuration(configuration)), remarks_(session(ctx)),
        query_(types::read_tsquery(query)), options_(text_search::parse_headline_options(options)) {}

  void append(std::string& out, const JsonNode& node, bool binary) {
    const bool object = node.kind == JsonKind::object;
    switch (node.kind) {
      case JsonKind::string:
        types::append_json_string(out, text_search::make_headline(configuration_, *ctx_.arena, node.string, query_.get(),
                                                                  options_, remarks_));
        break;
      case JsonKind::array: case JsonKind::object:
        out += object ? '{' : '[';
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          if (i > 0) out += binary ? ", " : ",";
          if (object) {
            types::append_json_string(out, node.keys[i]);
            out += binary ? ": " : ":";
          }
          append(out, node.children[i], binary);
        }
        out += object ? '}' : ']';
        break;
      default: out += node.raw;
    }
  }

 private:
  EvalContext& ctx_;
  const text_search::Configuration& configuration_;
  NoticeRemarks remarks_;
  types::TsQueryPtr query_;
  text_search::HeadlineOptions options_;
};

template <bool Binary>
std::string json_headline_of(EvalContext& ctx, Oid configuration, string_view json, string_view query,
                             string_view options) {
  std::string out;
  JsonHeadlines(ctx, configuration, query, options).append(out, types::parse_json(*ctx.arena, json), Binary);
  return out;
}
template <bool Binary>
std::string json_headline_by(EvalContext& ctx, Oid configuration, string_view json, string_view query) {
  return json_headline_of<Binary>(ctx, configuration, json, query, {});
}
template <bool Binary>
std::string json_headline_with(EvalContext& ctx, string_view json, string_view query, string_view options) {
  return json_headline_of<Binary>(ctx, session(ctx).default_ts_configuration(), json, query, options);
}
template <bool Binary>
std::string json_headline(EvalContext& ctx, string_view json, string_view query) {
  return json_headline_with<Binary>(ctx, json, query, {});
}

// ---- single words

std::optional<Datum> lexize(EvalContext& ctx, Oid dictionary, string_view word) {
  text_search::Normals normals;
  std::unique_ptr<text_search::PhraseState> state;
  const text_search::Dictionary& used = session(ctx).ts_dictionary(dictionary);
  text_search::Lookup lookup{*ctx.arena, normals, &state};
  bool known = used.look_up(word, lookup);
  if (lookup.wants_next) {
    // Nothing follows.
    text_search::Normals last;
    text_search::Lookup end{*ctx.arena, last, &state, true};
    if (used.look_up({}, end)) {
      normals = std::move(last);
      known = true;
    }
  }
  if (!known) return std::nullopt;
  types::ArrayBuilder builder(types::oid::text);
  for (const text_search::Normal& normal : normals) builder.add(Datum::of(normal.text));
  return builder.finish(*ctx.arena);
}

Oid current_configuration(EvalContext& ctx) { return session(ctx).default_ts_configuration(); }

constexpr ScalarFunction kTextSearchDocumentsFunctions[] = {
    {"to_tsvector_byid", strict<&vector_of>},
    {"to_tsvector", strict<&vector_of_default>},
    {"json_string_to_tsvector", strict<&json_strings>},
    {"jsonb_string_to_tsvector", strict<&json_strings>},
    {"json_string_to_tsvector_byid", strict<&json_strings_by>},
    {"jsonb_string_to_tsvector_byid", strict<&json_strings_by>},
    {"json_to_tsvector", strict<&json_parts>},
    {"jsonb_to_tsvector", strict<&json_parts>},
    {"json_to_tsvector_byid", strict<&json_parts_by>},
    {"jsonb_to_tsvector_byid", strict<&json_parts_by>},
    {"ts_headline_byid_opt", strict<&headline_of>},
    {"ts_headline_byid", strict<&headline_by>},
    {"ts_headline_opt", strict<&headline_with>},
    {"ts_headline", strict<&headline>},
    {"ts_headline_json_byid_opt", strict<&json_headline_of<false>>},
    {"ts_headline_json_byid", strict<&json_headline_by<false>>},
    {"ts_headline_json_opt", strict<&json_headline_with<false>>},
    {"ts_headline_json", strict<&json_headline<false>>},
    {"ts_headline_jsonb_byid_opt", strict<&json_headline_of<true>>},
    {"ts_headline_jsonb_byid", strict<&json_headline_by<true>>},
    {"ts_headline_jsonb_opt", strict<&json_headline_with<true>>},
    {"ts_headline_jsonb", strict<&json_headline<true>>},
    {"ts_lexize", strict<&lexize>},
    {"get_current_ts_config", strict<&current_configuration>},
};

}  // namespace

std::span<const ScalarFunction> text_search_document_functions() { return kTextSearchDocumentsFunctions; }

}  // namespace functions
