// fathom tune: settings drawn by chance, the better ones trained on, and the best one against the configuration.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "fathom/lab/candidates.hpp"
#include "fathom/lab/experiments.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

constexpr std::size_t most_rows = 12;

// What is searched where the configuration does not say.
std::vector<SearchKey> space_of(const Laboratory& lab) {
  if (!lab.settings().tune.keys.empty()) return lab.settings().tune.keys;
  const double rate = learning_rate(lab.settings());
  const Index rows = lab.prepared().source->rows(Part::train), batch = batch_size(lab.settings(), rows);
  std::vector<SearchKey> space{
      {.key = "trainer.learning_rate", .kind = SearchKey::Kind::log, .low = rate / 10, .high = rate * 10},
      {.key = "trainer.batch_size", .kind = SearchKey::Kind::choice},
      {.key = "trainer.weight_decay", .kind = SearchKey::Kind::log, .low = 1e-4, .high = 0.3}};
  for (const Index size : {batch / 4, batch, batch * 4})
    if (size >= 1 && size <= rows) space[1].choices.push_back(fmt::format("{}", size));
  const std::vector<Index> hidden = model_options(lab.settings(), lab.prepared().pipeline).hidden;
  if (hidden.empty()) return space;
  space.push_back({.key = "model.dropout", .kind = SearchKey::Kind::range, .low = 0, .high = 0.5});
  SearchKey widths{.key = "model.hidden", .kind = SearchKey::Kind::choice};
  for (const double factor : {0.5, 1.0, 2.0}) {
    std::vector<Index> scaled;
    for (const Index width : hidden)
      scaled.push_back(std::max<Index>(1, std::llround(factor * static_cast<double>(width))));
    widths.choices.push_back(fmt::format("[{}]", fmt::join(scaled, ", ")));
  }
  space.push_back(std::move(widths));
  return space;
}

// The value of a key as the configuration has it.
std::string own_value(const Settings& settings, const std::string& path) {
  const std::vector<Key>& keys = settings_keys();
  return std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.path == path; })->show(settings);
}

std::string values_of(const Candidate& candidate) {
  std::string text;
  for (const Drawn& drawn : candidate.drawn)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", drawn.key, drawn.value);
  return text;
}

// The two series of a picture of trials: those that were trained to their end, and those that were stopped early.
std::array<chart::Series, 2> trial_series(const Laboratory& lab) {
  return {chart::Series{.name = lab.say("to the end"), .mark = chart::Mark::points, .color = 0},
          chart::Series{.name = lab.say("stopped early"), .mark = chart::Mark::points, .color = 1}};
}

chart::Chart scatter(const Laboratory& lab, const SearchKey& key, std::size_t place,
                     const std::vector<Candidate>& candidates, const std::string& score) {
  chart::Chart chart{.title = key.key,
                     .description = lab.say("A point for each trial that came to its end or to where it was stopped."),
                     .x = {.label = key.key, .log = key.kind == SearchKey::Kind::log},
                     .width = report::half_width};
  auto [ended, stopped] = trial_series(lab);
  if (key.kind == SearchKey::Kind::choice) chart.x.names = key.choices;
  for (const Candidate& candidate : candidates) {
    if (candidate.drawn.empty() || std::isnan(candidate.score)) continue;
    chart::Series& series = candidate.result.is_done() ? ended : stopped;
    series.x.push_back(candidate.drawn[place].place);
    series.y.push_back(candidate.score);
  }
  chart::Panel panel{.y = {.label = score, .log = true}, .series = {ended}, .height = 150};
  if (!stopped.x.empty()) panel.series.push_back(stopped);
  chart.panels = {panel};
  return chart;
}

// The best score of the trials until each, in the order in which they were drawn.
std::vector<double> best_so_far(const std::vector<Candidate>& candidates) {
  std::vector<double> lowest;
  double best = std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates) {
    if (candidate.result.status == RunStatus::finished && candidate.score < best) best = candidate.score;
    lowest.push_back(std::isfinite(best) ? best : std::nan(""));
  }
  return lowest;
}

chart::Chart progress_chart(const Laboratory& lab, const std::vector<Candidate>& candidates, const std::string& score) {
  chart::Series line{.name = lab.say("best so far"), .y = best_so_far(candidates), .color = 2};
  auto [ended, stopped] = trial_series(lab);
  for (const Candidate& candidate : candidates) {
    line.x.push_back(static_cast<double>(candidate.number));
    if (std::isnan(candidate.score)) continue;
    chart::Series& series = candidate.result.is_done() ? ended : stopped;
    series.x.push_back(static_cast<double>(candidate.number));
    series.y.push_back(candidate.score);
  }
  chart::Panel panel{.y = {.label = score, .log = true}, .series = {line, ended}, .height = 180};
  if (!stopped.x.empty()) panel.series.push_back(stopped);
  return {.title = lab.say("The search"),
          .description = lab.say("A point for each trial; trial 0 is the configuration as it is."),
          .x = {.label = lab.say("trial"), .whole = true},
          .panels = {panel},
          .width = report::page_width};
}

