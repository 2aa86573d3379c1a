// One connection: frames in, frames out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "network_impl.h"
#include "pagestore/frame.h"

namespace pagestore {

// What happens on a connection; called on the network's thread.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  virtual void on_ready() = 0;  // TCP and TLS are up
  // `body` is valid during the call. The stream may be closed in it.
  virtual void on_frame(const FrameHeader& header, std::span<const std::byte> body) = 0;
  // Fewer bytes are queued.
  virtual void on_sent() {}
  // The other end, the network or a broken frame ended it; the last call. Not after close().
  virtual void on_lost(const std::string& why) = 0;
};

// All but send() and queued_bytes() on the network's thread. Shared with what Asio has under way.
class FrameStream : public std::enable_shared_from_this<FrameStream> {
 public:
  enum class Side : std::uint8_t { caller, node };
  // `host`: as the caller knows the node; with TLS its certificate must be that host's.
  FrameStream(Network::Impl& network, boost::asio::ip::tcp::socket socket, Side side,
              std::string host = {});

  // The handler must live until on_lost() or close().
  void start(FrameHandler& handler);
  void set_body_max(std::size_t bytes) { body_max_ = bytes; }

  // Any thread. Frames leave in this order; after the end they vanish.
  void send(WireBytes frame);
  // Not yet handed to the kernel.
  std::size_t queued_bytes() const { return queued_bytes_.load(std::memory_order_relaxed); }

  // Reading stops after the frame at hand: the kernel's buffers fill and the peer waits.
  void pause();
  void resume();
  bool paused() const { return paused_; }

  // Frames that came since the last call.
  std::uint64_t take_received() { return std::exchange(received_, 0); }

  // No further calls to the handler. What is queued is sent first, if the peer takes it.
  void close();
  // The same at once: what is queued is lost.
  void abort();

 private:
  void lost(const std::string& why);
  void read();
  void parse();
  void flush();
  void shut();

  Network::Impl& network_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  const Side side_;
  const std::string host_;
  FrameHandler* handler_ = nullptr;
  std::size_t body_max_ = kHandshakeBodyMax;

  std::vector<std::byte> input_;  // [begin_, end_) is read and not yet parsed
  std::size_t begin_ = 0, end_ = 0;
  bool reading_ = false, paused_ = false, parsing_ = false;
  std::uint64_t received_ = 0;

  std::atomic<std::size_t> queued_bytes_{0};
  std::mutex mutex_;                // guards the next three
  std::vector<WireBytes> queue_;
  bool flush_posted_ = false;
  bool ended_ = false;
  std::vector<WireBytes> writing_;  // under way
  bool closing_ = false;
};

}  // namespace pagestore
