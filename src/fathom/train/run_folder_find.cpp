#include "fathom/train/run_folder_find.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/error.hpp"
#include "fathom/train/run_folder_lock.hpp"

namespace fathom {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t shown_candidates = 8;

std::string folder_name(const RunInfo& run) { return fs::path(run.path).filename().string(); }

bool starts_with_number(const std::string& folder, int& number, std::string& name) {
  const auto [stop, error] = std::from_chars(folder.data(), folder.data() + folder.size(), number);
  if (error != std::errc{} || number < 1 || stop == folder.data() + folder.size() || *stop != '-') return false;
  name = stop + 1;
  return true;
}

Message candidates(const std::vector<RunInfo>& runs) {
  std::string list;
  const std::size_t first = runs.size() > shown_candidates ? runs.size() - shown_candidates : 0;
  for (std::size_t i = first; i < runs.size(); ++i)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", folder_name(runs[i]));
  return first > 0 ? message("{} and {} older ones", list, first) : message("{}", list);
}

RunInfo only_one(const std::vector<RunInfo>& matches, const std::string& runs_dir, const std::string& spec) {
  if (matches.size() == 1) return matches.front();
  throw Error(Code::data,
              message("\"{}\" names {} runs in {}: {}", spec, matches.size(), runs_dir, candidates(matches)), runs_dir,
              message("give the number, for example {}", matches.back().number));
}

bool has_result(const RunInfo& run) { return !run.results.empty() && std::isfinite(run.results.front().value); }

RunInfo best_of(const std::vector<RunInfo>& runs, const std::string& runs_dir) {
  const RunInfo* best = nullptr;
  const RunInfo* newest = nullptr;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (!has_result(*run)) continue;
    if (!newest) newest = best = &*run;
    if (run->data_hash != newest->data_hash || run->results.front().name != newest->results.front().name) continue;
    const double now = best->results.front().value, other = run->results.front().value;
    if (newest->results.front().better == Better::higher ? other > now : other < now) best = &*run;
  }
  if (!best)
    throw Error(Code::data, message("no run in {} has a result yet", runs_dir), runs_dir, "name a run by its number");
  return *best;
}

}  // namespace

RunInfo read_run(const std::string& path) {
  const std::string record = (fs::path(path) / "run.json").string();
  if (!fs::is_directory(path) || !fs::exists(record))
    throw Error(Code::data, message("{} is not a run: it has no run.json", path), path, "fathom runs lists the runs");
  RunInfo info;
  try {
    info = run_info_from_json(read_file(record), record);
  } catch (const Error& error) {
    info.status = RunStatus::damaged;
    info.problem = error.what_message();
    starts_with_number(fs::path(path).filename().string(), info.number, info.name);
  }
  info.path = path;
  if (info.status == RunStatus::running && !is_being_written(path, info.host)) info.status = RunStatus::stopped;
  return info;
}

std::vector<RunInfo> list_runs(const std::string& runs_dir) {
  std::vector<RunInfo> runs;
  std::error_code error;
  for (fs::directory_iterator entry(runs_dir, error), end; !error && entry != end; entry.increment(error)) {
    int number = 0;
    std::string name;
    std::error_code ignored;
    if (!starts_with_number(entry->path().filename().string(), number, name) ||
        fs::is_symlink(entry->symlink_status(ignored)) || !fs::exists(entry->path() / "run.json", ignored))
      continue;
    runs.push_back(read_run(entry->path().string()));
    runs.back().number = number;  // a copied folder goes by its name
  }
  std::sort(runs.begin(), runs.end(), [](const RunInfo& a, const RunInfo& b) {
    return a.number != b.number ? a.number < b.number : a.path < b.path;
  });
  return runs;
}

RunInfo find_run(const std::string& runs_dir, const std::string& spec) {
  std::error_code ignored;
  if (spec.find('/') != std::string::npos || fs::exists(fs::path(spec) / "run.json", ignored)) {
    const fs::path path(spec);
    return read_run(path.has_filename() ? spec : path.parent_path().string());
  }
  const std::vector<RunInfo> runs = list_runs(runs_dir);
  if (runs.empty())
    throw Error(Code::data, message("there are no runs in {}", runs_dir), runs_dir, "fathom train makes one");
  if (spec == "latest") return runs.back();
  if (spec == "best") return best_of(runs, runs_dir);

  const auto matching = [&](const std::function<bool(const RunInfo&)>& matches) {
    std::vector<RunInfo> found;
    std::copy_if(runs.begin(), runs.end(), std::back_inserter(found), matches);
    return found;
  };
  int number = 0;
  const auto [stop, error] = std::from_chars(spec.data(), spec.data() + spec.size(), number);
  const bool is_number = error == std::errc{} && stop == spec.data() + spec.size();
  // The first rule that any run satisfies decides.
  for (const auto& rule : std::vector<std::function<bool(const RunInfo&)>>{
           [&](const RunInfo& run) { return is_number && run.number == number; },
           [&](const RunInfo& run) { return folder_name(run) == spec; },
           [&](const RunInfo& run) { return run.name == spec; },
           [&](const RunInfo& run) {
             return !spec.empty() && !is_number && (folder_name(run).starts_with(spec) || run.name.starts_with(spec));
           }}) {
    const auto found = matching(rule);
    if (!found.empty()) return only_one(found, runs_dir, spec);
  }
  throw Error(Code::data, message("there is no run \"{}\" in {}", spec, runs_dir), runs_dir,
              message("there are: {}", candidates(runs)));
}

}  // namespace fathom