chart::PageTable best_table(const Laboratory& lab, const std::vector<SearchKey>& space,
                            std::vector<const Candidate*> order, const std::string& score) {
  chart::PageTable table{.header = {lab.say("trial"), score, lab.say("epochs")}};
  for (const SearchKey& key : space) table.header.push_back(key.key.substr(key.key.rfind('.') + 1));
  table.numbers.assign(table.header.size(), true);
  const auto own = std::find_if(order.begin(), order.end(), [](const Candidate* one) { return one->drawn.empty(); });
  if (own != order.end() && own - order.begin() >= static_cast<std::ptrdiff_t>(most_rows))
    std::swap(*own, order[most_rows - 1]);
  order.resize(std::min(order.size(), most_rows));
  for (const Candidate* candidate : order) {
    const bool is_own = candidate->drawn.empty();
    std::vector<std::string> row{is_own ? lab.say("yours") : fmt::format("{}", candidate->number),
                                 lab.words().figure(candidate->score), fmt::format("{}", candidate->epochs)};
    for (std::size_t k = 0; k < space.size(); ++k)
      row.push_back(is_own ? own_value(lab.settings(), space[k].key) : candidate->drawn[k].value);
    table.rows.push_back(std::move(row));
  }
  return table;
}

// What each key alone explains of the lowest values until an epoch that all trials had (0: their end): longer trainings
// are lower for that alone.
std::vector<double> explained_shares(const std::vector<SearchKey>& space, const std::vector<Candidate>& candidates,
                                     const std::string& metric, Index until) {
  std::vector<double> shares;
  for (std::size_t k = 0; k < space.size(); ++k) {
    std::vector<double> places, scores;
    for (const Candidate& candidate : candidates)
      if (!candidate.drawn.empty()) {
        places.push_back(candidate.drawn[k].place);
        scores.push_back(std::log(lowest_until(candidate.result, metric, until)));
      }
    shares.push_back(explained(space[k], places, scores));
  }
  return shares;
}

LabSection keys_section(const Laboratory& lab, const std::vector<SearchKey>& space, const std::vector<double>& shares,
                        const std::vector<Candidate>& candidates, const std::string& score, Index until) {
  LabSection keys{.heading = lab.say("What matters")};
  chart::Panel bars{.height = 24.0 * static_cast<double>(space.size()) + 20};
  chart::Series share{.mark = chart::Mark::points};
  for (std::size_t k = space.size(); k-- > 0;) {
    share.x.push_back(100 * shares[k]);
    share.y.push_back(static_cast<double>(bars.y.names.size()));
    bars.y.names.push_back(space[k].key);
  }
  bars.series = {share};
  const std::string title = lab.say("What a key alone explains of the scores, in percent");
  keys.exhibits.push_back({"importance", chart::Chart{.title = title,
                                                      .description = title,
                                                      .x = {.label = title, .low = 0.0, .high = 100.0},
                                                      .panels = {bars},
                                                      .width = report::page_width}});
  for (std::size_t k = 0; k < space.size(); ++k)
    keys.exhibits.push_back({fmt::format("scatter_{}", space[k].key), scatter(lab, space[k], k, candidates, score)});
  keys.note = lab.say(message(
      "Of the logarithm of the lowest score within {} epochs, which every trial had: for numbers by a parabola, for "
      "choices by their means, less what chance explains. Trials that diverged by then are left out.",
      until));
  return keys;
}

// What other seeds say of the best trial beside the configuration.
struct Proof {
  Finding finding;
  bool is_better = false;
  Message advice = "";  // where it is not
};

