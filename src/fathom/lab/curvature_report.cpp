#include "fathom/lab/curvature_report.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

using chart::number;
using curvature::Direction;
using curvature::Survey;
using curvature::Verdict;

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json estimate_json(const metrics::Estimate& estimate) {
  return {{"value", finite(estimate.value)}, {"low", finite(estimate.low)}, {"high", finite(estimate.high)}};
}

// How far beyond those that were seen an eigenvalue may lie, as a share of the width of these.
double unseen_width(const Survey& survey) {
  const double smallest = survey.smallest.front().eigenvalue.value, largest = survey.largest.front().eigenvalue.value;
  const curvature::SpectrumBound& unseen = survey.evidence.unseen;
  const double beyond = std::max(smallest - unseen.low, unseen.high - largest);
  return beyond > 0 ? beyond / (largest - smallest) : 0;
}

// Of eigenvalues that are only known at both ends their number says nothing.
Message bends_down(const Survey& survey) {
  const curvature::Finding& finding = survey.finding;
  return survey.evidence.whole ? message("The loss bends down along {} of its {} directions, most with curvature {}",
                                         finding.negative, survey.dimension, number(finding.most_negative))
                               : message("The loss bends down, most with curvature {}", number(finding.most_negative));
}
Message flat(const Survey& survey) {
  return survey.evidence.whole
             ? message("{} of {} directions are flat and none bends down", survey.finding.flat, survey.dimension)
             : Message("Some directions are flat and none that was computed bends down");
}

constexpr double no_gradient = 1e-12;  // a norm that is 0 but for rounding

Message verdict_sentence(const Survey& survey) {
  const curvature::Evidence& evidence = survey.evidence;
  const curvature::Finding& finding = survey.finding;
  switch (finding.verdict) {
    case Verdict::still_descending:
      if (survey.tried_on_fresh)
        return message(
            "A step that follows the gradient lowers the loss of rows that it is not made from, from {} to {}: this is "
            "no critical point.",
            number(survey.tried_loss, 6), number(survey.reached_loss, 6));
      return message("A step that follows the gradient lowers the loss from {} to {}: this is no critical point.",
                     number(survey.tried_loss, 6), number(survey.reached_loss, 6));
    case Verdict::noise_floor:
      return message(
          "Groups of rows do not agree on a gradient (p = {}): what these rows have of it may be chance, and more rows "
          "or another point would be needed to say more.",
          number(evidence.gradient_p_value.value_or(1)));
    case Verdict::local_minimum:
      if (evidence.whole)
        return message("All {} eigenvalues are above 0: a local minimum of the loss of these rows.",
                       evidence.eigenvalues.size());
      return message(
          "Every eigenvalue that was computed is above 0, and with {} % confidence none is below {}: a local minimum "
          "within this bound.",
          number(100 * finding.confidence), number(finding.bound));
    case Verdict::local_maximum:
      return message("No direction goes up: a local maximum. The least negative eigenvalue is {}.",
                     number(evidence.eigenvalues.back().value));
    case Verdict::saddle:
      if (survey.escape)
        return message(
            "{}: a saddle. Whether it leads out is open: the trainings from behind the step and without it do not "
            "differ for certain.",
            bends_down(survey));
      return message("{}: a saddle. A way out was not tried, and trained networks keep directions that lead nowhere.",
                     bends_down(survey));
    case Verdict::saddle_escapable:
      return message("{}, and that one leads out: a saddle that training can leave.", bends_down(survey));
    case Verdict::plateau:
      return message("{}, but training makes nothing of it: a plateau, as trained networks have them.",
                     bends_down(survey));
    case Verdict::degenerate:
      if (survey.gradient_norm <= no_gradient)
        return message(
            "{}, and the gradient is 0: a degenerate point, which no training leaves by itself. If the loss can be "
            "lower, only weights that are drawn by chance lead there: another model.init.",
            flat(survey));
      return message(
          "{}: a degenerate point. Curvature does not say whether the loss falls further along the flat ones.",
          flat(survey));
    case Verdict::degenerate_minimum:
      return message("{}, and the loss is {}, its lowest: a degenerate minimum, one of many side by side.",
                     flat(survey), number(survey.loss));
    case Verdict::not_enough_evidence:
      break;
  }
  if (finding.would_settle == curvature::Missing::smaller_gradient)
    return message(
        "The loss bends down with curvature {}, but only {} is left after a step along the gradient: what goes with "
        "the "
        "gradient is no saddle yet. Training on, at a lower rate, would settle it.",
        number(finding.most_negative), number(evidence.curvature_after_step.value_or(0)));
  if (finding.would_settle == curvature::Missing::more_rows)
    return "The loss of these rows bends down, but other rows do not prove it: more rows would settle it (--rows).";
  return "Some eigenvalues are not known sharply enough to tell their sign: more products would settle it "
         "(--products).";
}

