// Reading in the background what nobody reads.
#include "test_node.h"

namespace pagestore {
namespace {

NodeOptions scrubbing() {
  NodeOptions options = small_node();
  options.peers = 5;  // there are some, and they are silent
  options.run = 1;
  options.gossip_ticks = 1;
  options.scrub_pause_ticks = 1;
  options.index_cache_bytes = 1;  // what a checkpoint has stored leaves memory
  return options;
}

// Pieces of the page index that are on disk alone are brought in one after the other, once each.
TEST(Scrub, GoesThroughAnIndexThatIsNotInMemory) {
  TestNode node(scrubbing());
  TestVolume volume(kMain, Lsn(1000), 20);
  node.expect<Done>(volume.create());
  for (std::uint32_t i = 0; i < 60; ++i) {
    append(node, volume.write({i * 131 % 2000}, true));
    volume.vdl = volume.last();
  }
  node.core().start_checkpoint();
  node.run();
  node.core().start_checkpoint();
  node.run();
  for (int tick = 0; tick < 100; ++tick) {
    node.core().tick();
    node.run();
  }
  const RepairStatus repair = node.expect<NodeStatus>(GetStatus{}).repair;
  EXPECT_GE(repair.scrub_rounds, 2u);
  EXPECT_EQ(repair.scrub_damage, 0u);
}

}  // namespace
}  // namespace pagestore
