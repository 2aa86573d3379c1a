#include "frame_stream.h"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include "pagestore/wire_errc.h"

namespace pagestore {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 64 * 1024;
// An input buffer that one large frame made larger than this goes when it is empty.
constexpr std::size_t kKeptBytes = 1 << 20;

constexpr int kUnacknowledgedMs = 10'000;

std::string describe(const error_code& error) {
  return error == asio::error::eof ? "the connection was closed" : error.message();
}

}  // namespace

FrameStream::FrameStream(Network::Impl& network, asio::ip::tcp::socket socket, Side side, std::string host)
    : network_(network), socket_(std::move(socket)), side_(side), host_(std::move(host)) {}

void FrameStream::start(FrameHandler& handler) {
  handler_ = &handler;
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  // What is sent and not acknowledged for so long ends the connection, also one that is closing.
  const int timeout = kUnacknowledgedMs;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
  if (network_.tls == nullptr) {
    handler_->on_ready();
    return read();
  }
  tls_.emplace(socket_, *network_.tls);
  using Stream = asio::ssl::stream_base;
  // The authority may have certified others, too. A name is looked up among the certificate's DNS
  // names (its common name when it has none), an address among its IP addresses.
  if (side_ == Side::caller) tls_->set_verify_callback(asio::ssl::host_name_verification(host_));
  tls_->async_handshake(side_ == Side::caller ? Stream::client : Stream::server,
                        [self = shared_from_this()](error_code error) {
                          if (self->handler_ == nullptr) return;
                          if (error) return self->lost("TLS: " + error.message());
                          self->handler_->on_ready();
                          self->read();
                        });
}

// --- in ----------------------------------------------------------------------------------------

void FrameStream::read() {
  if (reading_ || paused_ || handler_ == nullptr) return;
  reading_ = true;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (input_.size() > kKeptBytes) std::vector<std::byte>().swap(input_);
  } else if (begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // At most doubled: memory follows the bytes that came, not the length that a header names.
  if (input_.size() - end_ < kReadBytes / 2) input_.resize(std::max(2 * end_, end_ + kReadBytes));
  auto done = [self = shared_from_this()](error_code error, std::size_t bytes) {
    self->reading_ = false;
    if (self->handler_ == nullptr) return;
    if (error) return self->lost(describe(error));
    self->end_ += bytes;
    self->parse();
  };
  const auto room = asio::buffer(input_.data() + end_, input_.size() - end_);
  if (tls_) {
    tls_->async_read_some(room, std::move(done));
  } else {
    socket_.async_read_some(room, std::move(done));
  }
}

void FrameStream::parse() {
  if (parsing_) return;  // resumed by a frame that is being handled
  parsing_ = true;
  while (handler_ != nullptr && !paused_) {
    const auto bytes = std::span(input_).subspan(begin_, end_ - begin_);
    const auto header = read_frame_header(bytes, body_max_);
    if (!header) {
      lost(header.error().message());
      break;
    }
    if (!*header || bytes.size() - kFrameHeaderBytes < (*header)->body_bytes) break;
    const auto body = bytes.subspan(kFrameHeaderBytes, (*header)->body_bytes);
    if (!is_intact(**header, body)) {
      lost(make_error_code(WireErrc::bad_checksum).message());
      break;
    }
    begin_ += kFrameHeaderBytes + body.size();
    ++received_;
    handler_->on_frame(**header, body);
  }
  parsing_ = false;
  read();
}

void FrameStream::pause() { paused_ = true; }

void FrameStream::resume() {
  if (!std::exchange(paused_, false) || reading_) return;
  parse();
}

// --- out ---------------------------------------------------------------------------------------

void FrameStream::send(WireBytes frame) {
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    queued_bytes_.fetch_add(frame.size(), std::memory_order_relaxed);
    queue_.push_back(std::move(frame));
    if (std::exchange(flush_posted_, true)) return;
  }
  asio::post(network_.io, [self = shared_from_this()] { self->flush(); });
}

void FrameStream::flush() {
  {
    const std::scoped_lock lock(mutex_);
    flush_posted_ = false;
    if (!writing_.empty() || ended_) return;
    writing_.swap(queue_);
    if (!writing_.empty()) flush_posted_ = true;  // whoever sends meanwhile leaves it to us
  }
  if (writing_.empty()) {
    if (closing_) shut();
    return;
  }
  std::size_t bytes = 0;
  std::vector<asio::const_buffer> buffers;
  for (const WireBytes& frame : writing_) {
    frame.each(0, [&](std::span<const std::byte> piece) {
      buffers.emplace_back(piece.data(), piece.size());
    });
    bytes += frame.size();
  }
  auto done = [self = shared_from_this(), bytes](error_code error, std::size_t) {
    self->writing_.clear();
    self->queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    if (error) return self->lost(describe(error));
    if (self->handler_ != nullptr) self->handler_->on_sent();
    self->flush();
  };
  if (tls_) {
    asio::async_write(*tls_, std::move(buffers), std::move(done));
  } else {
    asio::async_write(socket_, std::move(buffers), std::move(done));
  }
}

// --- the end -----------------------------------------------------------------------------------

void FrameStream::lost(const std::string& why) {
  shut();
  if (FrameHandler* handler = std::exchange(handler_, nullptr)) handler->on_lost(why);
}

void FrameStream::close() {
  handler_ = nullptr;
  closing_ = true;
  flush();
}

void FrameStream::abort() {
  handler_ = nullptr;
  shut();
}

void FrameStream::shut() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    queue_.clear();
  }
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace pagestore
