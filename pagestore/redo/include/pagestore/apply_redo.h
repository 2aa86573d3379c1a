// Applying redo: how a record turns one version of a page into the next.
#pragma once

#include "wal/page.h"
#include "wal/record.h"
#include "wal/result.h"

namespace pagestore {

enum class RedoErrc {
  not_a_page_change = 1,   // a control record changes no page
  wrong_page,              // record and page name different pages
  wrong_predecessor,       // the record's prev_page_lsn is not the page's LSN
  malformed_payload,       // unknown operation, cut short, or outside [kPageLsnSize, kPageSize)
};

// Turns `page` from the version record.prev_page_lsn into the version record.lsn.
//
// Pure: the same record and page give the same bytes on every segment, replica and test. Requires
// record.page_no to be the page's (a page never written, all zeros, takes any number) and
// record.prev_page_lsn == page.lsn(). Sets header lsn, and page_no on a page never written.
// Every operation is checked before any is carried out: on an error the page is unchanged.
// Does not check the record's CRC (wal/record_codec.h does). Takes well under a microsecond.
[[nodiscard]] wal::Result<void> apply_redo(const wal::RecordView& record, wal::Page& page);

// Whether the record needs no earlier version: its first operation sets the whole page. Such a
// record starts a chain of versions.
[[nodiscard]] bool starts_with_image(const wal::RecordView& record);

// As apply_redo for a record that starts_with_image(), whatever `page` held before.
// RedoErrc::malformed_payload when the record is none.
[[nodiscard]] wal::Result<void> apply_redo_image(const wal::RecordView& record, wal::Page& page);

boost::system::error_code make_error_code(RedoErrc errc);

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::RedoErrc> : std::true_type {};
