#include "pagestore/cluster_manager.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

#include <pthread.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "pagestore/group_sets.h"
#include "pagestore/node_replacement.h"

namespace pagestore {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRound{250};  // between two looks at a replacement
constexpr unsigned kPauseDoublingsMax = 7;         // of a round, while a step fails: half a minute

const char* describe(MemberRole role) {
  switch (role) {
    case MemberRole::member: return "member";
    case MemberRole::spare: return "spare";
    case MemberRole::joining: return "joining";
    case MemberRole::leaving: return "leaving";
  }
  return "unknown";
}

}  // namespace

class ClusterManager::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(RemoteCluster& cluster, StorageTier& tier) : cluster_(cluster), tier_(tier) {}

  void start() {
    list_nodes();
    resume();
    publish();
    thread_ = std::jthread([this](std::stop_token stop) {
      pthread_setname_np(pthread_self(), "members");
      run(stop);
    });
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
    // Whoever still waits is told.
    for (Task& task : std::exchange(tasks_, {})) {
      if (task.done) task.done(Refused{"the server is stopping", {}});
    }
  }

  using Change = std::function<ChangedRecord(const ClusterRecord&)>;
  void change(Change make, Done done) {
    post({[this, make = std::move(make), done](std::stop_token stop) {
            finish(done, apply(make(cluster_.record()), stop));
          },
          done});
  }
  void add_node(std::string address, Done done) {
    post({[this, address = std::move(address), done](std::stop_token stop) {
            if (tier_.node_count() >= kNodesMax) {  // a place is not given to another one
              return done(Refused{fmt::format("could not add a node: this writer has known {} of them",
                                              kNodesMax),
                                  "Start the writer again: it forgets those that were removed."});
            }
            std::string detail;
            const auto node = cluster_.greet(address, stop, &detail);
            if (!node) {
              return done(Refused{
                  "could not add a node: " + (detail.empty() ? node.error().message() : detail),
                  "Is `sextant pagestore` running there?"});
            }
            finish(done, apply(add_spare(cluster_.record(), node->name, node->zone, address, node->kind), stop));
          },
          done});
  }

  ClusterView view() const {
    const std::scoped_lock lock(mutex_);
    return view_;
  }

 private:
  // Run on the thread, in order.
  struct Task {
    std::function<void(std::stop_token)> run;
    Done done;  // told when it never was
  };

  void post(Task task) {
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  void run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      Task task;
      {
        std::unique_lock lock(mutex_);
        const auto any = [this] { return !tasks_.empty(); };
        if (replacement_) {
          changed_.wait_until(lock, stop, next_round_, any);
        } else {
          changed_.wait(lock, stop, any);
        }
        if (stop.stop_requested()) return;
        if (!tasks_.empty()) {
          task = std::move(tasks_.front());
          tasks_.pop_front();
        }
      }
      if (task.run) task.run(stop);
      if (replacement_ && Clock::now() >= next_round_) {
        next_round_ = Clock::now() + kRound;
        replacement_->tick();
      }
      carry_out(stop);
      publish();
    }
  }

  void carry_out(std::stop_token stop) {
    while (replacement_) {
      auto output = replacement_->take_output();
      for (NodeReplacement::Ask& ask : output.asks) {
        tier_.node(ask.node).send(
            std::move(ask.request),
            [weak = weak_from_this(), number = replacement_number_, id = ask.id](Response response) {
              const auto self = weak.lock();
              if (!self) return;
              self->post({[impl = self.get(), number, id, response = std::move(response)](std::stop_token) {
                            if (impl->replacement_ && impl->replacement_number_ == number) {
                              impl->replacement_->answered(id, response);
                            }
                          },
                          nullptr});
            });
      }
      if (!output.adopt) return;
      if (const auto refused = apply_record(*output.adopt, stop)) {
        if (stop.stop_requested()) return;
        spdlog::error("replacing page-store node {}: {}", replacement_->pair().member, refused->why);
        replacement_->not_adopted(refused->why);
        next_round_ = Clock::now() + kRound * (1u << failures_);
        failures_ = std::min(failures_ + 1, kPauseDoublingsMax);
        return;
      }
      failures_ = 0;
      const ReplacementPair pair = replacement_->pair();
      replacement_->adopted(*output.adopt);
      if (replacement_->phase() == NodeReplacement::Phase::done) {
        const ClusterRecord record = cluster_.record();
        const bool is_spare = std::ranges::any_of(record.members, [&](const ClusterMember& each) {
          return each.name == pair.member && each.role == MemberRole::spare;
        });
        spdlog::info("page-store node {} has taken the place of {}{}", pair.newcomer, pair.member,
                     is_spare ? ", which is a spare now"
                              : fmt::format(" for the protection groups of set {}", pair.set));
        replacement_.reset();
        resume();
      } else {
        spdlog::info("page-store node {} joins: what is committed is on a write quorum with it and with {}",
                     pair.newcomer, pair.member);
      }
    }
  }

  // Whoever is told sees it in view().
  void finish(const Done& done, std::optional<Refused> refused) {
    publish();
    done(std::move(refused));
  }

  std::optional<Refused> apply(ChangedRecord changed, std::stop_token stop) {
    if (auto* refused = std::get_if<ChangeRefused>(&changed)) return Refused{refused->why, refused->hint};
    auto failed = apply_record(std::get<ClusterRecord>(changed), stop);
    if (!failed) resume();
    return failed;
  }

  // Durable first; then every volume counts by it.
  std::optional<Refused> apply_record(ClusterRecord& next, std::stop_token stop) {
    std::string detail;
    // One that failed may be on some nodes: its number is not given to another one.
    next.membership = std::max(next.membership, last_tried_ + 1);
    last_tried_ = next.membership;
    if (auto done = cluster_.change(next, stop, &detail); !done) {
      return Refused{detail.empty() ? done.error().message() : detail, {}};
    }
    const auto nodes = cluster_.nodes();
    for (std::size_t index = tier_.node_count(); index < nodes.size(); ++index) tier_.add_node(*nodes[index]);
    tier_.set_placement(cluster_.placement());
    cluster_.settle();
    list_nodes();
    return std::nullopt;
  }

  void list_nodes() {
    NodeSet all;
    for (const ClusterMember& member : cluster_.record().members) all.add(cluster_.index_of(member.name));
    tier_.set_listed(all);
  }

  // Goes on with, begins or gives up a replacement as the record says.
  void resume() {
    const auto record = cluster_.record();
    const auto pair = replacement_of(record);
    if (!pair) return replacement_.reset();
    if (replacement_ && replacement_->pair() == *pair) return replacement_->follow(record);
    ++replacement_number_;
    failures_ = 0;
    replacement_.emplace(record, [this](const std::string& name) { return cluster_.index_of(name); });
    next_round_ = Clock::now();
    spdlog::info("page-store node {} is to take the place of {}", pair->newcomer, pair->member);
  }

  void publish() {
    ClusterView view;
    const ClusterRecord record = cluster_.record();
    view.membership_epoch = record.membership;
    view.sets = std::max<std::size_t>(1, record.sets.size());
    for (const ClusterMember& member : record.members) {
      const std::size_t shares = record.sets.empty() ? member.role != MemberRole::spare : sets_with(record, member.name);
      view.nodes.push_back({member.name, member.zone, member.address, describe(member.role), member.kind, shares});
    }
    if (replacement_) {
      const Coverage& coverage = replacement_->coverage();
      view.replacement = ReplacementProgress{
          replacement_->pair().member, replacement_->pair().newcomer,
          replacement_->phase() == NodeReplacement::Phase::copying ? "copying" : "joining",
          coverage.segments(), coverage.segments_left(), coverage.log_bytes_left(),
          replacement_->trouble()};
    }
    if (planned_for_ != record.membership) {
      planned_for_ = record.membership;
      plan_ = spread_plan(record);
    }
    view.is_spreading = plan_.is_under_way;
    view.sets_planned = plan_.sets;
    for (const GroupMove& move : plan_.moves) view.moves.push_back({move.set, move.from, move.to});
    const std::scoped_lock lock(mutex_);
    view_ = std::move(view);
  }

  RemoteCluster& cluster_;
  StorageTier& tier_;
  // Of the thread.
  std::optional<NodeReplacement> replacement_;
  std::uint64_t replacement_number_ = 0;
  Clock::time_point next_round_;
  unsigned failures_ = 0;  // of its next step, one after the other
  std::uint64_t last_tried_ = 0;   // membership epoch
  std::uint64_t planned_for_ = 0;  // membership epoch
  SpreadPlan plan_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Task> tasks_;   // guarded by mutex_
  ClusterView view_;         // guarded by mutex_
  std::jthread thread_;
};

ClusterManager::ClusterManager(RemoteCluster& cluster, StorageTier& tier)
    : impl_(std::make_shared<Impl>(cluster, tier)) {
  impl_->start();
}

ClusterManager::~ClusterManager() { impl_->stop(); }

ClusterView ClusterManager::view() const { return impl_->view(); }

void ClusterManager::add_node(std::string address, Done done) {
  impl_->add_node(std::move(address), std::move(done));
}
void ClusterManager::drain_node(std::string member, std::string spare, Done done) {
  impl_->change(
      [member, spare](const ClusterRecord& record) { return replace_member(record, member, spare); },
      std::move(done));
}
void ClusterManager::keep_node(std::string node, Done done) {
  impl_->change([node](const ClusterRecord& record) { return cancel_replacement(record, node); },
                std::move(done));
}
void ClusterManager::spread_nodes(Done done) { impl_->change(&spread_groups, std::move(done)); }
void ClusterManager::remove_node(std::string spare, Done done) {
  impl_->change([spare](const ClusterRecord& record) { return remove_spare(record, spare); },
                std::move(done));
}

}  // namespace pagestore