void add_way_out(const curvature::Escape& escape, const CurvatureRecord& record, std::vector<Message>& all) {
  if (escape.twins.empty()) {
    all.push_back(message("No step along the most negative direction, to either side, lowers the loss {} of all rows.",
                          number(escape.loss_before, 5)));
    return;
  }
  all.push_back(
      message("The way out was tried: a step of length {} along the most negative direction takes the loss of all rows "
              "from {} to {}.",
              number(std::abs(escape.length)), number(escape.loss_before, 5), number(escape.loss_after, 5)));
  if (!std::isfinite(escape.gain.value)) {
    all.push_back(
        message("Then {} pairs of trainings went on for {} updates, with the step and without it; some diverged, "
                "so they tell nothing.",
                escape.twins.size(), record.updates));
    return;
  }
  curvature::Vector stayed, escaped;
  for (const curvature::Twins& one : escape.twins) {
    stayed.push_back(one.stayed);
    escaped.push_back(one.escaped);
  }
  all.push_back(message(
      "Then {} pairs of trainings went on for {} updates: without the step they end at {}, from behind it at {}, lower "
      "by {} (95 %: {} to {}).",
      escape.twins.size(), record.updates, number(metrics::mean_of(stayed).value, 5),
      number(metrics::mean_of(escaped).value, 5), number(escape.gain.value), number(escape.gain.low),
      number(escape.gain.high)));
  if (record.whole_batches && escape.gain.high - escape.gain.low <= 1e-9 * std::abs(escape.loss_before))
    all.push_back("The seeds change nothing here: every update takes all rows.");
  if (escape.outcome == curvature::Outcome::way_out)
    all.push_back(record.can_go_on ? message("fathom resume {} --escape goes on from behind the step.", record.run)
                                   : message("These are not the last weights of the run, so that it cannot go on from "
                                             "there: fathom curvature {} --checkpoint last.",
                                             record.run));
}

chart::Chart way_out_chart(const curvature::Escape& escape, const ReportWords& words) {
  chart::Series line{.name = words.say("loss of all rows"), .color = 0};
  // Further out the loss often rises so steeply that nothing else would be seen.
  const double reach = escape.length != 0 ? 2.2 * std::abs(escape.length) : std::numeric_limits<double>::infinity();
  for (const curvature::LineStep& one : escape.line)
    if (std::abs(one.length) <= reach) {
      line.x.push_back(one.length);
      line.y.push_back(one.loss);
    }
  chart::Panel panel{.y = {.label = words.say("loss")}, .series = {line}, .height = 220};
  panel.rules.push_back({chart::Rule::Along::x, 0, words.say("here")});
  if (escape.length != 0) panel.rules.push_back({chart::Rule::Along::x, escape.length, words.say("behind the step")});
  return {
      .title = words.say("Along the most negative direction"),
      .description = words.say(message("the loss from {} at a step of 0 to {} at a step of {}",
                                       number(escape.loss_before), number(escape.loss_after), number(escape.length))),
      .x = {.label = words.say("length of the step"), .exact = true},
      .panels = {panel},
      .width = report::page_width};
}

