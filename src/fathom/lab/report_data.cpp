#include "fathom/chart/scale.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom::report {

namespace {

// How rows were dealt, in the reader's language: the record has it in English.
std::string split_words(const RunRecord& record, const ReportWords& words) {
  const std::string& split = record.data.split;
  const Message by(split.substr(0, std::min(split.find(", seed"), split.find(" on "))));
  return words.say(record.settings.split.key.empty()
                       ? message("{}, seed {}", by, record.settings.seed)
                       : message("{} on {}, seed {}", by, record.settings.split.key, record.settings.seed));
}

}  // namespace

void add_data(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  const DataRecord& data = record.data;
  if (data.rows == 0) return;
  page.heading(words.say("Data"));
  page.paragraph(words.say(message("{} rows and {} columns; parts: {}.", chart::count(data.rows), data.columns,
                                   Message(split_words(record, words)))));
  chart::PageTable parts{.header = {words.say("part"), words.say("rows"), words.say("share")},
                         .numbers = {false, true, true}};
  const double all = static_cast<double>(data.train + data.valid + data.test);
  for (const auto& [name, rows] :
       {std::pair{"training", data.train}, std::pair{"validation", data.valid}, std::pair{"test", data.test}})
    parts.rows.push_back({words.say(Message(name)), chart::count(rows), percent(static_cast<double>(rows) / all)});
  page.table(parts);
  if (data.left_out > 0)
    page.note(words.say(message("{} rows without a target were left out.", chart::count(data.left_out))));
  if (data.inputs.empty()) return;
  page.begin_details(words.say(message("The {} columns that are read", data.inputs.size())));
  chart::PageTable columns{
      .header = {words.say("name"), words.say("kind"), words.say("missing"), words.say("different values")},
      .numbers = {false, false, true, true}};
  for (const ColumnRecord& column : data.inputs)
    columns.rows.push_back(
        {column.name, words.say(Message(column.kind)), chart::count(column.missing), chart::count(column.distinct)});
  page.table(columns);
  page.end_details();
}

void add_settings(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  page.heading(words.say("Settings"));
  if (record.has_settings) {
    chart::PageTable table{.header = {words.say("key"), words.say("value"), words.say("meaning")}};
    const Settings usual;
    for (const Key& key : settings_keys())
      if (key.show(record.settings) != key.show(usual))
        table.rows.push_back({key.path, key.show(record.settings), words.language == "zh" ? key.help_zh : key.help});
    page.paragraph(
        words.say("What differs from the defaults; the run's folder has every value in config.resolved.toml."));
    page.table(table);
  }
  if (!record.info.command.empty()) {
    std::string command = "fathom";
    for (const std::string& word : record.info.command) {
      const bool plain =
          !word.empty() &&
          word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%") ==
              std::string::npos;
      if (plain) {
        command += " " + word;
        continue;
      }
      command += " '";
      for (const char c : word) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
      command += "'";
    }
    page.paragraph(words.say("The command that made it; the same data and seed give the same weights again."));
    page.preformatted(command);
  }
}

}  // namespace fathom::report
