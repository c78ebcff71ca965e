// What a training says before it begins and after it has ended.
#pragma once

#include "progress.hpp"

namespace fathom::app {

void print_data(Progress& progress, const Interface& interface, const Prepared& prepared, const Settings& settings);
// One line, and with `table` one for each layer.
void print_model(Progress& progress, const Interface& interface, const Session& session, bool table);
std::string baseline_words(const Interface& interface, const Prepared& prepared, const Baselines& baselines);
// Everything that is known without training, with the time of an epoch from a few steps.
void print_dry_run(Progress& progress, const Interface& interface, Session& session, const Settings& settings);
// Gives the exit code. Throws Error(diverged) with what to do about it.
int report(Progress& progress, const Interface& interface, const Session& session, const SessionResult& result,
           const RunFolder& folder, const Settings& settings);

}  // namespace fathom::app