void add_flatness(const curvature::Flatness& flatness, std::vector<Message>& all) {
  all.push_back(
      message("Of {} flat directions, {} % lie where symmetries of the network (of its dense layers, and of weights "
              "before a norm) let weights move without any change of its outputs.",
              flatness.directions, number(100 * flatness.explained)));
  for (const auto& [kind, share] : flatness.kinds)
    if (share >= 0.01) all.push_back(message("By {}: {} %.", Message(name_of(kind)), number(100 * share)));
}

void add_sharpness(const CurvatureRecord& record, std::vector<Message>& all) {
  const double top = record.survey.largest.front().eigenvalue.value;
  all.push_back(
      message("2 / the largest eigenvalue is {}: at a higher rate, plain gradient descent on the quadratic that these "
              "rows make "
              "here diverges along its direction.",
              number(2 / top)));
  if (!record.preconditioned && record.divides) {
    all.push_back(message(
        "The run trains with {}, at most at {}, which divides each gradient by a number of its own: what its rate "
        "bears is known where its state was kept (--checkpoint last).",
        record.optimizer, number(record.learning_rate)));
    return;
  }
  const double largest = record.preconditioned ? record.preconditioned->value : top;
  const double used = largest / record.edge;
  all.push_back(
      message("The run trains with {}, at most at {}, which bears curvature up to {} on such a quadratic{}; the "
              "largest here is "
              "{}, {} % of it. All rows at once would bear rates up to {}; small batches bear less.",
              record.optimizer, number(record.learning_rate), number(record.edge),
              record.preconditioned ? Message(", of the Hessian as it divides it") : Message(""), number(largest),
              number(100 * used), number(record.learning_rate / used)));
}

curvature::NoiseScale noise_of(const Survey& survey) {
  return curvature::noise_scale(survey.gradient, survey.gradient_rows / survey.groups * survey.groups);
}

Message noise_sentence(const curvature::NoiseScale& noise) {
  if (!noise.is_known())
    return message("The noise scale is at least {} rows (95 %); these do not tell how large it is.",
                   number(noise.at_least()));
  return message("The noise scale is {} rows (95 %: {} to {}): in larger batches the gradient outweighs its noise.",
                 number(noise.scale.value), number(noise.scale.low), number(noise.scale.high));
}

// What a step along the gradient promises and gains, as shares of the loss.
Message slope_sentence(const Survey& survey) {
  const curvature::Evidence& evidence = survey.evidence;
  const std::string promised = number(100 * evidence.predicted_decrease / std::abs(survey.loss)),
                    gained = number(100 * evidence.realised_decrease.value_or(0) / std::abs(survey.tried_loss));
  if (survey.finding.verdict == Verdict::still_descending)
    return message("A step along the gradient promises {} % of the loss, and the best that was found gains {} %.",
                   promised, gained);
  return message(
      "A step along the gradient promises {} % of the loss, and the best that was found gains {} %: too little to call "
      "this a slope.",
      promised, gained);
}

void add_spectrum(const Survey& survey, std::vector<Message>& all) {
  const curvature::Evidence& evidence = survey.evidence;
  const curvature::Finding& finding = survey.finding;
  if (evidence.whole)
    all.push_back(message("Of the {} eigenvalues, {} are negative, {} are 0, {} are positive and {} are undecided.",
                          survey.dimension, finding.negative, finding.flat, finding.positive, finding.undecided));
  if (survey.sides) {
    const auto percent = [](double share) { return number(100 * std::clamp(share, 0.0, 1.0)); };
    const metrics::Estimate &below = survey.sides->below, &above = survey.sides->above;
    all.push_back(
        message("Of all eigenvalues {} % are below -{} (95 %: {} to {}) and {} % above {} (95 %: {} to {}); "
                "those between are not told from 0.",
                percent(below.value), number(survey.sides->beyond), percent(below.low), percent(below.high),
                percent(above.value), number(survey.sides->beyond), percent(above.low), percent(above.high)));
  }
  const curvature::FlatBand flat_band = curvature::flat_band(evidence);
  all.push_back(
      message("An eigenvalue whose sign is not certain counts as 0 from {} to {}, and rounding hides up to {}.",
              number(flat_band.low), number(flat_band.high), number(survey.noise_band)));
  if (!evidence.whole && std::isfinite(finding.bound))
    all.push_back(
        message("With {} % confidence ({} products, {} rows) no eigenvalue is below {} or above {}: none lies beyond "
                "those that were seen by more than {} % of their width.",
                number(100 * finding.confidence), survey.bound_products, survey.rows, number(evidence.unseen.low),
                number(evidence.unseen.high), number(100 * unseen_width(survey))));
}

