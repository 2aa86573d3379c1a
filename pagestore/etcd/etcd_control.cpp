#include "pagestore/etcd_control.h"

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "etcd_client.h"
#include "etcd_messages.h"
#include "pagestore/cluster_decision.h"
#include "wal/crc32c.h"

namespace pagestore {
namespace {

using Clock = std::chrono::steady_clock;

// Between two attempts at an etcd that is away, and between two words about it.
constexpr std::chrono::milliseconds kPause{250};
constexpr std::chrono::seconds kPatience{5};

std::vector<std::byte> seal(const ClusterRecord& record) {
  const auto content = encode_record(record);
  const std::uint32_t crc = wal::crc32c(content);
  std::vector<std::byte> bytes(sizeof crc);
  std::memcpy(bytes.data(), &crc, sizeof crc);
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

std::optional<ClusterRecord> unseal(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0;
  if (bytes.size() < sizeof crc) return std::nullopt;
  std::memcpy(&crc, bytes.data(), sizeof crc);
  const auto content = bytes.subspan(sizeof crc);
  if (wal::crc32c(content) != crc) return std::nullopt;
  auto record = decode_record(content);
  if (!record) return std::nullopt;
  return *std::move(record);
}

class EtcdControl final : public ControlStore {
 public:
  explicit EtcdControl(const EtcdOptions& options)
      : client_(options), key_(options.prefix + "/cluster") {
    std::string addresses;
    for (const auto& endpoint : options.endpoints) {
      addresses += fmt::format("{}{}:{}", addresses.empty() ? "" : ", ", endpoint.host, endpoint.port);
    }
    name_ = fmt::format("etcd ({})", addresses);
  }

  const std::string& name() const override { return name_; }

  wal::Result<std::optional<ClusterRecord>> read(std::stop_token stop, std::string* detail) override {
    auto stored = fetch(stop, detail);
    if (!stored) return stored.error();
    return std::move(stored->record);
  }

  wal::Result<void> swap(const ClusterRecord& next, const RecordVersion& seen, std::stop_token stop,
                         std::string* detail) override {
    const auto value = seal(next);
    for (;;) {
      const auto stored = fetch(stop, detail);
      if (!stored) return stored.error();
      if (stored->record) {
        const ClusterRecord& own = *stored->record;
        // Of two foundings the later one's writer may be at it while the earlier one ends.
        const bool passed_by = own.id != next.id && !own.founded && own.generation > next.generation;
        switch (passed_by ? Adoption::fenced : judge_adoption(own, next, seen)) {
          case Adoption::same:
            return {};
          case Adoption::store:
          case Adoption::empty_first:
            break;
          case Adoption::other_cluster:
            *detail = fmt::format("{} has cluster {} under \"{}\", not cluster {}\nHINT: Each cluster needs a "
                                  "prefix of its own.", name_, show(own.id), key_, show(next.id));
            return ClusterErrc::unsuitable;
          case Adoption::fenced:
            *detail = fmt::format("a newer writer ({}) has taken over", own.writer);
            return ClusterErrc::fenced;
          case Adoption::outdated:
            return ClusterErrc::outdated;
        }
      }
      // Whether it was put or not, also when the answer is lost, the next look tells.
      const auto answer =
          client_.post("/v3/kv/txn", make_swap_request(key_, stored->mod_revision, value), stop, detail);
      if (answer) {
        const auto put = parse_swap_answer(*answer);
        if (put && *put) return {};
      } else if (answer.error() == ClusterErrc::stopped) {
        return answer.error();
      } else if (answer.error() == ClusterErrc::unsuitable) {
        return refused(detail);
      }
    }
  }

 private:
  struct Stored {
    std::optional<ClusterRecord> record;
    std::int64_t mod_revision = 0;
  };

  wal::Result<Stored> fetch(std::stop_token stop, std::string* detail) {
    bool said = false;
    for (Clock::time_point speak_at = Clock::now();;) {
      const auto answer = client_.post("/v3/kv/range", make_range_request(key_), stop, detail);
      if (answer) {
        if (said) spdlog::info("{} answers", name_);
        return understand(*answer, detail);
      }
      if (answer.error() == ClusterErrc::stopped) return answer.error();
      if (answer.error() == ClusterErrc::unsuitable) return refused(detail).error();
      if (const auto now = Clock::now(); now >= speak_at) {
        spdlog::warn("waiting for etcd, which has the cluster's control data: {}", *detail);
        said = true;
        speak_at = now + kPatience;
      }
      std::unique_lock lock(mutex_);
      never_.wait_for(lock, stop, kPause, [] { return false; });
      if (stop.stop_requested()) return ClusterErrc::stopped;
    }
  }

  wal::Result<Stored> understand(const std::string& answer, std::string* detail) const {
    auto value = parse_range_answer(answer);
    if (!value) {
      *detail = fmt::format("{} answers as no etcd of version 3.4 or later does", name_);
      return ClusterErrc::unsuitable;
    }
    if (value->mod_revision == 0) return Stored{};
    auto record = unseal(value->bytes);
    if (!record) {
      *detail = fmt::format("what {} has under \"{}\" is no cluster's record, or is damaged\nHINT: If the nodes "
                            "are whole, delete that key: it is made again from what they know.", name_, key_);
      return ClusterErrc::unsuitable;
    }
    return Stored{std::move(record), value->mod_revision};
  }

  wal::Result<void> refused(std::string* detail) const {
    *detail = fmt::format("etcd refuses: {}", *detail);
    return ClusterErrc::unsuitable;
  }

  EtcdClient client_;
  const std::string key_;
  std::string name_;
  std::mutex mutex_;
  std::condition_variable_any never_;  // for pauses that a stop ends
};

}  // namespace

std::unique_ptr<ControlStore> make_etcd_control(const EtcdOptions& options) {
  return std::make_unique<EtcdControl>(options);
}

}  // namespace pagestore
