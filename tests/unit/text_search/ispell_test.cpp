#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "text_search/dictionary.h"
#include "text_search/word_files.h"
#include "types/sql_error.h"

namespace text_search {
namespace {

struct NoOthers : DictionarySource {
  std::shared_ptr<const Dictionary> dictionary_named(std::string_view) override { return nullptr; }
};

class Ispell : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (std::filesystem::temp_directory_path() / "words_XXXXXX").string();
    directory_ = mkdtemp(name.data());
    set_word_directory(directory_);
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(directory_); }

  static void write(const std::string& file, const std::string& text) { std::ofstream(directory_ + "/" + file) << text; }

  static std::shared_ptr<const Dictionary> make(const std::string& name) {
    NoOthers others;
    return make_dictionary("dispell_lexize", parse_options("dictfile = '" + name + "', afffile = '" + name + "'"), others);
  }
  // "a b|c": lexemes, those of different variants apart; "?" for an unknown word.
  static std::string look_up(const Dictionary& dictionary, std::string_view word) {
    types::Arena arena;
    Normals normals;
    Lookup lookup{arena, normals};
    if (!dictionary.look_up(word, lookup)) return "?";
    std::string text;
    for (std::size_t i = 0; i < normals.size(); ++i) {
      if (i > 0) text += normals[i].variant == normals[i - 1].variant ? ' ' : '|';
      text += normals[i].text;
    }
    return text;
  }

  static std::string directory_;
};
std::string Ispell::directory_;

TEST_F(Ispell, FilesOfTheDirectoryComeBeforeThoseOfTheProgram) {
  write("ispell_sample.dict", "own/S\n");
  write("ispell_sample.affix", "suffixes\nflag *S:\n  [^S] > S\n");
  EXPECT_EQ(look_up(*make("ispell_sample"), "Owns"), "own");
  EXPECT_EQ(look_up(*make("ispell_sample"), "sky"), "?");
  std::filesystem::remove(directory_ + "/ispell_sample.dict");
  std::filesystem::remove(directory_ + "/ispell_sample.affix");
  EXPECT_EQ(look_up(*make("ispell_sample"), "sky"), "sky");
}

TEST_F(Ispell, AChangedFileIsReadByTheNextDictionary) {
  write("changing.affix", "suffixes\nflag *S:\n  . > S\n");
  write("changing.dict", "one\n");
  const auto before = make("changing");
  write("changing.dict", "two\n");
  const auto after = make("changing");
  EXPECT_EQ(look_up(*before, "one"), "one");
  EXPECT_EQ(look_up(*after, "one"), "?");
  EXPECT_EQ(look_up(*after, "two"), "two");
}

TEST_F(Ispell, PrefixAndSuffixOfOneWord) {
  write("cross.dict", "do/UG\nlock/UG\n");
  write("cross.affix", "PFX U Y 1\nPFX U 0 un .\nSFX G Y 1\nSFX G 0 ing [^e]\n");
  EXPECT_EQ(look_up(*make("cross"), "undoing"), "do");
  EXPECT_EQ(look_up(*make("cross"), "unlocking"), "lock");
  EXPECT_EQ(look_up(*make("cross"), "unlocked"), "?");
}

TEST_F(Ispell, Compounds) {
  write("compound.dict", "haus/ZN\ntür/Z\nschloss/Z\n");
  write("compound.affix", "compoundwords controlled z\nsuffixes\nflag N:\n  . > ES\n");
  // ispell's flags tell upper case from lower case.
  EXPECT_EQ(look_up(*make("compound"), "haustür"), "?");
  write("compound.dict", "haus/zN\ntür/z\nschloss/z\n");
  EXPECT_EQ(look_up(*make("compound"), "haustür"), "haus tür");
  EXPECT_EQ(look_up(*make("compound"), "haustürschloss"), "haus tür schloss");
  EXPECT_EQ(look_up(*make("compound"), "hausxtür"), "?");
}

TEST_F(Ispell, AWordWithEndlessWaysToCutIsLeft) {
  write("many.dict", "a/z\naa/z\naaa/z\n");
  write("many.affix", "compoundwords controlled z\n");
  EXPECT_NE(look_up(*make("many"), std::string(200, 'a')), "?");
}

TEST_F(Ispell, MalformedFiles) {
  auto state_of = [&](const std::string& affix) -> std::string {
    write("broken.dict", "word/A\n");
    write("broken.affix", affix);
    try {
      make("broken");
    } catch (const types::SqlError& error) {
      return std::string(error.sqlstate());
    }
    return {};
  };
  EXPECT_EQ(state_of("suffixes\nflag *S:\n  . > S\nSFX A Y 1\n"), "F0000");
  EXPECT_EQ(state_of("SFX A Y 1\nFLAG odd\n"), "F0000");
  EXPECT_EQ(state_of("COMPOUNDFLAG\nSFX A Y 1\n"), "F0000");
  EXPECT_EQ(state_of("SFX A Y 1\nSFX A 0 s (x|y)\n"), "0A000");
  EXPECT_EQ(state_of("SFX A Y 1\nSFX A 0 s [^\n"), "0A000");
  EXPECT_EQ(state_of("\xff\n"), "22021");
}

}  // namespace
}  // namespace text_search