std::vector<std::vector<std::string>> direction_rows(const std::vector<Direction>& directions,
                                                     const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows;
  for (const Direction& one : directions)
    rows.push_back({number(one.eigenvalue.value, 5), "± " + number(one.eigenvalue.bound, 2), number(one.gauss_newton),
                    where_of(one, names)});
  return rows;
}

chart::Chart density_chart(const Survey& survey, const ReportWords& words) {
  const curvature::DensityCurve& curve = survey.density;
  // One eigenvalue alone is 0.4 / (n width) high: what is far below it is nothing but the tail of the picture.
  const double least = 0.02 / (static_cast<double>(survey.dimension) * curve.width);
  chart::Series line{.name = words.say("density of eigenvalues"), .x = curve.x, .color = 0},
      band{.name = words.say("95 % interval"), .mark = chart::Mark::band, .x = curve.x, .color = 0};
  for (const metrics::Estimate& y : curve.y) {
    line.y.push_back(std::max(least, y.value));
    band.low.push_back(std::max(least, y.low));
    band.high.push_back(std::max(least, y.high));
  }
  chart::Panel panel{.y = {.label = words.say("density"), .log = true}, .height = 240};
  if (survey.spectrum.empty()) panel.series.push_back(band);
  panel.series.push_back(line);
  panel.rules.push_back({chart::Rule::Along::x, 0, "0"});
  return {.title = words.say("Where the eigenvalues lie"),
          .description = words.say(message("{} eigenvalues from {} to {}", survey.dimension,
                                           number(survey.smallest.front().eigenvalue.value),
                                           number(survey.largest.front().eigenvalue.value))),
          .x = {.label = words.say("eigenvalue"), .exact = true},
          .panels = {panel},
          .width = report::page_width};
}

}  // namespace

std::string where_of(const Direction& direction, const std::vector<std::string>& names) {
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return direction.shares[a] > direction.shares[b]; });
  std::string text;
  for (std::size_t k = 0; k < std::min<std::size_t>(3, order.size()); ++k) {
    const double share = direction.shares[order[k]];
    if (k > 0 && share < 0.01) break;
    text += fmt::format("{}{} {}", k > 0 ? ", " : "", names[order[k]], report::percent(share));
  }
  return text;
}

