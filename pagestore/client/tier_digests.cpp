// What every member has of every segment, asked together.
#include <algorithm>
#include <memory>
#include <mutex>

#include "pagestore/storage_tier.h"

namespace pagestore {
namespace {

constexpr std::chrono::seconds kDeadline{1};

struct Survey : std::enable_shared_from_this<Survey> {
  std::mutex mutex;
  std::vector<MemberDigests> members;
  std::size_t under_way = 0;
  std::function<void(std::vector<MemberDigests>)> done;  // empty once called

  void finish(std::unique_lock<std::mutex> lock) {
    auto call = std::exchange(done, nullptr);
    auto result = call ? std::move(members) : std::vector<MemberDigests>();
    lock.unlock();
    if (call) call(std::move(result));
  }

  void ask(NodeChannel& node, std::size_t place, std::uint64_t run, std::uint64_t since) {
    node.send(GetChanges{run, since, {}}, [self = shared_from_this(), &node, place](Response response) {
      std::unique_lock lock(self->mutex);
      if (!self->done) return;
      if (auto* changes = std::get_if<Changes>(&response)) {
        MemberDigests& member = self->members[place];
        std::ranges::move(changes->timelines, std::back_inserter(member.timelines));
        if (changes->more) {
          lock.unlock();
          return self->ask(node, place, changes->run, changes->through);
        }
        member.answered = true;
      }
      if (--self->under_way == 0) self->finish(std::move(lock));
    });
  }
};

}  // namespace

void StorageTier::digests(std::function<void(std::vector<MemberDigests>)> done) {
  const auto survey = std::make_shared<Survey>();
  const Placement members = placement();
  for (const NodeIndex index : members.all()) {
    survey->members.push_back({index, members, node(index).name(), node(index).zone(), false, {}});
  }
  survey->under_way = survey->members.size();
  survey->done = std::move(done);
  std::size_t place = 0;
  for (const NodeIndex index : members.all()) survey->ask(node(index), place++, 0, 0);
  timer_.after(kDeadline, [weak = std::weak_ptr(survey)] {
    if (const auto late = weak.lock()) late->finish(std::unique_lock(late->mutex));
  });
}

}  // namespace pagestore
