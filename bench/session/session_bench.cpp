// Statements as a session handles them, without sockets: from text to plan, with and without the
// plan cache, point reads, and expressions over batches. Expected on a 3 GHz core: parse, analysis
// and plan of a point SELECT 10 to 20 us; the same text from the plan cache, run and answered, 1 us,
// of which its template is 0.1; Bind, Execute and Sync as much; an expression of five operators 2 to
// 5 ns a row.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <unistd.h>

#include "buffer/buffer_pool.h"
#include "database/cluster.h"
#include "pagestore/local_node.h"
#include "pagestore/storage_tier.h"
#include "session/session.h"
#include "transaction/timer_service.h"

namespace {

constexpr int kRows = 10'000;

class Nowhere final : public session::Output {
 public:
  void flush() override { messages_.clear(); }
};

// What `sextant start` composes below the sessions, in a temporary directory, and one session.
class World {
 public:
  World() : directory_(std::filesystem::temp_directory_path() / ("session_bench_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(directory_);
    for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
      pagestore::LocalNodeOptions options;
      options.directory = (directory_ / name).string();
      options.node.name = name;
      options.node.zone = std::string(1, name[0]);
      options.node.first_extent_bytes = 1 << 20;
      nodes_.push_back(std::move(*pagestore::LocalNode::open(options, thread_)));
      channels_.push_back(nodes_.back().get());
    }
    tier_ = std::make_unique<pagestore::StorageTier>(channels_);
    storage_ = database::make_tier_storage(*tier_);
    cluster_ = std::make_unique<database::Cluster>(
        database::DatabaseEnvironment{*storage_, pool_, *timers_, {}});
    environment_ = std::make_unique<session::SessionEnvironment>(
        session::SessionEnvironment{*cluster_, {}, directory_.string()});
    session::SessionIdentity identity;
    identity.user = identity.database = "postgres";
    session_ = std::make_unique<session::Session>(
        *environment_, std::move(identity), std::vector<std::pair<std::string, std::string>>{},
        output_, session::SessionHooks{.wake = [] {}, .yield = [] {}, .client_is_there = {}});
    query("CREATE TABLE accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))");
    query("INSERT INTO accounts SELECT g, 1, g % 100, '' FROM generate_series(1, " +
          std::to_string(kRows) + ") g");
  }
  ~World() {
    session_.reset();
    cluster_.reset();
    storage_.reset();
    tier_.reset();
    nodes_.clear();
    std::filesystem::remove_all(directory_);
  }

  // Handles one message; whether an error was the answer.
  bool handle(const protocol::FrontendMessage& message) {
    output_.messages().clear();
    session_->handle(message);
    return output_.messages().bytes().starts_with('E');
  }
  bool query(std::string_view text) { return handle(protocol::QueryMessage{text}); }
  std::size_t answer_bytes() { return output_.messages().size(); }

 private:
  std::filesystem::path directory_;
  pagestore::StorageThread thread_;
  std::vector<std::unique_ptr<pagestore::LocalNode>> nodes_;
  std::vector<pagestore::NodeChannel*> channels_;
  std::unique_ptr<pagestore::StorageTier> tier_;
  std::unique_ptr<database::Storage> storage_;
  std::unique_ptr<transaction::TimerService> timers_ = transaction::make_thread_timer();
  buffer::BufferPool pool_{std::size_t{64} << 20};
  std::unique_ptr<database::Cluster> cluster_;
  std::unique_ptr<session::SessionEnvironment> environment_;
  Nowhere output_;
  std::unique_ptr<session::Session> session_;
};

World& world() {
  static World instance;
  return instance;
}

std::string point_select(int key) {
  return "SELECT abalance FROM accounts WHERE aid = " + std::to_string(key) + ";";
}

// Parse, analysis and plan: what a text costs that was never seen. Named statements are always made
// anew.
void text_to_plan(benchmark::State& state, const char* text) {
  protocol::FrontendMessage messages[] = {protocol::ParseMessage{"cold", text, {}},
                                          protocol::CloseMessage{protocol::Target::statement, "cold"},
                                          protocol::SyncMessage{}};
  world();  // not part of the first round
  for (auto _ : state)
    for (const auto& message : messages)
      if (world().handle(message)) return state.SkipWithError("refused");
}
BENCHMARK_CAPTURE(text_to_plan, point_select, "SELECT abalance FROM accounts WHERE aid = 4242");
BENCHMARK_CAPTURE(text_to_plan, update, "UPDATE accounts SET abalance = abalance + 17 WHERE aid = 4242");
BENCHMARK_CAPTURE(text_to_plan, join_and_group,
                  "SELECT a.bid, count(*), sum(b.abalance) FROM accounts a JOIN accounts b ON a.aid = b.bid "
                  "WHERE a.abalance BETWEEN 10 AND 20 GROUP BY a.bid HAVING count(*) > 3 ORDER BY 3 DESC LIMIT 10");

// A text that differs in its key only: plan cache, run, answer, implicit transaction.
void simple_query_from_cache(benchmark::State& state) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back(point_select(i * 7 % kRows + 1));
  std::size_t i = 0;
  for (auto _ : state) {
    if (world().query(texts[i++ % texts.size()])) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(world().answer_bytes());
  }
}
BENCHMARK(simple_query_from_cache);

// The unnamed statement of the same text.
void parse_again(benchmark::State& state) {
  protocol::FrontendMessage messages[] = {
      protocol::ParseMessage{"", "SELECT abalance FROM accounts WHERE aid = $1", {}}, protocol::SyncMessage{}};
  for (auto _ : state)
    for (const auto& message : messages)
      if (world().handle(message)) return state.SkipWithError("refused");
}
BENCHMARK(parse_again);

void bind_execute_sync(benchmark::State& state) {
  world().handle(protocol::ParseMessage{"point", "SELECT abalance FROM accounts WHERE aid = $1", {}});
  world().handle(protocol::SyncMessage{});
  const std::string value = "4242";
  protocol::BindMessage bind;
  bind.statement = "point";
  bind.parameters = {std::as_bytes(std::span(value))};
  protocol::FrontendMessage messages[] = {bind, protocol::ExecuteMessage{"", 0}, protocol::SyncMessage{}};
  for (auto _ : state)
    for (const auto& message : messages)
      if (world().handle(message)) return state.SkipWithError("refused");
  world().handle(protocol::CloseMessage{protocol::Target::statement, "point"});
  world().handle(protocol::SyncMessage{});
}
BENCHMARK(bind_execute_sync);

// Expressions over batches; rows a second of the whole query, whose rest is the first line.
void expression(benchmark::State& state, const char* condition) {
  std::string text = "SELECT count(*) FROM generate_series(1, 100000) g WHERE " + std::string(condition);
  for (auto _ : state)
    if (world().query(text)) return state.SkipWithError("refused");
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK_CAPTURE(expression, none, "true")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(expression, arithmetic, "(g * 3 + 1) % 7 < 3 AND g <> 5")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(expression, conditional, "CASE WHEN g % 2 = 0 THEN g ELSE -g END > 100")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(expression, text, "g::text || 'x' LIKE '%9x'")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(expression, numeric, "g::numeric * 1.5 > 1000")->Unit(benchmark::kMicrosecond);

}  // namespace
