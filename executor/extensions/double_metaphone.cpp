#include "double_metaphone.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "types/ascii.h"

namespace extensions {
namespace {

using std::string_view;

constexpr std::size_t kCodeLength = 4;

// Letters are looked at one after the other, with what is around them; each rule says what they sound like and how
// many of them it is about.
class DoubleMetaphone {
 public:
  explicit DoubleMetaphone(string_view word) : size_(static_cast<int>(word.size())), last_(size_ - 1) {
    word_.reserve(word.size() + 5);
    for (const char c : word) word_ += types::upper_ascii(c);
    word_ += "     ";
    slavo_germanic_ = word_.find_first_of("WK") != std::string::npos || word_.find("CZ") != std::string::npos;
  }

  SoundCodes run() {
    if (has(0, {"GN", "KN", "PN", "WR", "PS"})) at_ = 1;
    if (letter(0) == 'X') step(1, "S");
    while ((codes_.usual.size() < kCodeLength || codes_.other.size() < kCodeLength) && at_ < size_) next();
    codes_.usual.resize(std::min(codes_.usual.size(), kCodeLength));
    codes_.other.resize(std::min(codes_.other.size(), kCodeLength));
    return std::move(codes_);
  }

 private:
  char letter(int place) const {
    return place < 0 || place >= static_cast<int>(word_.size()) ? '\0' : word_[static_cast<std::size_t>(place)];
  }
  char here(int ahead) const { return letter(at_ + ahead); }
  bool has(int place, std::initializer_list<string_view> texts) const {
    if (place < 0 || place >= static_cast<int>(word_.size())) return false;
    const string_view rest = string_view(word_).substr(static_cast<std::size_t>(place));
    for (const string_view text : texts)
      if (rest.starts_with(text)) return true;
    return false;
  }
  // From the letter that is looked at.
  bool sees(int ahead, std::initializer_list<string_view> texts) const { return has(at_ + ahead, texts); }
  bool vowel(int place) const {
    const char c = letter(place);
    return c != '\0' && string_view("AEIOUY").find(c) != string_view::npos;
  }
  bool vowel_at(int ahead) const { return vowel(at_ + ahead); }
  bool germanic() const { return has(0, {"VAN ", "VON ", "SCH"}); }

  void step(int letters, string_view code) { step(letters, code, code); }
  void step(int letters, string_view usual, string_view other) {
    codes_.usual += usual;
    codes_.other += other;
    at_ += letters;
  }
  // Such a letter twice counts once.
  void single(char second, string_view code) { step(here(1) == second ? 2 : 1, code); }

  void next() {
    switch (const char c = here(0)) {
      case 'A': case 'E': case 'I': case 'O': case 'U': case 'Y': return step(1, at_ == 0 ? "A" : "");
      case 'B': return single('B', "P");
      case '\xc7': return step(1, "S");
      case 'C': return on_c();
      case 'D': return on_d();
      case 'F': case 'K': case 'N': return single(c, {&word_[static_cast<std::size_t>(at_)], 1});
      case 'G': return on_g();
      case 'H': return (at_ == 0 || vowel_at(-1)) && vowel_at(1) ? step(2, "H") : step(1, "");
      case 'J': return on_j();
      case 'L': return on_l();
      case 'M': {
        const bool thumb = sees(-1, {"UMB"}) && (at_ + 1 == last_ || sees(2, {"ER"}));
        return step(thumb || here(1) == 'M' ? 2 : 1, "M");
      }
      case '\xd1': return step(1, "N");
      case 'P': return here(1) == 'H' ? step(2, "F") : step(sees(1, {"P", "B"}) ? 2 : 1, "P");
      case 'Q': return single('Q', "K");
      case 'R': {
        const bool rogier = at_ == last_ && !slavo_germanic_ && sees(-2, {"IE"}) && !sees(-4, {"ME", "MA"});
        return step(here(1) == 'R' ? 2 : 1, rogier ? "" : "R", "R");
      }
      case 'S': return on_s();
      case 'T': return on_t();
      case 'V': return single('V', "F");
      case 'W': return on_w();
      case 'X': {
        const bool breaux = at_ == last_ && (sees(-3, {"IAU", "EAU"}) || sees(-2, {"AU", "OU"}));
        return step(sees(1, {"C", "X"}) ? 2 : 1, breaux ? "" : "KS");
      }
      case 'Z': {
        if (here(1) == 'H') return step(2, "J");
        const bool zza = sees(1, {"ZO", "ZI", "ZA"}) || (slavo_germanic_ && at_ > 0 && here(-1) != 'T');
        return step(here(1) == 'Z' ? 2 : 1, "S", zza ? "TS" : "S");
      }
      default: return step(1, "");
    }
  }