std::vector<Message> curvature_sentences(const CurvatureRecord& record) {
  const Survey& survey = record.survey;
  const curvature::Evidence& evidence = survey.evidence;
  const curvature::Finding& finding = survey.finding;
  std::vector<Message> all{verdict_sentence(survey)};
  all.push_back(message(
      "The gradient of the loss {} has norm {}; to first order, one step of plain gradient descent at "
      "the run's learning rate {} would gain {}.",
      number(survey.loss, 5), number(survey.gradient_norm), number(record.learning_rate),
      number(curvature::first_order_decrease(survey.gradient_norm * survey.gradient_norm, record.learning_rate))));
  if (survey.groups > 0 && survey.gradient.norm.high > 0)
    all.push_back(message(
        "What {} groups of these rows, to which the weights were fitted, have in common of it has a norm between "
        "{} and {} (95 %), and chance makes groups agree as much in {} % of cases.",
        survey.groups, number(survey.gradient.norm.low), number(survey.gradient.norm.high),
        number(100 * survey.gradient.p_value)));
  if (std::abs(survey.loss) > evidence.loss_floor) all.push_back(slope_sentence(survey));
  if (survey.groups > 0) all.push_back(noise_sentence(noise_of(survey)));
  add_spectrum(survey, all);
  if (evidence.witness) {
    const metrics::Estimate& curve = evidence.witness->curvature;
    all.push_back(
        evidence.witness->proven()
            ? message("On {} other training rows the most negative direction has curvature {} (95 %: {} to {}): it is "
                      "negative beyond these rows.",
                      survey.fresh_rows, number(curve.value), number(curve.low), number(curve.high))
        : curve.low > 0
            ? message(
                  "On {} other training rows that direction has curvature {} (95 %: {} to {}): it bends up there, so "
                  "that its sign here is a chance of these rows.",
                  survey.fresh_rows, number(curve.value), number(curve.low), number(curve.high))
            : message("On {} other training rows the most negative direction has curvature {} (95 %: {} to {}): it may "
                      "be a chance of these rows.",
                      survey.fresh_rows, number(curve.value), number(curve.low), number(curve.high)));
  }
  if (survey.flatness) add_flatness(*survey.flatness, all);
  if (survey.escape) add_way_out(*survey.escape, record, all);
  const Direction& lowest = survey.smallest.front();
  if (finding.negative > 0)
    all.push_back(message("Of the most negative curvature, the Gauss-Newton part makes {} and the rest {}.",
                          number(lowest.gauss_newton), number(lowest.eigenvalue.value - lowest.gauss_newton)));
  if (survey.largest.front().eigenvalue.value > 0) add_sharpness(record, all);
  const auto squared = [](double norm) { return number(norm * norm); };
  all.push_back(survey.spectrum.empty()
                    ? message("The eigenvalues sum up to {} (95 %: {} to {}), their squares to {} (95 %: {} to {}).",
                              number(survey.trace.value), number(survey.trace.low), number(survey.trace.high),
                              squared(survey.frobenius.value), squared(survey.frobenius.low),
                              squared(survey.frobenius.high))
                    : message("The eigenvalues sum up to {}, their squares to {}.", number(survey.trace.value),
                              squared(survey.frobenius.value)));
  if (record.batch_norm == BatchNormUse::batch)
    all.push_back(
        "Batch normalisation takes the statistics of these rows as one batch, as training does: the loss is one of "
        "this batch.");
  else if (record.batch_norm == BatchNormUse::kept)
    all.push_back("Batch normalisation uses the statistics that it has kept (--batch-norm batch: those of the rows).");
  if (record.kink_rows)
    all.push_back(message(
        "The slope of {} jumps at 0, where it has no second derivative: one step of gradient descent at the run's "
        "learning rate takes {} of {} rows across such a kink, and for these the Hessian does not hold all along it.",
        fmt::join(record.kinked, ", "), *record.kink_rows, survey.rows));
  if (record.max_pool)
    all.push_back("Max pooling has kinks too, where another pixel becomes the largest; those are not counted.");
  all.push_back("Dropout is off, and the optimizer's weight decay is not part of the loss.");
  return all;
}

