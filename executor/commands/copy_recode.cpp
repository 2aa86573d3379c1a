#include "copy_recode.h"

#include "types/character_set.h"
#include "types/session_services.h"

namespace commands {
namespace {

using types::CharacterSet;

class RecodedIn final : public CopyIn {
 public:
  RecodedIn(std::unique_ptr<CopyIn> copy, const CharacterSet& set) : copy_(std::move(copy)), set_(set) {}

  bool binary() const override { return copy_->binary(); }
  int column_count() const override { return copy_->column_count(); }

  void push(std::string_view bytes) override {
    // A piece may end within a character.
    pending_ += bytes;
    const std::size_t whole = set_.whole_characters(pending_);
    text_.clear();
    set_.to_utf8(std::string_view(pending_).substr(0, whole), text_);
    pending_.erase(0, whole);
    copy_->push(text_);
  }

  std::uint64_t finish() override {
    text_.clear();
    set_.to_utf8(pending_, text_);  // throws: a character that is not whole
    return copy_->finish();
  }
  types::SqlError failure(std::string_view reason) const override { return copy_->failure(reason); }

 private:
  std::unique_ptr<CopyIn> copy_;
  const CharacterSet& set_;
  std::string pending_, text_;
};

class RecodedOut final : public CopyOut {
 public:
  RecodedOut(std::unique_ptr<CopyOut> copy, const CharacterSet& set) : copy_(std::move(copy)), set_(set) {}

  bool binary() const override { return copy_->binary(); }
  int column_count() const override { return copy_->column_count(); }
  std::uint64_t rows() const override { return copy_->rows(); }

  bool next(std::string_view& piece) override {
    std::string_view text;
    if (!copy_->next(text)) return false;
    bytes_.clear();
    set_.from_utf8(text, bytes_);
    piece = bytes_;
    return true;
  }

 private:
  std::unique_ptr<CopyOut> copy_;
  const CharacterSet& set_;
  std::string bytes_;
};

// Null: UTF-8, or bytes as they are.
const CharacterSet* set_of(const CopyOptions& options, Host& host) {
  const CharacterSet* set = options.character_set;
  if (set == nullptr)
    if (auto* session = host.execution_context().eval.session)
      set = CharacterSet::find(session->get_setting("client_encoding", false));
  if (set == nullptr || set->is_plain()) return nullptr;
  if (!set->is_convertible() || options.format == CopyFormat::binary)
    throw SqlError::not_supported("COPY " + std::string(options.format == CopyFormat::binary ? "BINARY " : "") +
                                  "with encoding " + std::string(set->name()));
  return set;
}

}  // namespace

std::unique_ptr<CopyIn> recoded(std::unique_ptr<CopyIn> copy, const CopyOptions& options, Host& host) {
  const CharacterSet* set = set_of(options, host);
  return set == nullptr ? std::move(copy) : std::make_unique<RecodedIn>(std::move(copy), *set);
}

std::unique_ptr<CopyOut> recoded(std::unique_ptr<CopyOut> copy, const CopyOptions& options, Host& host) {
  const CharacterSet* set = set_of(options, host);
  return set == nullptr ? std::move(copy) : std::make_unique<RecodedOut>(std::move(copy), *set);
}

}  // namespace commands
