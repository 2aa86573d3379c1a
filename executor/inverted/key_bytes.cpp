#include "key_bytes.h"

#include "inverted/extract.h"
#include "types/key_encoding.h"

namespace inverted {

const std::size_t kKeptBytes = kMaxKeySize - 2 - sizeof(std::uint64_t);

// FNV-1a (Fowler, Noll, Vo), its bits spread by the finalizer of MurmurHash3 (Appleby).
std::uint64_t stored_hash(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3ULL;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53ULL;
  return hash ^ hash >> 33;
}

void KeyWriter::finish() {
  if (out_.size() - start_ <= kMaxKeySize) return;
  const std::uint64_t hash = stored_hash(std::string_view(out_).substr(start_ + 2));
  out_[start_ + 1] = static_cast<char>(Form::cut);
  out_.resize(start_ + 2 + kKeptBytes);
  types::append_key_u64(out_, hash);
}

}  // namespace inverted
