// How the calling thread shares its processor.
#pragma once

namespace server {

// Asks the scheduler for short turns: the thread gets no more of the processor, but gets it sooner when it
// wakes up. For threads that run for microseconds while others wait for what they do. A kernel that does not
// know this (before Linux 6.12) ignores it.
void ask_for_short_slices();

}  // namespace server
