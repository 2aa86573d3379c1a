// Writes the eight tables of TPC-H (specification 3.0, clauses 4.2 and 4.3) as COPY text files.
// Deterministic: a table's rows depend on the scale alone. Distributions are the specification's;
// the random streams and the pool of comment words are our own, so answers are validated against
// another database, not against published ones.
//
//   tpch_generate SCALE DIRECTORY
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

// splitmix64: a row's stream is seeded by table and row, so that tables do not depend on each other.
class Random {
 public:
  Random(std::uint64_t table, std::uint64_t row) : state_(table * 0x9E3779B97F4A7C15ULL ^ row * 0xD1B54A32D192ED03ULL) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // Inclusive.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  template <std::size_t N>
  std::string_view pick(const std::string_view (&words)[N]) {
    return words[next() % N];
  }

 private:
  std::uint64_t state_;
};

constexpr std::string_view kColors[] = {
    "almond", "antique", "aquamarine", "azure", "beige", "bisque", "black", "blanched", "blue", "blush", "brown",
    "burlywood", "burnished", "chartreuse", "chiffon", "chocolate", "coral", "cornflower", "cornsilk", "cream", "cyan",
    "dark", "deep", "dim", "dodger", "drab", "firebrick", "floral", "forest", "frosted", "gainsboro", "ghost",
    "goldenrod", "green", "grey", "honeydew", "hot", "indian", "ivory", "khaki", "lace", "lavender", "lawn", "lemon",
    "light", "lime", "linen", "magenta", "maroon", "medium", "metallic", "midnight", "mint", "misty", "moccasin",
    "navajo", "navy", "olive", "orange", "orchid", "pale", "papaya", "peach", "peru", "pink", "plum", "powder", "puff",
    "purple", "red", "rose", "rosy", "royal", "saddle", "salmon", "sandy", "seashell", "sienna", "sky", "slate",
    "smoke", "snow", "spring", "steel", "tan", "thistle", "tomato", "turquoise", "violet", "wheat", "white", "yellow"};
constexpr std::string_view kType1[] = {"STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"};
constexpr std::string_view kType2[] = {"ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"};
constexpr std::string_view kType3[] = {"TIN", "NICKEL", "BRASS", "STEEL", "COPPER"};
constexpr std::string_view kContainer1[] = {"SM", "LG", "MED", "JUMBO", "WRAP"};
constexpr std::string_view kContainer2[] = {"CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"};
constexpr std::string_view kSegments[] = {"AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD"};
constexpr std::string_view kPriorities[] = {"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"};
constexpr std::string_view kInstructions[] = {"DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"};
constexpr std::string_view kModes[] = {"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"};
constexpr std::string_view kRegions[] = {"AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"};
struct Nation {
  std::string_view name;
  int region;
};
constexpr Nation kNations[] = {
    {"ALGERIA", 0}, {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1}, {"EGYPT", 4}, {"ETHIOPIA", 0}, {"FRANCE", 3},
    {"GERMANY", 3}, {"INDIA", 2}, {"INDONESIA", 2}, {"IRAN", 4}, {"IRAQ", 4}, {"JAPAN", 2}, {"JORDAN", 4},
    {"KENYA", 0}, {"MOROCCO", 0}, {"MOZAMBIQUE", 0}, {"PERU", 1}, {"CHINA", 2}, {"ROMANIA", 3}, {"SAUDI ARABIA", 4},
    {"VIETNAM", 2}, {"RUSSIA", 3}, {"UNITED KINGDOM", 3}, {"UNITED STATES", 1}};
constexpr std::string_view kWords[] = {
    "foxes", "ideas", "theodolites", "pinto beans", "instructions", "dependencies", "excuses", "platelets",
    "asymptotes", "courts", "dolphins", "multipliers", "sauternes", "warthogs", "frets", "dinos", "attainments",
    "somas", "packages", "deposits", "requests", "accounts", "sleep", "wake", "are", "cajole", "haggle", "nag", "use",
    "boost", "affix", "detect", "integrate", "maintain", "nod", "was", "lose", "sublate", "solve", "thrash", "promise",
    "engage", "hinder", "print", "doze", "run", "dazzle", "snooze", "special", "pending", "unusual", "express",
    "furious", "sly", "careful", "blithe", "quick", "fluffy", "slow", "quiet", "ruthless", "thin", "close", "dogged",
    "daring", "brave", "stealthy", "permanent", "enticing", "idle", "busy", "regular", "final", "ironic", "even",
    "bold", "silent", "carefully", "quickly", "furiously", "slyly", "about", "above", "across", "after", "against",
    "along", "among", "the", "according to", "instead of"};

void comment(Random& random, std::size_t low, std::size_t high, std::string& out) {
  const auto length = static_cast<std::size_t>(random.between(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)));
  const std::size_t start = out.size();
  while (out.size() - start < length) {
    if (out.size() > start) out += ' ';
    out += random.pick(kWords);
  }
  out.resize(start + length);
  if (out.back() == ' ') out.back() = '.';
}

