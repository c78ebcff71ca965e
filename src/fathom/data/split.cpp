#include "fathom/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "fathom/base/rng.hpp"
#include "fathom/data/schema.hpp"

namespace fathom {

namespace {

constexpr std::string_view split_names[] = {"random", "stratified", "group", "time", "hash", "column"};

// Where train ends and where valid ends in a list of n.
std::pair<std::size_t, std::size_t> cuts(std::size_t n, const SplitOptions& o) {
  const double total = o.train + o.valid + o.test, count = static_cast<double>(n);
  const auto valid = static_cast<std::size_t>(std::llround(count * o.valid / total)),
             test = static_cast<std::size_t>(std::llround(count * o.test / total));
  const std::size_t train = n - std::min(n, valid + test);
  return {train, std::min(n, train + valid)};
}

void deal(const std::vector<Index>& order, const SplitOptions& options, Split& split) {
  const auto [train, valid] = cuts(order.size(), options);
  for (std::size_t i = 0; i < order.size(); ++i)
    split.part[static_cast<std::size_t>(order[i])] = i < train ? 0 : i < valid ? 1 : 2;
}

// The classes, one after another, keep the shares: what rounding takes from one class the next one gets.
void deal_classes(std::vector<std::vector<Index>> classes, const SplitOptions& options, Split& split) {
  const double held_share = (options.valid + options.test) / (options.train + options.valid + options.test),
               valid_share = held_share == 0 ? 0 : options.valid / (options.valid + options.test);
  const auto whole = [](double& owed, double share, std::size_t of) {
    owed += share * static_cast<double>(of);
    const auto count = static_cast<std::size_t>(std::max(0.0, std::floor(owed + 0.5)));
    owed -= static_cast<double>(count);
    return std::min(count, of);
  };
  double held_owed = 0, valid_owed = 0;
  for (const std::vector<Index>& members : classes) {
    const bool trains = options.train > 0;
    const std::size_t most = members.size() - (trains ? 1 : 0),
                      held = std::min(most, whole(held_owed, held_share, members.size())),
                      valid = whole(valid_owed, valid_share, held);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::size_t from_end = members.size() - i;  // train, valid, test
      split.part[static_cast<std::size_t>(members[i])] = from_end > held ? 0 : from_end > held - valid ? 1 : 2;
    }
  }
}

// Numbers to order rows by: times or numbers. Throws when the column is neither.
std::vector<double> sort_keys(const TableColumn& column, Index rows) {
  const DateOrder order = shown_order(column).value_or(DateOrder::month_first);
  std::vector<double> levels;  // of the vocabulary
  for (const std::string& text : column.vocabulary) {
    const auto number = parse_date(text, order);
    levels.push_back(number ? *number : column.parse(text).value_or(NAN));
  }
  std::vector<double> keys;
  keys.reserve(static_cast<std::size_t>(rows));
  for (Index row = 0; row < rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    const bool there = column.numeric || column.levels[i] >= 0;
    const double key = column.numeric ? column.number(row)
                       : there        ? levels[static_cast<std::size_t>(column.levels[i])]
                                      : NAN;
    if (!column.numeric && there && std::isnan(key))
      fail(Code::data, "column \"{}\" cannot order the rows in time: \"{}\" is neither a number nor a date",
           column.name, column.text(row));
    keys.push_back(std::isnan(key) ? -INFINITY : key);
  }
  return keys;
}

// A key's text, the same whether other rows made its column one of numbers or of texts.
std::string key_text(const TableColumn& column, Index row) {
  constexpr double whole = 9007199254740992.0;  // 2^53
  std::string text = column.text(row);
  if (column.numeric) return text.empty() ? text : exact_text(column.number(row));
  const bool code = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';  // 007 is not 7
  const auto number = text.empty() || code ? std::nullopt : column.parse(text);
  return number && std::abs(*number) <= whole ? exact_text(kept_number(*number)) : text;
}

// Of the training part, all but the share that is used.
void leave_out(Split& split, const SplitOptions& options) {
  std::vector<Index> train = split.rows(0);
  Random(options.seed, "use").shuffle(train);
  const auto kept = std::max<Index>(1, std::llround(options.use * static_cast<double>(train.size())));
  for (auto at = static_cast<std::size_t>(kept); at < train.size(); ++at)
    split.part[static_cast<std::size_t>(train[at])] = Split::left_out;
  split.sizes[0] = std::min(kept, static_cast<Index>(train.size()));
}

}  // namespace

SplitBy split_by(const std::string& name) {
  for (std::size_t i = 0; i < std::size(split_names); ++i)
    if (split_names[i] == name) return static_cast<SplitBy>(i);
  fail(Code::config, "there is no split by \"{}\"; choose {}", name, fmt::join(split_names, ", "));
}

