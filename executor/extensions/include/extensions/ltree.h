// A path of labels: its text, "Top.Science.Astronomy"; the empty one has no labels. Since no character of a label is
// below the dot, the order of the bytes is that of the labels.
#pragma once

#include <string>
#include <string_view>

namespace extensions {

// The path's own beginning that has `levels` labels; the whole when it has no more.
std::string_view first_labels(std::string_view path, std::size_t levels);

// What every path that the pattern finds is, or begins with, in whole labels; empty: anything may come first. The pattern is
// an lquery's value.
std::string fixed_beginning(std::string_view lquery);

}  // namespace extensions
