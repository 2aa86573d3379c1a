#include "pagestore/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

namespace pagestore {
namespace {

using boost::system::error_code;
namespace errc = boost::system::errc;
using std::string;

// One connection of a client, as the server sees it.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}

  // Everything up to and with `end`.
  string read_to(const string& end) {
    while (seen_.find(end) == string::npos && more()) {}
    const auto size = std::min(seen_.size(), seen_.find(end) + end.size());
    const string text = seen_.substr(0, size);
    seen_.erase(0, size);
    return text;
  }
  void write(const string& text) { ASSERT_EQ(send(socket_, text.data(), text.size(), MSG_NOSIGNAL), std::ssize(text)); }
  // Until the client closes.
  void wait_for_close() {
    while (more()) {}
  }

 private:
  bool more() {
    char bytes[4096];
    const auto size = recv(socket_, bytes, sizeof bytes, 0);
    if (size > 0) seen_.append(bytes, static_cast<std::size_t>(size));
    return size > 0;
  }

  int socket_;
  string seen_;
};

// Serves connections one after the other, each by the next of `serve`.
class Server {
 public:
  explicit Server(std::vector<std::function<void(Peer&)>> serve) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (const auto& one : serve) {
        const int socket = accept(listener_, nullptr, nullptr);
        Peer peer(socket);
        one(peer);
        close(socket);
      }
    });
  }
  ~Server() {
    thread_.join();
    close(listener_);
  }

  HttpEndpoint endpoint() const { return {"127.0.0.1", std::to_string(port_)}; }

 private:
  int listener_;
  int port_ = 0;
  std::thread thread_;
};

constexpr std::chrono::minutes kLong{1};
constexpr char kHeadEnd[] = "\r\n\r\n";

HttpRequest get(const string& target) { return {.method = "GET", .target = target, .fields = {{"Host", "h"}}, .body = {}}; }

// What a client makes of one answer.
error_code answer(const string& text, HttpResponse& response, std::size_t body_bytes_max = 1000) {
  Server server({[&](Peer& peer) {
    peer.read_to(kHeadEnd);
    peer.write(text);
  }});
  return HttpConnection(server.endpoint(), nullptr, kLong).exchange(get("/"), body_bytes_max, response);
}

TEST(HttpClient, SendsAllOfARequestAndReadsAllOfAnAnswer) {
  string head, body;
  Server server({[&](Peer& peer) {
    head = peer.read_to(kHeadEnd);
    body = peer.read_to("end");
    peer.write("HTTP/1.1 404 Not Here\r\nETag: \"x\"\r\nContent-Length: 4\r\n\r\ngone");
    peer.wait_for_close();
  }});
  HttpResponse response;
  {
    HttpConnection connection(server.endpoint(), nullptr, kLong);
    const string sent = string(100'000, 'a') + "end";
    const HttpRequest request{.method = "PUT", .target = "/b/name", .fields = {{"Host", "h"}, {"If-Match", "*"}}, .body = sent};
    ASSERT_FALSE(connection.exchange(request, 1000, response));
  }
  EXPECT_EQ(head, "PUT /b/name HTTP/1.1\r\nHost: h\r\nIf-Match: *\r\nContent-Length: 100003\r\n\r\n");
  EXPECT_EQ(body, string(100'000, 'a') + "end");
  EXPECT_EQ(response.status, 404u);
  EXPECT_EQ(response.reason, "Not Here");
  EXPECT_EQ(response.field("etag"), "\"x\"");
  EXPECT_EQ(response.field("none"), "");
  EXPECT_EQ(response.text(), "gone");
  EXPECT_TRUE(response.keeps_connection);
}

TEST(HttpClient, KeepsAConnectionForTheNextExchange) {
  Server server({[&](Peer& peer) {
    for (const char* body : {"one", "two"}) {
      peer.read_to(kHeadEnd);
      peer.write(string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n") + body);
    }
    peer.wait_for_close();
  }});
  HttpConnection connection(server.endpoint(), nullptr, kLong);
  HttpResponse response;
  ASSERT_FALSE(connection.exchange(get("/1"), 1000, response));
  EXPECT_EQ(response.text(), "one");
  ASSERT_FALSE(connection.exchange(get("/2"), 1000, response));
  EXPECT_EQ(response.text(), "two");
}

TEST(HttpClient, PutsAnAnswerTogetherHoweverItComes) {
  Server server({[&](Peer& peer) {
    peer.read_to(kHeadEnd);
    for (const char c : string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
      peer.write(string(1, c));
  }});
  HttpResponse response;
  ASSERT_FALSE(HttpConnection(server.endpoint(), nullptr, kLong).exchange(get("/"), 1000, response));
  EXPECT_EQ(response.text(), "abcde");
}

TEST(HttpClient, ABodyWithoutALengthEndsWithTheConnection) {
  HttpResponse response;
  ASSERT_FALSE(answer("HTTP/1.1 200 OK\r\n\r\nabc", response));
  EXPECT_EQ(response.text(), "abc");
  EXPECT_FALSE(response.keeps_connection);
}

TEST(HttpClient, HalfAnAnswerIsAnError) {
  HttpResponse response;
  EXPECT_TRUE(answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", response));
  EXPECT_TRUE(answer("HTTP/1.1 200 OK\r\nContent-Le", response));
  EXPECT_TRUE(answer("", response));
  EXPECT_TRUE(answer("SSH-2.0-OpenSSH_9.2\r\n", response));
}

TEST(HttpClient, ABodyLongerThanAllowedIsRefused) {
  HttpResponse response;
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", response, 9), errc::message_size);
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\n\r\n0123456789", response, 9), errc::message_size);
  EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", response, 10));
}

TEST(HttpClient, NobodyThereIsAnError) {
  const HttpEndpoint nobody = Server({}).endpoint();
  HttpResponse response;
  EXPECT_EQ(HttpConnection(nobody, nullptr, kLong).exchange(get("/"), 1000, response), errc::connection_refused);
}

TEST(HttpClient, AStepThatTakesTooLongEnds) {
  Server server({[](Peer& peer) { peer.wait_for_close(); }});
  HttpResponse response;
  EXPECT_EQ(HttpConnection(server.endpoint(), nullptr, std::chrono::milliseconds(20)).exchange(get("/"), 1000, response),
            errc::timed_out);
}

TEST(HttpClient, AStopEndsAStep) {
  std::stop_source stop;
  Server server({[&](Peer& peer) {
    peer.read_to(kHeadEnd);
    stop.request_stop();
    peer.wait_for_close();
  }});
  HttpResponse response;
  EXPECT_EQ(HttpConnection(server.endpoint(), nullptr, kLong, stop.get_token()).exchange(get("/"), 1000, response),
            errc::operation_canceled);
}

}  // namespace
}  // namespace pagestore
