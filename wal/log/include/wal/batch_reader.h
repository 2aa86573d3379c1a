// Reading several pages of a volume with one wait for all.
#pragma once

#include <span>

#include <boost/system/error_code.hpp>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"

namespace wal {

// What a Volume may offer beside read_page(). Thread-safe.
class BatchReader {
 public:
  // As read_page()'s arguments and result.
  struct PageRead {
    PageNo page_no{};
    Lsn at_least;
    Page* into = nullptr;
    boost::system::error_code error{};  // set by read_pages()
  };
  // All are asked for at once. Parks.
  virtual void read_pages(std::span<PageRead> reads) = 0;

 protected:
  ~BatchReader() = default;
};

}  // namespace wal
