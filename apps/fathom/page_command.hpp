// What commands that write a page share.
#pragma once

#include "fathom/data/json.hpp"
#include "fathom/lab/report.hpp"
#include "interface.hpp"

namespace fathom::app {

// Pages in the person's language, with metrics as the terminal shows them. Keeps a reference.
ReportWords report_words(const Interface& interface);

// What a command says in JSON: the schema, the event's name, the content, and where the page is.
Json page_event(const char* name, const Json& content, const std::string& page);

}  // namespace fathom::app
