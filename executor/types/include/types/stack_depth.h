// What nests too deep to be worked on.
#pragma once

namespace types {

// SqlError 54001, with PostgreSQL's hint and the session's max_stack_depth in it.
[[noreturn]] void throw_stack_depth_exceeded();

}  // namespace types