  void on_c() {
    if (at_ > 1 && !vowel_at(-2) && sees(-1, {"ACH"}) && here(2) != 'I' &&
        (here(2) != 'E' || sees(-2, {"BACHER", "MACHER"})))
      return step(2, "K");
    if (at_ == 0 && sees(0, {"CAESAR"})) return step(2, "S");
    if (sees(0, {"CHIA"})) return step(2, "K");
    if (sees(0, {"CH"})) return on_ch();
    if (sees(0, {"CZ"}) && !sees(-2, {"WICZ"})) return step(2, "S", "X");
    if (sees(1, {"CIA"})) return step(3, "X");
    if (sees(0, {"CC"}) && !(at_ == 1 && letter(0) == 'M')) {
      if (!sees(2, {"I", "E", "H"}) || sees(2, {"HU"})) return step(2, "K");
      const bool accident = (at_ == 1 && here(-1) == 'A') || sees(-1, {"UCCEE", "UCCES"});
      return step(3, accident ? "KS" : "X");
    }
    if (sees(0, {"CK", "CG", "CQ"})) return step(2, "K");
    if (sees(0, {"CI", "CE", "CY"})) return step(2, "S", sees(0, {"CIO", "CIE", "CIA"}) ? "X" : "S");
    if (sees(1, {" C", " Q", " G"})) return step(3, "K");
    step(sees(1, {"C", "K", "Q"}) && !sees(1, {"CE", "CI"}) ? 2 : 1, "K");
  }

  void on_ch() {
    if (at_ > 0 && sees(0, {"CHAE"})) return step(2, "K", "X");
    if (at_ == 0 && sees(1, {"HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM"}) && !has(0, {"CHORE"})) return step(2, "K");
    if (germanic() || sees(-2, {"ORCHES", "ARCHIT", "ORCHID"}) || sees(2, {"T", "S"}) ||
        ((sees(-1, {"A", "O", "U", "E"}) || at_ == 0) && sees(2, {"L", "R", "N", "M", "B", "H", "F", "V", "W", " "})))
      return step(2, "K");
    if (at_ == 0) return step(2, "X");
    step(2, has(0, {"MC"}) ? "K" : "X", "K");
  }

  void on_d() {
    if (sees(0, {"DG"})) return sees(2, {"I", "E", "Y"}) ? step(3, "J") : step(2, "TK");
    step(sees(0, {"DT", "DD"}) ? 2 : 1, "T");
  }

  void on_g() {
    if (here(1) == 'H') return on_gh();
    if (here(1) == 'N') {
      if (at_ == 1 && vowel(0) && !slavo_germanic_) return step(2, "KN", "N");
      if (!sees(2, {"EY"}) && here(1) != 'Y' && !slavo_germanic_) return step(2, "N", "KN");
      return step(2, "KN");
    }
    if (sees(1, {"LI"}) && !slavo_germanic_) return step(2, "KL", "L");
    if (at_ == 0 && sees(1, {"Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"})) return step(2, "K", "J");
    if (sees(1, {"ER", "Y"}) && !has(0, {"DANGER", "RANGER", "MANGER"}) && !sees(-1, {"E", "I", "RGY", "OGY"}))
      return step(2, "K", "J");
    if (sees(1, {"E", "I", "Y"}) || sees(-1, {"AGGI", "OGGI"})) {
      if (germanic() || sees(1, {"ET"})) return step(2, "K");
      return step(2, "J", sees(1, {"IER "}) ? "J" : "K");
    }
    single('G', "K");
  }