std::string curvature_page(const CurvatureRecord& record, const ReportWords& words) {
  const Survey& survey = record.survey;
  chart::Page page(words.language, words.say(message("Curvature of run {}: {}", record.run, record.run_name)));
  page.cards({{words.say("Verdict"), words.say(Message(name_of(survey.finding.verdict))), {}},
              {words.say("Loss"), number(survey.loss, 4), {}},
              {words.say("Norm of the gradient"), number(survey.gradient_norm), {}},
              {words.say("Largest eigenvalue"), number(survey.largest.front().eigenvalue.value, 4), {}},
              {words.say("Smallest eigenvalue"), number(survey.smallest.front().eigenvalue.value, 4), {}}});
  const std::vector<Message> sentences = curvature_sentences(record);
  page.paragraph(words.say(sentences.front()));
  page.picture(
      svg(density_chart(survey, words)),
      words.say(survey.spectrum.empty()
                    ? message("Stochastic Lanczos quadrature, seen through a normal distribution of standard "
                              "deviation {}.",
                              number(survey.density.width))
                    : message("All {} eigenvalues, seen through a normal distribution of standard deviation {}.",
                              survey.dimension, number(survey.density.width))));
  page.heading(words.say("What it rests on"));
  for (std::size_t k = 1; k < sentences.size(); ++k) page.paragraph(words.say(sentences[k]));
  if (survey.escape) {
    page.heading(words.say("The way out"));
    page.picture(svg(way_out_chart(*survey.escape, words)),
                 words.say("The loss of all training rows along both sides of the most negative direction."));
    std::vector<std::vector<std::string>> rows;
    for (const curvature::Twins& one : survey.escape->twins)
      rows.push_back({std::to_string(one.seed), number(one.stayed, 5), number(one.escaped, 5)});
    if (!rows.empty())
      page.table({.header = {words.say("seed"), words.say("loss without the step"), words.say("loss from behind it")},
                  .rows = rows,
                  .numbers = {true, true, true}});
  }
  for (const auto& [title, directions] :
       {std::pair{"Largest eigenvalues", &survey.largest}, std::pair{"Smallest eigenvalues", &survey.smallest}}) {
    page.heading(words.say(Message(title)));
    page.table({.header = {words.say("eigenvalue"), words.say("bound"), words.say("its Gauss-Newton part"),
                           words.say("where its direction lies")},
                .rows = direction_rows(*directions, survey.names),
                .numbers = {true, true, true, false}});
  }
  if (!survey.converged)
    page.warning(
        words.say("Not every eigenvalue reached the accuracy that was wanted; the bounds say how far each is."));
  page.note(
      words.say(message("{} weights of the {} checkpoint, {} of {} training rows, {}, {} products with the Hessian "
                        "and its Gauss-Newton part.",
                        chart::count(survey.dimension), Message(record.checkpoint), chart::count(survey.rows),
                        chart::count(record.all_rows), name_of(survey.precision), survey.products)));
  return page.html();
}

Json eigenvalue_json(const curvature::Eigenvalue& one) { return {{"value", one.value}, {"bound", one.bound}}; }

std::string noise_text(const curvature::NoiseScale& noise) {
  if (!noise.is_known()) return fmt::format("≥ {}", number(noise.at_least()));
  return fmt::format("{} ({} – {})", number(noise.scale.value), number(noise.scale.low), number(noise.scale.high));
}

Json noise_json(const curvature::NoiseScale& noise) {
  return noise.is_known() ? estimate_json(noise.scale) : Json{{"at_least", finite(noise.at_least())}};
}