// The one that won among many is better by luck too: seeds that did not choose it tell how much is left.
Proof prove(Laboratory& lab, const Candidate& own_settings, const Candidate& best, const std::string& metric) {
  std::vector<Trial> again;
  for (const std::uint64_t other : lab.seeds())
    for (const Candidate* candidate : {&own_settings, &best})
      again.push_back(lab.trial(fmt::format("trial {}, again with seed {}", candidate->number, other + 1000),
                                other + 1000, [&](Settings& settings) { set_drawn(candidate->drawn, settings); }));
  std::array<std::vector<double>, 2> scores;  // of the configuration, of the best
  std::array<std::size_t, 2> diverged{};
  std::size_t done = 0;
  for (std::size_t i = 0; const TrialResult& result : lab.train(again)) {
    scores[i % 2].push_back(lowest_until(result, metric));
    if (result.status == RunStatus::diverged) ++diverged[i % 2];
    if (result.is_done()) ++done;
    ++i;
  }
  const std::size_t seeds = scores[0].size();
  Proof proof{.finding = {.name = "gain", .sentence = {}}};
  Finding& finding = proof.finding;
  proof.advice = seeds == 1
                     ? one_seed_shows_little()
                     : message(
                           "Keep the configuration: that the best trial is better than it is not sure. More trials "
                           "(--trials) or a wider [tune] may find one that is.");
  if (done < again.size()) {
    finding.sentence = "The best one was not trained again with every other seed: time was lacking.";
  } else if (diverged[0] + diverged[1] > 0) {
    finding.sentence = message(
        "Trained again with {} other seeds, the configuration diverged with {} of them, the best "
        "trial with {}.",
        seeds, diverged[0], diverged[1]);
    finding.values = {{"configuration", static_cast<double>(diverged[0])}, {"best", static_cast<double>(diverged[1])}};
    proof.is_better = diverged[1] == 0 && sure_sign(difference(scores[0], scores[1])) >= 0;
  } else {
    const Interval gain = difference(scores[0], scores[1]);
    finding.values = {{"difference", gain.value}, {"low", gain.low}, {"high", gain.high}};
    proof.is_better = sure_sign(gain) > 0;
    finding.sentence =
        proof.is_better ? message("Trained again with {} other seeds it is {} lower than the configuration.", seeds,
                                  with_interval(lab, gain))
        : sure_sign(gain) < 0
            ? message("Trained again with {} other seeds it is not better but {} higher than the configuration.", seeds,
                      with_interval(lab, Interval{-gain.value, -gain.high, -gain.low}))
            : message("Trained again with {} other seeds it is {} lower than the configuration: that may be nothing.",
                      seeds, with_interval(lab, gain));
  }
  return proof;
}

// Trial 0 is the configuration as it is; the others are drawn. Throws Error(config) for values that fit no training.
std::vector<Candidate> candidates_of(const Laboratory& lab, const std::vector<SearchKey>& space) {
  for (const SearchKey& key : space)
    if (key.key.starts_with("augment.") && lab.prepared().pipeline.pixels() == 0)
      throw Error(Code::config, message("fathom tune cannot search {}: these rows have no images", key.key), {},
                  "remove it from [tune]");
  const std::uint64_t seed = lab.settings().seed;
  std::vector<Candidate> candidates(static_cast<std::size_t>(lab.settings().tune.trials));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    candidate.number = i;
    if (i > 0) candidate.drawn = draw(space, seed, i);
    candidate.trial =
        lab.trial(fmt::format("trial {}", i), seed, [&](Settings& settings) { set_drawn(candidate.drawn, settings); });
    // Before any is trained.
    check_settings(candidate.trial.settings);
    check_fit(candidate.trial.settings, lab.prepared());
  }
  return candidates;
}

// Trains all of them to the first stop, the better ones to the next; the configuration always, as the best is compared
// with it.
void train_in_rungs(Laboratory& lab, std::vector<Candidate>& candidates, const std::vector<Index>& stops,
                    const std::string& metric) {
  std::vector<Candidate*> going;
  for (Candidate& candidate : candidates) going.push_back(&candidate);
  for (std::size_t rung = 0; rung < stops.size() && !lab.is_cut(); ++rung) {
    const bool is_last = rung + 1 == stops.size();
    train_until(lab, going, is_last ? 0 : stops[rung], metric);
    if (is_last) break;
    std::sort(going.begin(), going.end(), is_better);
    going.resize(promoted(going.size()));
    Candidate* own = &candidates.front();
    if (std::find(going.begin(), going.end(), own) == going.end()) going.push_back(own);
  }
}

// What became of the trials together.
struct Search {
  std::vector<const Candidate*> order;  // of those that came to their end, the best first
  double epochs = 0;                    // that were trained
  std::size_t tried = 0, diverged = 0;
};

Search search_of(const std::vector<Candidate>& candidates) {
  Search search;
  for (const Candidate& candidate : candidates) {
    if (candidate.epochs > 0 || candidate.result.is_done()) ++search.tried;
    search.epochs += static_cast<double>(candidate.epochs);
    search.diverged += candidate.result.status == RunStatus::diverged ? 1 : 0;
    if (candidate.result.status == RunStatus::finished) search.order.push_back(&candidate);
  }
  std::sort(search.order.begin(), search.order.end(), is_better);
  return search;
}

