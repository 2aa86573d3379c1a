#include "sim_writer.h"

#include <algorithm>
#include <utility>

#include "wal/check.h"

namespace sim {

using wal::CopyIndex;
using wal::Lsn;
using wal::LogShipper;
using wal::Page;
using wal::PageNo;

namespace {

constexpr std::uint64_t kRoom = 64 << 10;

}  // namespace

// What a MiniTransaction needs of a volume.
class SimWriter::Volume final : public wal::Volume {
 public:
  explicit Volume(SimWriter& writer) : writer_(writer) {}
  wal::TimelineId timeline() const override { return writer_.timeline_; }
  Lsn branch_lsn() const override { return {}; }
  Lsn vdl() const override { return writer_.acknowledged_; }
  Lsn last_lsn() const override { return writer_.last_lsn_; }
  wal::Result<void> wait_durable(Lsn) override { CHECK(false); }
  wal::Result<void> wait_for_room() override { CHECK(false); }
  wal::Result<void> read_page(PageNo, Lsn, Page&) override { CHECK(false); }
  Lsn append_control(wal::RecordKind, std::span<const std::byte>) override { CHECK(false); }
  void grant_horizon(Lsn, std::span<const Lsn>) override { CHECK(false); }

 private:
  Lsn append(wal::MiniTransaction& mtr) override {
    const auto records = mtr.pending();
    const Lsn end = writer_.builder_->append(records);
    writer_.oracle_.appended(writer_.timeline_, writer_.id_, records);
    writer_.last_lsn_ = end;
    return end;
  }
  SimWriter& writer_;
};

SimWriter::SimWriter(World& world, SimNetwork& network, Oracle& oracle, wal::TimelineId timeline,
                     WriterId id, wal::ShipperOptions options, PageMap pages, const wal::Placement& placement)
    : world_(world),
      network_(network),
      oracle_(oracle),
      timeline_(timeline),
      id_(id),
      pages_(pages),
      chunks_in_flight_max_(world.pick(1, 4)),
      last_tick_(world.now()),
      shipper_(timeline, static_cast<std::uint32_t>(id), options, placement),
      volume_(std::make_unique<Volume>(*this)),
      mtr_(std::make_unique<wal::MiniTransaction>(*volume_)) {}

SimWriter::~SimWriter() = default;

void SimWriter::start() {
  world_.trace("writer {} opens timeline {}", id_, wal::raw(timeline_));
  shipper_.start();
  after_input();
}

void SimWriter::set_placement(const wal::Placement& placement) {
  if (dead_) return;
  shipper_.set_placement(placement);
  after_input();
}

wal::CopyIndex SimWriter::pick_copy(std::uint32_t page_no) {
  const wal::NodeSet members = shipper_.placement().of(group_of(page_no)).all();
  const std::uint64_t place = world_.pick(members.size());
  return *std::ranges::next(members.begin(), static_cast<std::ptrdiff_t>(place));
}

void SimWriter::after_input() {
  if (dead_) return;
  if (is_serving() && !builder_) {
    const auto& plan = shipper_.plan();
    world_.trace("writer {} serves timeline {} from {} (new LSNs from {}{})", id_,
                 wal::raw(timeline_), plan.vdl.value(), plan.next_lsn.value(),
                 plan.fresh ? ", fresh" : "");
    oracle_.serving(timeline_, id_, shipper_.epoch(), plan.vdl);
    acknowledged_ = plan.vdl;
    last_lsn_ = begin_ = plan.next_lsn;
    builder_.emplace(plan.vdl, plan.next_lsn, plan.branch_lsn, plan.pages_per_group, plan.tails);
  }
  ship();
  if (is_serving() && shipper_.vdl() > acknowledged_) {
    acknowledged_ = shipper_.vdl();
    world_.trace("writer {} acknowledges {}", id_, acknowledged_.value());
    oracle_.acknowledged(timeline_, id_, acknowledged_);
    if (look_) look_(*this);
  }
  if (has_failed()) {
    world_.trace("writer {} gives up: {}", id_, shipper_.error().message());
    dead_ = true;
    return;
  }
  shipper_.check_invariants();
  for (auto& send : shipper_.take_sends()) {
    network_.request(id_, send.call.copy, std::move(send.request),
                     [weak = weak_from_this(), call = send.call](pagestore::Response response) {
                       const auto self = weak.lock();
                       if (!self || self->dead_) return;
                       self->shipper_.answered(call, std::move(response));
                       self->after_input();
                     });
  }
  schedule_tick();
}

void SimWriter::schedule_tick() {
  const auto due = shipper_.ticks_until_due();
  if (!due || (tick_due_ && *tick_due_ <= world_.now() + *due * tick_)) return;
  const std::uint64_t when = world_.now() + *due * tick_;
  if (!tick_due_) last_tick_ = world_.now();
  tick_due_ = when;
  world_.after(*due * tick_, [weak = weak_from_this(), when] {
    const auto self = weak.lock();
    if (!self || self->dead_) return;
    if (self->tick_due_ == when) self->tick_due_.reset();
    const auto elapsed = static_cast<unsigned>((when - self->last_tick_) / self->tick_);
    if (elapsed > 0) {
      self->last_tick_ = when;
      self->shipper_.tick(elapsed);
    }
    self->after_input();
  });
}

void SimWriter::jump_clock(unsigned ticks) {
  if (dead_) return;
  shipper_.tick(ticks);
  after_input();
}

void SimWriter::ship() {
  while (is_serving() && builder_ && !builder_->empty() &&
         shipper_.chunks_in_flight() < chunks_in_flight_max_ &&
         shipper_.may_ship(builder_->next_end())) {
    shipper_.ship(builder_->take());
  }
}

bool SimWriter::can_read(std::size_t copy, std::uint32_t page_no) {
  const auto group = group_of(page_no);
  return shipper_.can_read(copy, group, shipper_.required_scl(group));
}

bool SimWriter::is_settled(const std::function<std::size_t(wal::GroupNo)>& copies) {
  if (!is_serving() || !builder_ || !builder_->empty() || shipper_.chunks_in_flight() != 0) {
    return false;
  }
  for (std::uint32_t i = 0; i < kPages; ++i) {
    const std::uint32_t page_no = pages_.page(i);
    std::size_t readable = 0;
    for (const CopyIndex copy : shipper_.placement().all()) {
      if (shipper_.link_state(copy) != "streaming") return false;
      readable += can_read(copy, page_no);
    }
    if (readable < copies(group_of(page_no))) return false;
  }
  return true;
}

void SimWriter::work() {
  if (dead_ || resting_ || !is_serving() || !builder_) return;
  // A page may go when nothing of it is above the VDL.
  if (world_.one_in(4)) {
    std::erase_if(cache_, [&](const auto& item) {
      return item.second->lsn() <= acknowledged_ && world_.one_in(2);
    });
  }
  if (world_.one_in(25)) grant_horizon();
  if (last_lsn_.value() > std::max(acknowledged_, begin_).value() + kRoom) return;
  std::set<std::uint32_t> pages;
  for (std::uint64_t i = world_.pick(1, 3); i > 0; --i) {
    pages.insert(pages_.page(world_.pick(kPages)));
  }
  bool all_here = true;
  for (const std::uint32_t page : pages) {
    if (cache_.contains(page)) continue;
    all_here = false;
    fetch(page);
  }
  if (!all_here) return;
  do_transaction(pages);
  after_input();
}

// Only the newest writer's word counts for the oracle; an overtaken one may still ask.
void SimWriter::grant_horizon() {
  const auto points = oracle_.consistency_points(timeline_);
  if (points.empty()) return;
  const Lsn horizon = std::min(acknowledged_, points[world_.pick(points.size())]);
  if (!oracle_.grant(timeline_, horizon)) return;
  world_.trace("writer {} grants horizon {}", id_, horizon.value());
  const auto& pins = oracle_.pins(timeline_);
  shipper_.grant_horizon(horizon, {pins.begin(), pins.end()});
  after_input();
}

void SimWriter::do_transaction(const std::set<std::uint32_t>& pages) {
  for (const std::uint32_t page_no : pages) {
    Page& page = *cache_.at(page_no);
    if (page.lsn() == wal::kNoLsn || world_.one_in(40)) {
      page.header().page_no = page_no;
      page.bytes[world_.pick(16, wal::kPageSize - 1)] = static_cast<std::byte>(world_.pick(256));
      mtr_->image(page);
    }
    for (std::uint64_t i = world_.pick(1, 3); i > 0; --i) {
      const std::size_t length = world_.pick(1, 48);
      const std::size_t offset = world_.pick(16, wal::kPageSize - 64);
      switch (world_.pick(6)) {
        case 0:
          mtr_->fill(page, offset, length, static_cast<std::byte>(world_.pick(256)));
          break;
        case 1:
          mtr_->move(page, offset, world_.pick(16, wal::kPageSize - 64), length);
          break;
        default:
          mtr_->put(page, offset, world_.random()());
      }
    }
  }
  if (world_.one_in(3)) {
    const std::uint64_t xid = world_.random()();
    mtr_->control(wal::RecordKind::commit, std::as_bytes(std::span(&xid, 1)));
  }
  mtr_->commit();
}

void SimWriter::read(std::size_t copy, std::uint32_t page_no, Lsn read_point, Lsn required,
                     std::function<void(const pagestore::PageContents*)> done) {
  const pagestore::ReadPage request{{timeline_, group_of(page_no)}, PageNo{page_no}, read_point,
                                    required, shipper_.run(copy)};
  network_.request(id_, copy, request,
                   [weak = weak_from_this(), copy, request,
                    done = std::move(done)](auto response) {
                     const auto self = weak.lock();
                     if (!self || self->dead_) return;
                     const auto* contents = std::get_if<pagestore::PageContents>(&response);
                     if (const auto* refusal = std::get_if<pagestore::Refusal>(&response)) {
                       self->world_.trace("writer {} is refused page {} at {} by copy {}: {}",
                                          self->id_, wal::raw(request.page_no),
                                          request.read_point.value(), copy, refusal->detail);
                       if (refusal->reason == pagestore::RefusalReason::opened_anew) {
                         self->shipper_.opened_anew(copy, request.run);
                         self->after_input();
                       }
                     }
                     if (contents != nullptr) {
                       self->world_.trace("writer {} reads page {} at {} from copy {} (scl {})",
                                          self->id_, wal::raw(request.page_no),
                                          request.read_point.value(), copy,
                                          request.required_scl.value());
                       self->oracle_.check_read(self->timeline_, self->id_, request.page_no,
                                                request.read_point, contents->page.get());
                     }
                     done(contents);
                   });
}

void SimWriter::fetch(std::uint32_t page_no) {
  const Lsn required = shipper_.required_scl(group_of(page_no));
  const CopyIndex copy = pick_copy(page_no);
  if (!shipper_.can_read(copy, group_of(page_no), required)) return;
  if (!fetching_.insert(page_no).second) return;
  read(copy, page_no, acknowledged_, required, [this, page_no](const auto* contents) {
    fetching_.erase(page_no);
    if (contents == nullptr) return;
    cache_[page_no] = contents->page ? std::make_unique<Page>(*contents->page)
                                     : std::make_unique<Page>();
  });
}

void SimWriter::audit() {
  if (dead_ || !is_serving() || !builder_) return;
  const std::uint32_t page_no = pages_.page(world_.pick(kPages));
  const Lsn required = shipper_.required_scl(group_of(page_no));
  const CopyIndex copy = pick_copy(page_no);
  if (!shipper_.can_read(copy, group_of(page_no), required)) return;
  Lsn read_point = acknowledged_;
  const auto points = oracle_.consistency_points(timeline_);
  if (!points.empty() && world_.one_in(2)) {
    read_point = std::min(read_point, points[world_.pick(points.size())]);
  }
  read(copy, page_no, read_point, required, [](const auto*) {});
}

// A copy whose disk rotted has the page again after a while.
void SimWriter::insist(std::size_t copy, std::uint32_t page_no, std::size_t& done) {
  if (!shipper_.placement().of(group_of(page_no)).contains(copy)) {  // it left, and says nothing of its pages now
    ++done;
    return;
  }
  read(copy, page_no, acknowledged_, shipper_.required_scl(group_of(page_no)),
       [this, copy, page_no, &done](const auto* contents) {
         if (contents != nullptr) {
           ++done;
           return;
         }
         world_.after(kTick, [this, self = shared_from_this(), copy, page_no, &done] {
           insist(copy, page_no, done);
         });
       });
}

std::size_t SimWriter::audit_all(std::size_t& done) {
  std::size_t asked = 0;
  for (const CopyIndex copy : shipper_.placement().all()) {
    for (std::uint32_t i = 0; i < kPages; ++i) {
      const std::uint32_t page_no = pages_.page(i);
      if (!can_read(copy, page_no)) continue;
      ++asked;
      insist(copy, page_no, done);
    }
  }
  return asked;
}

}  // namespace sim