void address(Random& random, std::string& out) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ, ";
  const std::int64_t length = random.between(10, 40);
  for (std::int64_t i = 0; i < length; ++i) out += kLetters[random.next() % (kLetters.size() - (i == 0 || i == length - 1 ? 2 : 0))];
}

void number(std::string& out, std::int64_t value) { out += std::to_string(value); }
void padded(std::string& out, std::int64_t value, int width) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*lld", width, static_cast<long long>(value));
  out += text;
}
void money(std::string& out, std::int64_t cents) {
  if (cents < 0) out += '-';
  const std::int64_t a = cents < 0 ? -cents : cents;
  number(out, a / 100);
  out += '.';
  padded(out, a % 100, 2);
}
void phone(Random& random, std::int64_t nation, std::string& out) {
  number(out, nation + 10);
  out += '-';
  number(out, random.between(100, 999));
  out += '-';
  number(out, random.between(100, 999));
  out += '-';
  number(out, random.between(1000, 9999));
}
// Days since 1992-01-01.
void date(std::string& out, std::int64_t day) {
  // Howard Hinnant's civil_from_days.
  std::int64_t z = day + 8035 + 719468;
  const std::int64_t era = z / 146097, doe = z - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  const std::int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
  padded(out, yoe + era * 400 + (m <= 2), 4);
  out += '-';
  padded(out, m, 2);
  out += '-';
  padded(out, d, 2);
}
constexpr std::int64_t kCurrentDate = 1263;  // 1995-06-17
constexpr std::int64_t kLastOrderDate = 2405;  // 1998-08-02

class Table {
 public:
  Table(const std::string& directory, const char* name) {
    file_ = std::fopen((directory + "/" + name + ".tbl").c_str(), "w");
    if (file_ == nullptr) {
      std::perror("tpch_generate");
      std::exit(1);
    }
  }
  ~Table() {
    flush();
    std::fclose(file_);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  std::string& out() { return buffer_; }
  void column() { buffer_ += '\t'; }
  void row() {
    buffer_ += '\n';
    if (buffer_.size() > (1U << 20)) flush();
  }

 private:
  void flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) {
      std::perror("tpch_generate");
      std::exit(1);
    }
    buffer_.clear();
  }
  std::FILE* file_;
  std::string buffer_;
};

std::int64_t retail_price(std::int64_t part) { return 90000 + part / 10 % 20001 + 100 * (part % 1000); }
std::int64_t supplier_of(std::int64_t part, std::int64_t i, std::int64_t suppliers) {
  return (part + i * (suppliers / 4 + (part - 1) / suppliers)) % suppliers + 1;
}

void nations_and_regions(const std::string& directory) {
  Table region(directory, "region"), nation(directory, "nation");
  for (std::int64_t i = 0; i < 5; ++i) {
    Random random(1, static_cast<std::uint64_t>(i));
    number(region.out(), i);
    region.column();
    region.out() += kRegions[i];
    region.column();
    comment(random, 31, 115, region.out());
    region.row();
  }
  for (std::int64_t i = 0; i < 25; ++i) {
    Random random(2, static_cast<std::uint64_t>(i));
    number(nation.out(), i);
    nation.column();
    nation.out() += kNations[i].name;
    nation.column();
    number(nation.out(), kNations[i].region);
    nation.column();
    comment(random, 31, 114, nation.out());
    nation.row();
  }
}

void suppliers(const std::string& directory, std::int64_t count) {
  Table table(directory, "supplier");
  for (std::int64_t key = 1; key <= count; ++key) {
    Random random(3, static_cast<std::uint64_t>(key));
    std::string& out = table.out();
    const std::int64_t nation = random.between(0, 24);
    number(out, key);
    out += "\tSupplier#";
    padded(out, key, 9);
    table.column();
    address(random, out);
    table.column();
    number(out, nation);
    table.column();
    phone(random, nation, out);
    table.column();
    money(out, random.between(-99999, 999999));
    table.column();
    const std::size_t start = out.size();
    comment(random, 25, 100, out);
    // Five in ten thousand complain, as many recommend.
    const std::int64_t kind = random.between(1, 10000);
    if (kind <= 10) {
      const std::string text = kind <= 5 ? "Customer slyly Complaints" : "Customer quickly Recommends";
      out.replace(start, std::min(text.size(), out.size() - start), text);
    }
    table.row();
  }
}

void parts(const std::string& directory, std::int64_t count, std::int64_t supplier_count) {
  Table part(directory, "part"), partsupp(directory, "partsupp");
  for (std::int64_t key = 1; key <= count; ++key) {
    Random random(4, static_cast<std::uint64_t>(key));
    std::string& out = part.out();
    number(out, key);
    part.column();
    std::size_t used[5];
    for (std::size_t i = 0; i < 5; ++i) {
      bool again = true;
      while (again) {
        used[i] = random.next() % std::size(kColors);
        again = false;
        for (std::size_t j = 0; j < i; ++j) again = again || used[j] == used[i];
      }
      if (i > 0) out += ' ';
      out += kColors[used[i]];
    }
    const std::int64_t maker = random.between(1, 5), brand = random.between(1, 5);
    out += "\tManufacturer#";
    number(out, maker);
    out += "\tBrand#";
    number(out, maker * 10 + brand);
    part.column();
    out += random.pick(kType1);
    out += ' ';
    out += random.pick(kType2);
    out += ' ';
    out += random.pick(kType3);
    part.column();
    number(out, random.between(1, 50));
    part.column();
    out += random.pick(kContainer1);
    out += ' ';
    out += random.pick(kContainer2);
    part.column();
    money(out, retail_price(key));
    part.column();
    comment(random, 5, 22, out);
    part.row();
    for (std::int64_t i = 0; i < 4; ++i) {
      std::string& ps = partsupp.out();
      number(ps, key);
      partsupp.column();
      number(ps, supplier_of(key, i, supplier_count));
      partsupp.column();
      number(ps, random.between(1, 9999));
      partsupp.column();
      money(ps, random.between(100, 100000));
      partsupp.column();
      comment(random, 49, 198, ps);
      partsupp.row();
    }
  }
}

