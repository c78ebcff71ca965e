// What the library and the program say, in English and in Chinese, a table for each subject. Where the order of the
// arguments differs, the Chinese pattern numbers them.
#pragma once

#include "translation.hpp"

namespace fathom::app {

std::span<const Translation> chinese_data();
std::span<const Translation> chinese_train();
std::span<const Translation> chinese_report();
std::span<const Translation> chinese_command();
std::span<const Translation> chinese_curvature();
std::span<const Translation> chinese_landscape();
std::span<const Translation> chinese_lab();
std::span<const Translation> chinese_lab_ways();
std::span<const Translation> chinese_lab_models();

}  // namespace fathom::app