std::string_view name_of(SplitBy by) { return split_names[static_cast<std::size_t>(by)]; }

std::vector<Index> Split::rows(std::uint8_t of) const {
  std::vector<Index> result;
  for (std::size_t row = 0; row < part.size(); ++row)
    if (part[row] == of) result.push_back(static_cast<Index>(row));
  return result;
}

Split make_split(const Table& table, const SplitOptions& options, const std::vector<std::int32_t>& strata,
                 const std::vector<std::uint8_t>& keep) {
  Split split;
  const auto rows = static_cast<std::size_t>(table.rows);
  split.part.assign(rows, Split::left_out);
  std::vector<Index> order;
  for (std::size_t row = 0; row < rows; ++row)
    if (keep.empty() || keep[row] != 0) order.push_back(static_cast<Index>(row));
  const auto key = [&]() -> const TableColumn& {
    if (options.key.empty())
      throw Error(Code::config, message("a split by {} needs the column that decides", name_of(options.by)), {},
                  "add key = \"column\" under [split]");
    return table.need(options.key, "key =");
  };
  Random random(options.seed, "split");
  switch (options.by) {
    case SplitBy::random:
      random.shuffle(order);
      deal(order, options, split);
      break;
    case SplitBy::stratified: {
      std::map<std::int32_t, std::vector<Index>> classes;
      for (Index row : order) classes[strata.empty() ? 0 : strata[static_cast<std::size_t>(row)]].push_back(row);
      std::vector<std::vector<Index>> lists;
      for (auto& [name, members] : classes) {
        random.shuffle(members);
        lists.push_back(std::move(members));
      }
      deal_classes(std::move(lists), options, split);
      break;
    }
    case SplitBy::group: {
      const TableColumn& column = key();
      std::map<std::string, std::vector<Index>> groups;
      for (Index row : order) groups[key_text(column, row)].push_back(row);
      std::vector<const std::vector<Index>*> shuffled;
      for (const auto& [name, members] : groups) shuffled.push_back(&members);
      random.shuffle(shuffled);
      // Groups fill train, then valid, then test; a group goes where the row in its middle would go.
      const auto [train, valid] = cuts(order.size(), options);
      std::size_t before = 0;
      for (const auto* members : shuffled) {
        const std::size_t middle = before + members->size() / 2;
        for (Index row : *members)
          split.part[static_cast<std::size_t>(row)] = middle < train ? 0 : middle < valid ? 1 : 2;
        before += members->size();
      }
      break;
    }
    case SplitBy::time: {
      const std::vector<double> keys = sort_keys(key(), table.rows);
      std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
        return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
      });
      deal(order, options, split);
      break;
    }
    case SplitBy::hash: {
      const TableColumn& column = key();
      const double total = options.train + options.valid + options.test;
      for (Index row : order) {
        const double at = Random(options.seed, hash_text(key_text(column, row))).uniform() * total;
        split.part[static_cast<std::size_t>(row)] = at < options.train ? 0 : at < options.train + options.valid ? 1 : 2;
      }
      break;
    }
    case SplitBy::column: {
      const TableColumn& column = key();
      for (Index row : order) {
        const std::string name = column.text(row);
        if (name == "train" || name == "0")
          split.part[static_cast<std::size_t>(row)] = 0;
        else if (name == "valid" || name == "validation" || name == "val" || name == "1")
          split.part[static_cast<std::size_t>(row)] = 1;
        else if (name == "test" || name == "2")
          split.part[static_cast<std::size_t>(row)] = 2;
        else
          throw Error(Code::data, message("column \"{}\" says \"{}\", which is no part", options.key, name),
                      table.place(row), "write train, valid or test");
      }
      break;
    }
  }
  for (std::uint8_t part : split.part)
    if (part < 3) ++split.sizes[part];
  const double wanted[3] = {options.train, options.valid, options.test};
  constexpr std::string_view part_names[] = {"training", "validation", "test"};
  if (options.by == SplitBy::column && split.sizes[0] == 0)
    throw Error(Code::data,
                message("column \"{}\" says \"train\" in no row: there is nothing to train on", options.key), {},
                "write train into the rows to train on");
  for (int part = 0; part < 3; ++part)
    if (split.sizes[part] == 0 && (part == 0 || (wanted[part] > 0 && options.by != SplitBy::column)))
      throw Error(Code::data,
                  message("{} rows split by {} leave none for the {} part", order.size(), Message(name_of(options.by)),
                          Message(part_names[part])),
                  {}, "use more rows, or change the shares under [split]");
  if (options.use < 1) leave_out(split, options);
  return split;
}

}  // namespace fathom
