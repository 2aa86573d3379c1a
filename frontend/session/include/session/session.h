// One client's session: transactions, prepared statements, portals, settings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocol/frontend_message.h"
#include "session/output.h"

namespace database {
class Cluster;
}

namespace session {

// Who connects to what, as authentication found it.
struct SessionIdentity {
  std::string user;
  std::string database;
  std::int32_t process_id = 0;
  std::string peer;                 // "127.0.0.1:51234"
  std::string peer_host;            // "127.0.0.1"
  std::uint16_t peer_port = 0;
  std::string own_host;             // where the client connected to
  std::uint16_t own_port = 0;
  bool encrypted = false;
};

// What a session asks of its surroundings.
// Stack that a session needs of whoever runs it. Address space, not memory: only the pages that it
// touches are ever backed. Deep recursion is refused (54001) well before its end.
inline constexpr std::size_t kStackBytes = std::size_t{16} << 20;

struct SessionHooks {
  // Called, from any thread, when idle() has something to do although no message came.
  std::function<void()> wake;
  // Lets other sessions of the same thread run; called between batches of a long statement.
  std::function<void()> yield;
  // Whether the client's connection still stands. Any thread. May be empty.
  std::function<bool()> client_is_there;
};

// How sessions of one server reach each other (cancel, notify).
class Backends;
std::shared_ptr<Backends> make_backends();

// What all sessions of a server share. Outlives them.
struct SessionEnvironment {
  database::Cluster& cluster;
  // The server's own settings, normalised, by lower-case name.
  std::unordered_map<std::string, std::string> configuration;
  std::string temp_directory;  // for spill files; exists
  std::shared_ptr<Backends> backends = make_backends();
};

// Handles complete protocol messages, one after the other, in one thread of control (a coroutine,
// or a test's thread); waits only through wal::Parker and Output::flush(). Does no I/O itself, so
// tests drive it with message bytes. cancel() and terminate() may come from any thread.
class Session {
 public:
  // `settings` are start-up parameters that are settings (options spread out). Throws SqlError,
  // which is fatal for the connection: 3D000 no such database, 28000 no such role, 53300 too many
  // connections, 22023/42704 bad settings.
  Session(const SessionEnvironment& environment, SessionIdentity identity,
          std::vector<std::pair<std::string, std::string>> settings, Output& output,
          SessionHooks hooks);
  ~Session();  // rolls back what is open
  // Before it goes: temporary tables are dropped. Parks, so not while an exception is under way.
  void end();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ParameterStatus messages and, behind the caller's BackendKeyData, the first ReadyForQuery.
  void send_parameter_status();
  void send_ready();

  enum class Next : std::uint8_t { go_on, close };

  // Errors are answered, never thrown, but ConnectionLost and SqlError of the protocol itself
  // (08P01) after which the connection cannot go on.
  Next handle(const protocol::FrontendMessage& message);
  // One of that kind whose body could not be read: answered as a message that failed.
  Next refuse(const protocol::FrontendMessage& kind, const types::SqlError& why);

  // Before what was answered so far leaves: waits until all that it tells of is durable. Returns
  // close when that cannot be (it has said why).
  Next before_flush();

  // Between messages: notifications that arrived, a shutdown or an idle timeout that is due.
  // Returns close when the session must end (it has said why).
  Next idle();

  // Whether other sessions wait for what this one holds, so that it had better go on before others. By
  // the session's own thread, while the session waits for something or between messages.
  bool holds_up_others() const;

  // Ends the running statement with 57014. No effect when there is none.
  void cancel();

  // The session ends at its next step with this error (57P01 on shutdown, DROP DATABASE FORCE).
  void terminate(const char* sqlstate, std::string message);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace session