void add_search_findings(const Laboratory& lab, LabReport& report, const Search& search,
                         const std::vector<Candidate>& candidates, const std::string& score) {
  const Candidate& best = *search.order.front();
  report.findings.push_back({.name = "best",
                             .sentence = best.drawn.empty()
                                             ? message("Of {} trials none is better than the configuration: {} {}.",
                                                       search.tried, Message(score), lab.words().figure(best.score))
                                             : message("The best of {} trials: {} {} with {}.", search.tried,
                                                       Message(score), lab.words().figure(best.score), values_of(best)),
                             .values = {{"trial", static_cast<double>(best.number)}, {"score", best.score}},
                             .trace = best_so_far(candidates)});
  for (const Drawn& drawn : best.drawn) report.findings.back().values.emplace_back(drawn.key, drawn.place);
  const double whole = static_cast<double>(lab.settings().trainer.epochs) * static_cast<double>(search.tried);
  Finding spent{.name = "spent",
                .sentence = lab.settings().tune.method == "asha"
                                ? message("{} epochs were trained, {:.0f} % of what all trials to the end would have "
                                          "taken.",
                                          search.epochs, 100 * search.epochs / whole)
                                : message("{} epochs were trained.", search.epochs),
                .values = {{"epochs", search.epochs}, {"share", search.epochs / whole}}};
  for (const Candidate& candidate : candidates) spent.trace.push_back(static_cast<double>(candidate.epochs));
  report.findings.push_back(std::move(spent));
}

std::optional<Finding> importance_finding(const std::vector<SearchKey>& space, const std::vector<double>& shares) {
  std::size_t foremost = 0;
  for (std::size_t k = 0; k < shares.size(); ++k)
    if (shares[k] > 0 && !(shares[foremost] >= shares[k])) foremost = k;
  if (!(shares[foremost] > 0)) return std::nullopt;
  return Finding{.name = "importance",
                 .sentence = message("{} matters most: alone it explains {:.0f} % of how the scores vary.",
                                     space[foremost].key, 100 * shares[foremost]),
                 .values = {{"key", static_cast<double>(foremost)}, {"share", shares[foremost]}},
                 .trace = shares};
}

LabReport search_settings(Laboratory& lab) {
  // Of all settings the same: a loss that is itself searched cannot be compared.
  const std::string metric = lab.prepared().schema.task == Task::regression ? "valid/rmse" : "valid/log_loss";
  const std::string score = lab.words().metric(metric);
  const std::vector<SearchKey> space = space_of(lab);
  std::vector<Candidate> candidates = candidates_of(lab, space);
  const Index epochs = lab.settings().trainer.epochs;
  const std::vector<Index> stops = lab.settings().tune.method == "asha" ? rungs(epochs) : std::vector<Index>{epochs};
  train_in_rungs(lab, candidates, stops, metric);

  const Search search = search_of(candidates);
  LabReport report{.title = "Search of settings",
                   .question =
                       "Which settings train better than the configuration's? Settings are drawn by chance, and the "
                       "best of them is trained again beside the configuration, with seeds that did not choose it."};
  if (search.order.empty()) {
    report.advice.push_back(no_training_ended());
    return report;
  }
  const std::vector<double> shares = explained_shares(space, candidates, metric, stops.front());
  report.sections.push_back(
      {.heading = lab.say("The trials"),
       .exhibits = {{"search", progress_chart(lab, candidates, score)},
                    {"trials", best_table(lab, space, search.order, score),
                     lab.say("The best of those that came to their end, by the lowest value that the "
                             "validation part has shown.")}}});
  report.sections.push_back(keys_section(lab, space, shares, candidates, score, stops.front()));
  add_search_findings(lab, report, search, candidates, score);
  if (auto importance = importance_finding(space, shares)) report.findings.push_back(std::move(*importance));
  if (search.diverged > 0)
    report.findings.push_back({.name = "diverged",
                               .sentence = message("{} of {} trials diverged.", search.diverged, search.tried),
                               .values = {{"trials", static_cast<double>(search.diverged)}}});
  const Candidate& best = *search.order.front();
  if (best.drawn.empty()) {
    report.advice.push_back("Keep the configuration: nothing that was tried is better.");
    return report;
  }
  const Proof proof = prove(lab, candidates.front(), best, metric);
  report.findings.insert(report.findings.begin() + 1, proof.finding);
  report.advice.push_back(proof.is_better ? message("Set {}.", values_of(best)) : proof.advice);
  if (proof.is_better)
    report.advice.push_back(
        "Other seeds were judged by the validation rows that chose it: fathom eval tells what holds on the test part.");
  return report;
}

}  // namespace

const Experiment& tune_experiment() {
  static const Experiment experiment{
      "tune", "which settings train better than the configuration's", {}, search_settings};
  return experiment;
}

}  // namespace fathom