  void on_gh() {
    if (at_ > 0 && !vowel_at(-1)) return step(2, "K");
    if (at_ == 0) return step(2, here(2) == 'I' ? "J" : "K");
    if ((at_ > 1 && sees(-2, {"B", "H", "D"})) || (at_ > 2 && sees(-3, {"B", "H", "D"})) || (at_ > 3 && sees(-4, {"B", "H"})))
      return step(2, "");
    if (at_ > 2 && here(-1) == 'U' && sees(-3, {"C", "G", "L", "R", "T"})) return step(2, "F");
    step(2, here(-1) != 'I' ? "K" : "");
  }

  void on_j() {
    const bool san = has(0, {"SAN "});
    if (sees(0, {"JOSE"}) || san) return step(1, (at_ == 0 && here(4) == ' ') || san ? "H" : "J", "H");
    const int letters = here(1) == 'J' ? 2 : 1;
    if (at_ == 0) return step(letters, "J", "A");
    if (vowel_at(-1) && !slavo_germanic_ && (here(1) == 'A' || here(1) == 'O')) return step(letters, "J", "H");
    if (at_ == last_) return step(letters, "J", "");
    const bool silent = sees(1, {"L", "T", "K", "S", "N", "M", "B", "Z"}) || sees(-1, {"S", "K", "L"});
    step(letters, silent ? "" : "J");
  }

  void on_l() {
    if (here(1) != 'L') return step(1, "L");
    const bool spanish = (at_ == size_ - 3 && sees(-1, {"ILLO", "ILLA", "ALLE"})) ||
                         ((has(last_ - 1, {"AS", "OS"}) || has(last_, {"A", "O"})) && sees(-1, {"ALLE"}));
    step(2, "L", spanish ? "" : "L");
  }

  void on_s() {
    if (sees(-1, {"ISL", "YSL"})) return step(1, "");
    if (at_ == 0 && sees(0, {"SUGAR"})) return step(1, "X", "S");
    if (sees(0, {"SH"})) return step(2, sees(1, {"HEIM", "HOEK", "HOLM", "HOLZ"}) ? "S" : "X");
    if (sees(0, {"SIO", "SIA"})) return step(3, "S", slavo_germanic_ ? "S" : "X");
    if ((at_ == 0 && sees(1, {"M", "N", "L", "W"})) || here(1) == 'Z') return step(here(1) == 'Z' ? 2 : 1, "S", "X");
    if (sees(0, {"SC"})) {
      if (here(2) != 'H') return step(3, sees(2, {"I", "E", "Y"}) ? "S" : "SK");
      if (sees(3, {"ER", "EN"})) return step(3, "X", "SK");
      if (sees(3, {"OO", "UY", "ED", "EM"})) return step(3, "SK");
      return step(3, "X", at_ == 0 && !vowel(3) && letter(3) != 'W' ? "S" : "X");
    }
    const bool resnais = at_ == last_ && sees(-2, {"AI", "OI"});
    step(sees(1, {"S", "Z"}) ? 2 : 1, resnais ? "" : "S", "S");
  }

  void on_t() {
    if (sees(0, {"TION", "TIA", "TCH"})) return step(3, "X");
    if (sees(0, {"TH", "TTH"})) return step(2, sees(2, {"OM", "AM"}) || germanic() ? "T" : "0", "T");
    step(sees(1, {"T", "D"}) ? 2 : 1, "T");
  }

  void on_w() {
    if (sees(0, {"WR"})) return step(2, "R");
    if (at_ == 0 && (vowel_at(1) || sees(0, {"WH"}))) step(0, "A", vowel_at(1) ? "F" : "A");
    if ((at_ == last_ && vowel_at(-1)) || sees(-1, {"EWSKI", "EWSKY", "OWSKI", "OWSKY"}) || has(0, {"SCH"}))
      return step(1, "", "F");
    if (sees(0, {"WICZ", "WITZ"})) return step(4, "TS", "FX");
    step(1, "");
  }

  std::string word_;
  int size_, last_, at_ = 0;
  bool slavo_germanic_ = false;
  SoundCodes codes_;
};

}  // namespace

SoundCodes double_metaphone(string_view word) { return DoubleMetaphone(word).run(); }

}  // namespace extensions
