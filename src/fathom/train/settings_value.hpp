// The values of TOML as keys take them, and the words for those that they do not.
#pragma once

#include <toml++/toml.h>

#include "fathom/train/settings.hpp"

namespace fathom {

// The value of a node for a key, or nothing when it does not fit.
std::optional<KeyValue> value_for(const Key& key, const toml::node& node);
// What a node is: the string "50".
Message value_words(const toml::node& node);
// What a key takes: "a whole number >= 1".
Message wanted_words(const Key& key);
// How to turn the node into what the key takes; empty when that is not known.
Message hint_for(const Key& key, const toml::node& node);

}  // namespace fathom