void customers(const std::string& directory, std::int64_t count) {
  Table table(directory, "customer");
  for (std::int64_t key = 1; key <= count; ++key) {
    Random random(5, static_cast<std::uint64_t>(key));
    std::string& out = table.out();
    const std::int64_t nation = random.between(0, 24);
    number(out, key);
    out += "\tCustomer#";
    padded(out, key, 9);
    table.column();
    address(random, out);
    table.column();
    number(out, nation);
    table.column();
    phone(random, nation, out);
    table.column();
    money(out, random.between(-99999, 999999));
    table.column();
    out += random.pick(kSegments);
    table.column();
    comment(random, 29, 116, out);
    table.row();
  }
}

void orders(const std::string& directory, std::int64_t count, std::int64_t customer_count,
            std::int64_t part_count, std::int64_t supplier_count, std::int64_t clerks) {
  Table order(directory, "orders"), lineitem(directory, "lineitem");
  for (std::int64_t i = 0; i < count; ++i) {
    Random random(6, static_cast<std::uint64_t>(i));
    // Eight keys of every thirty-two are used; a third of the customers never orders.
    const std::int64_t key = i / 8 * 32 + i % 8 + 1;
    std::int64_t customer = random.between(1, customer_count);
    while (customer % 3 == 0) customer = random.between(1, customer_count);
    const std::int64_t ordered = random.between(0, kLastOrderDate);
    const std::int64_t lines = random.between(1, 7);
    std::int64_t total = 0, shipped_lines = 0;
    for (std::int64_t line = 1; line <= lines; ++line) {
      std::string& out = lineitem.out();
      const std::int64_t part = random.between(1, part_count);
      const std::int64_t supplier = supplier_of(part, random.between(0, 3), supplier_count);
      const std::int64_t quantity = random.between(1, 50), discount = random.between(0, 10), tax = random.between(0, 8);
      const std::int64_t price = quantity * retail_price(part);
      const std::int64_t ship = ordered + random.between(1, 121), commit = ordered + random.between(30, 90);
      const std::int64_t receipt = ship + random.between(1, 30);
      total += (price * (100 + tax) / 100) * (100 - discount) / 100;
      number(out, key);
      lineitem.column();
      number(out, part);
      lineitem.column();
      number(out, supplier);
      lineitem.column();
      number(out, line);
      lineitem.column();
      number(out, quantity);
      lineitem.column();
      money(out, price);
      lineitem.column();
      money(out, discount);
      lineitem.column();
      money(out, tax);
      lineitem.column();
      out += receipt <= kCurrentDate ? (random.between(0, 1) != 0 ? 'R' : 'A') : 'N';
      lineitem.column();
      const bool shipped = ship <= kCurrentDate;
      shipped_lines += shipped;
      out += shipped ? 'F' : 'O';
      lineitem.column();
      date(out, ship);
      lineitem.column();
      date(out, commit);
      lineitem.column();
      date(out, receipt);
      lineitem.column();
      out += random.pick(kInstructions);
      lineitem.column();
      out += random.pick(kModes);
      lineitem.column();
      comment(random, 10, 43, out);
      lineitem.row();
    }
    std::string& out = order.out();
    number(out, key);
    order.column();
    number(out, customer);
    order.column();
    out += shipped_lines == lines ? 'F' : shipped_lines == 0 ? 'O' : 'P';
    order.column();
    money(out, total);
    order.column();
    date(out, ordered);
    order.column();
    out += random.pick(kPriorities);
    out += "\tClerk#";
    padded(out, random.between(1, clerks), 9);
    out += "\t0\t";
    comment(random, 19, 78, out);
    order.row();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: tpch_generate SCALE DIRECTORY\n");
    return 2;
  }
  const double scale = std::atof(argv[1]);
  const std::string directory = argv[2];
  auto rows = [&](double at_scale_one) {
    const auto n = static_cast<std::int64_t>(at_scale_one * scale);
    return n < 1 ? std::int64_t{1} : n;
  };
  nations_and_regions(directory);
  suppliers(directory, rows(10000));
  parts(directory, rows(200000), rows(10000));
  customers(directory, rows(150000));
  orders(directory, rows(1500000), rows(150000), rows(200000), rows(10000), rows(1000));
  return 0;
}
