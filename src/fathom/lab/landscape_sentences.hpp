// What was found of the loss around a run, in sentences: each has the numbers that it rests on and claims no more than
// they do. Where a part was not drawn there are none.
#pragma once

#include "fathom/lab/landscape_record.hpp"

namespace fathom {

std::vector<Message> line_sentences(const LandscapeRecord& record);
std::vector<Message> random_sentences(const LandscapeRecord& record);
std::vector<Message> eigen_sentences(const LandscapeRecord& record);
std::vector<Message> walk_sentences(const LandscapeRecord& record);

}  // namespace fathom
