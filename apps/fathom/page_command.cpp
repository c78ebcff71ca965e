#include "page_command.hpp"

#include "progress.hpp"

namespace fathom::app {

ReportWords report_words(const Interface& interface) {
  return {.language = interface.language == Language::chinese ? "zh" : "en",
          .say = [&](const Message& sentence) { return interface.say(sentence); },
          .metric = [&](const std::string& name) { return metric_title(interface, name); },
          .figure = metric_text};
}

Json page_event(const char* name, const Json& content, const std::string& page) {
  Json json{{"schema", "fathom/1"}, {"event", name}};
  json.update(content);
  json["page"] = page;
  return json;
}

}  // namespace fathom::app
