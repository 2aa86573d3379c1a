// What is said to etcd's JSON gateway and what it answers, as text. Pure.
//
// Keys and values are base64 there, 64-bit numbers are strings, and what is zero or false is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wal/result.h"

namespace pagestore {

struct EtcdValue {
  std::vector<std::byte> bytes;
  std::int64_t mod_revision = 0;  // 0: the key is not there
};

// POST /v3/kv/range: the newest value, by the agreement of etcd's members.
std::string make_range_request(std::string_view key);
wal::Result<EtcdValue> parse_range_answer(std::string_view json);

// POST /v3/kv/txn: put `value` if the key was last changed at `mod_revision` (0: is not there).
std::string make_swap_request(std::string_view key, std::int64_t mod_revision,
                              const std::vector<std::byte>& value);
wal::Result<bool> parse_swap_answer(std::string_view json);  // whether it was put

// etcd's words for why it refused; the text itself when it is none of its answers.
std::string parse_error(std::string_view text);

}  // namespace pagestore