Json curvature_json(const CurvatureRecord& record) {
  const Survey& survey = record.survey;
  const curvature::Evidence& evidence = survey.evidence;
  const curvature::Finding& finding = survey.finding;
  const auto directions = [&](const std::vector<Direction>& all) {
    Json list = Json::array();
    for (const Direction& one : all) {
      Json shares = Json::object();
      for (std::size_t k = 0; k < survey.names.size(); ++k) shares[survey.names[k]] = one.shares[k];
      list.push_back({{"value", one.eigenvalue.value},
                      {"bound", one.eigenvalue.bound},
                      {"gauss_newton", one.gauss_newton},
                      {"shares", shares}});
    }
    return list;
  };
  Json json{{"run", record.run},
            {"checkpoint", record.checkpoint},
            {"verdict", name_of(finding.verdict)},
            {"weights", survey.dimension},
            {"precision", name_of(survey.precision)},
            {"rows", survey.rows},
            {"gradient_rows", survey.gradient_rows},
            {"products", survey.products},
            {"loss", finite(survey.loss)},
            {"gradient_norm", finite(survey.gradient_norm)}};
  if (survey.groups > 0)
    json["gradient_test"] = {
        {"groups", survey.groups}, {"norm", estimate_json(survey.gradient.norm)}, {"p_value", survey.gradient.p_value}};
  if (survey.groups > 0) json["noise_scale"] = noise_json(noise_of(survey));
  json["predicted_decrease"] = finite(evidence.predicted_decrease);
  json["realised_decrease"] = finite(evidence.realised_decrease.value_or(0));
  json["largest"] = directions(survey.largest);
  json["smallest"] = directions(survey.smallest);
  json["converged"] = survey.converged;
  json["counts"] = {{"known", evidence.eigenvalues.size()},
                    {"negative", finding.negative},
                    {"zero", finding.flat},
                    {"positive", finding.positive},
                    {"undecided", finding.undecided}};
  const curvature::FlatBand flat_band = curvature::flat_band(evidence);
  json["flat_band"] = {flat_band.low, flat_band.high};
  json["tried_loss"] = finite(survey.tried_loss);
  json["reached_loss"] = finite(survey.reached_loss);
  if (evidence.curvature_after_step) json["curvature_after_step"] = finite(*evidence.curvature_after_step);
  json["noise_band"] = survey.noise_band;
  json["none_below"] = {{"value", finite(finding.bound)}, {"confidence", finding.confidence}};
  if (!evidence.whole) {
    json["none_below"]["share_of_width"] = finite(unseen_width(survey));
    json["none_below"]["products"] = survey.bound_products;
    json["none_below"]["rows"] = survey.rows;
    json["none_above"] = {{"value", finite(evidence.unseen.high)}, {"confidence", finding.confidence}};
  }
  if (survey.sides)
    json["shares"] = {{"beyond", survey.sides->beyond},
                      {"below", estimate_json(survey.sides->below)},
                      {"above", estimate_json(survey.sides->above)}};
  if (evidence.witness)
    json["witness"] = {{"rows", survey.fresh_rows},
                       {"curvature", estimate_json(evidence.witness->curvature)},
                       {"proven", evidence.witness->proven()}};
  const Direction& lowest = survey.smallest.front();
  json["lowest_parts"] = {{"gauss_newton", lowest.gauss_newton},
                          {"rest", lowest.eigenvalue.value - lowest.gauss_newton}};
  if (survey.escape) {
    const curvature::Escape& escape = *survey.escape;
    Json twins = Json::array();
    for (const curvature::Twins& one : escape.twins)
      twins.push_back({{"seed", one.seed}, {"stayed", finite(one.stayed)}, {"escaped", finite(one.escaped)}});
    Json line = Json::array();
    for (const curvature::LineStep& one : escape.line) line.push_back({{"length", one.length}, {"loss", one.loss}});
    json["way_out"] = {{"outcome", name_of(escape.outcome)},
                       {"length", escape.length},
                       {"loss_before", finite(escape.loss_before)},
                       {"loss_after", finite(escape.loss_after)},
                       {"updates", record.updates},
                       {"twins", twins},
                       {"gain", estimate_json(escape.gain)},
                       {"line", line}};
    if (!record.escaped_file.empty()) json["way_out"]["weights"] = record.escaped_file;
  }
  if (record.batch_norm != BatchNormUse::none)
    json["batch_norm"] = record.batch_norm == BatchNormUse::batch ? "batch" : "kept";
  if (record.kink_rows) {
    json["kink_rows"] = *record.kink_rows;
    json["kinked"] = record.kinked;
  }
  if (record.max_pool) json["max_pool"] = true;
  if (survey.flatness) {
    json["flatness"] = {{"directions", survey.flatness->directions}, {"explained", survey.flatness->explained}};
    for (const auto& [kind, share] : survey.flatness->kinds)
      json["flatness"]["kinds"][std::string(name_of(kind))] = share;
  }
  json["sharpness"] = {{"optimizer", record.optimizer},
                       {"learning_rate", record.learning_rate},
                       {"edge", finite(record.edge)},
                       {"largest", survey.largest.front().eigenvalue.value}};
  if (record.preconditioned) json["sharpness"]["preconditioned"] = eigenvalue_json(*record.preconditioned);
  json["trace"] = estimate_json(survey.trace);
  json["frobenius"] = estimate_json(survey.frobenius);
  return json;
}

std::string eigenvalues_csv(const Survey& survey) {
  std::string text = "value,bound\n";
  for (const curvature::Eigenvalue& one : survey.evidence.eigenvalues)
    text += fmt::format("{:.9g},{:.3g}\n", one.value, one.bound);
  return text;
}

std::string density_csv(const Survey& survey) {
  std::string text = "x,density,low,high\n";
  for (std::size_t k = 0; k < survey.density.x.size(); ++k) {
    const metrics::Estimate& y = survey.density.y[k];
    text += fmt::format("{:.9g},{:.6g},{:.6g},{:.6g}\n", survey.density.x[k], y.value, y.low, y.high);
  }
  return text;
}

}  // namespace fathom
