#include "fathom/train/settings.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

struct Read {
  Settings settings;
  Origins origins;
  std::string error;  // empty: none
  Code code = Code::bug;
};

Read read(const std::string& toml) {
  Read result;
  try {
    read_settings(toml, "fathom.toml", result.settings, result.origins);
    check_settings(result.settings);
  } catch (const Error& error) {
    result.error = error.what();
    result.code = error.code();
  }
  return result;
}

std::string resolved(const Settings& settings) { return resolved_settings(settings, {}); }

const std::string example = R"(name = "试验 one"
seed = 7

[data]
path = "../房价.csv"
missing = ["", "?", "没有"]

[split]
by = "time"
key = "sold"
train = 0.7
valid = 0.2

[[input]]
name = "区 \"A\""
type = "category"
min_count = 5

[output]
name = "price"
loss = "huber"

[model]
hidden = [64, 32]
dropout = 0.25

[trainer]
epochs = 5
batch_size = "auto"
learning_rate = 1e-2
time_limit = "1h30m"
schedule = { type = "linear", warmup = "5%" }

[trainer.early_stopping]
patience = 3
)";

TEST(Settings, SayWhatTheFileSays) {
  const Read it = read(example);
  ASSERT_EQ(it.error, "");
  EXPECT_EQ(it.settings.name, "试验 one");
  EXPECT_EQ(it.settings.seed, 7u);
  EXPECT_EQ(it.settings.data.missing, (std::vector<std::string>{"", "?", "没有"}));
  EXPECT_EQ(it.settings.split.by, "time");
  EXPECT_EQ(it.settings.model.hidden, (std::vector<Index>{64, 32}));
  EXPECT_EQ(it.settings.trainer.batch_size, 0);
  EXPECT_EQ(it.settings.trainer.time_limit, 5400);
  EXPECT_EQ(it.settings.schedule.type, "linear");
  EXPECT_EQ(it.settings.early_stopping.patience, 3);
  ASSERT_TRUE(it.settings.inputs.contains("区 \"A\""));
  EXPECT_EQ(it.settings.inputs.at("区 \"A\"").kind, ColumnKind::category);
  EXPECT_EQ(it.origins.at("model.dropout"), "fathom.toml:25");
}

const char* const searched = R"([tune]
trials = 12
method = "asha"
"trainer.learning_rate" = { log = [1e-4, 1] }
"trainer.batch_size" = { range = [8, 64] }
"model.hidden" = { choice = [[8], [16, 8]] }
"trainer.optimizer" = { choice = ["sgd", "adam"] }
)";

TEST(Settings, SayWhatIsSearched) {
  const Read it = read(searched);
  ASSERT_EQ(it.error, "");
  EXPECT_EQ(it.settings.tune.trials, 12);
  EXPECT_EQ(it.settings.tune.method, "asha");
  std::map<std::string, SearchKey> keys;
  for (const SearchKey& key : it.settings.tune.keys) keys[key.key] = key;
  ASSERT_EQ(keys.size(), 4u);
  const SearchKey rate = keys["trainer.learning_rate"], batch = keys["trainer.batch_size"];
  EXPECT_EQ(rate.kind, SearchKey::Kind::log);
  EXPECT_EQ(rate.low, 1e-4);
  EXPECT_EQ(rate.high, 1);
  EXPECT_FALSE(rate.whole);
  EXPECT_EQ(batch.kind, SearchKey::Kind::range);
  EXPECT_TRUE(batch.whole);
  EXPECT_EQ(keys["model.hidden"].choices.size(), 2u);
  ASSERT_EQ(keys["trainer.optimizer"].choices.size(), 2u);
  const Read again = read(resolved(it.settings));
  EXPECT_EQ(again.error, "");
  EXPECT_EQ(again.settings.tune.keys, it.settings.tune.keys);
}

TEST(Settings, RefusesWhatCannotBeSearched) {
  for (const auto& [line, expected] : std::map<std::string, std::string>{
           {"\"trainer.learning_rate\" = 3", "what is searched of trainer.learning_rate must be { log = [low, high] }"},
           {"\"trainer.learning_rate\" = { log = [0, 1] }", "trainer.learning_rate must be a number > 0"},
           {"\"model.dropout\" = { log = [0.0, 0.5] }", "what is searched of model.dropout"},
           {"\"trainer.learning_rate\" = { log = [1, 0.1] }", "what is searched of trainer.learning_rate"},
           {"\"trainer.learning_rate\" = { log = [0.1, \"1\"] }", "trainer.learning_rate must be"},
           {"\"trainer.learning_rate\" = { logs = [0.1, 1] }", "what is searched of trainer.learning_rate"},
           {"\"trainer.optimizer\" = { range = [1, 2] }", "trainer.optimizer must be"},
           {"\"trainer.optimizer\" = { choice = [\"adamm\"] }", "trainer.optimizer must be"},
           {"\"trainer.optimizer\" = { choice = [] }", "what is searched of trainer.optimizer must be { choice"},
           {"\"split.valid\" = { range = [0.1, 0.2] }", "fathom tune cannot search split.valid"},
           {"\"trainer.epochs\" = { range = [1, 9] }", "fathom tune cannot search trainer.epochs"},
           {"\"trainer.learning_rte\" = { log = [0.1, 1] }", "tune"}}) {
    const Read it = read("[tune]\n" + line + "\n");
    EXPECT_NE(it.error.find("fathom.toml:2:"), std::string::npos) << line << "\n" << it.error;
    EXPECT_NE(it.error.find(expected), std::string::npos) << line << "\n" << it.error;
  }
}

TEST(Settings, ResolvedTextReadsBack) {
  for (const std::string& toml : {std::string(), example}) {
    const Read first = read(toml);
    const Read again = read(resolved(first.settings));
    EXPECT_EQ(again.error, "") << resolved(first.settings);
    EXPECT_EQ(resolved(again.settings), resolved(first.settings));
  }
}

TEST(Settings, EveryKeyIsResolvedAndInTheSchemaAndHasHelp) {
  const std::string text = resolved(Settings{});
  const auto schema = nlohmann::json::parse(settings_schema());
  std::set<std::string> paths;
  for (const Key& key : settings_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.help.empty() || key.help_zh.empty()) << key.path;
    const std::string last = key.path.substr(key.path.rfind('.') + 1);
    EXPECT_NE(text.find("\n" + last + " = "), std::string::npos) << key.path;
    const nlohmann::json* at = &schema;
    std::string rest = key.path;
    for (std::size_t dot = rest.find('.'); dot != std::string::npos; rest = rest.substr(dot + 1), dot = rest.find('.'))
      at = &at->at("properties").at(rest.substr(0, dot));
    EXPECT_TRUE(at->at("properties").contains(rest)) << key.path;
  }
}

// What every key refuses, with the place.
TEST(Settings, EveryKeyRefusesOtherTypes) {
  for (const Key& key : settings_keys()) {
    const std::size_t dot = key.path.rfind('.');
    const std::string table = dot == std::string::npos ? "" : "[" + key.path.substr(0, dot) + "]";
    const std::string last = dot == std::string::npos ? key.path : key.path.substr(dot + 1);
    const std::string wrong =
        key.type == KeyType::text || key.type == KeyType::texts || key.type == KeyType::wholes ? "12.5" : "[\"x\"]";
    const Read it = read(table + "\n" + last + " = " + wrong + "\n");
    EXPECT_EQ(it.code, Code::config) << key.path;
    EXPECT_NE(it.error.find(key.path), std::string::npos) << key.path << ": " << it.error;
    EXPECT_NE(it.error.find(fmt::format("fathom.toml:2:{}", last.size() + 4)), std::string::npos) << it.error;
    EXPECT_NE(it.error.find("1 error in fathom.toml; nothing was run"), std::string::npos) << it.error;
    if (key.type == KeyType::number || key.type == KeyType::whole) {
      for (const std::string bad : {"nan", "inf", "-1e300", "\"12\""}) {
        const Read number = read(table + "\n" + last + " = " + bad + "\n");
        EXPECT_EQ(number.code, Code::config) << key.path << " = " << bad;
      }
    }
    for (const std::string& choice : key.choices) {
      const std::string typo = choice + choice.back();
      const Read near = read(table + "\n" + last + " = \"" + typo + "\"\n");
      EXPECT_NE(near.error.find(fmt::format("did you mean \"{}\"", choice)), std::string::npos) << near.error;
    }
  }
}

TEST(Settings, AllMistakesAreShownTogetherInTheirOrder) {
  const Read it = read("sead = 3\n[trainer]\nepochs = \"50\"\nlearning_rate = 0\nlr = 3\n[modell]\nhidden = [1]\n");
  EXPECT_NE(it.error.find("5 errors in fathom.toml"), std::string::npos) << it.error;
  std::size_t at = 0;
  for (const std::string expected :
       {"fathom.toml:1:1", "did you mean \"seed\"?", "fathom.toml:3:10", "remove the quotes", "fathom.toml:4:17",
        "fathom.toml:5:1", "trainer.learning_rate", "fathom.toml:6:"}) {
    at = it.error.find(expected, at);
    EXPECT_NE(at, std::string::npos) << expected << " in\n" << it.error;
    if (at == std::string::npos) break;
  }
}

TEST(Settings, SyntaxErrorsNameTheirPlace) {
  const Read it = read("[trainer]\noptimizer = adam\n");
  EXPECT_NE(it.error.find("fathom.toml:2:13"), std::string::npos) << it.error;
  EXPECT_NE(it.error.find("text needs quotes: optimizer = \"adam\""), std::string::npos) << it.error;
}

// Damage of every kind: the reader either takes the text or says where it is wrong.
TEST(Settings, DamagedFilesGiveAPlace) {
  Random random(11, "damaged settings");
  const std::regex place("fathom\\.toml:[0-9]+:[0-9]+");
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string text = example;
    for (std::uint64_t k = 0, n = 1 + random.below(3); k < n; ++k) {
      const std::size_t at = random.below(text.size());
      switch (random.below(5)) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.insert(at, 1, "=[]{}\"'#.,x0\n\t-"[random.below(15)]);
          break;
        case 2:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 3:
          text.erase(at, random.below(20));
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(30)));
          break;
      }
    }
    const Read it = read(text);
    if (it.error.empty()) continue;
    ++refused;
    EXPECT_EQ(it.code, Code::config) << it.error;
    EXPECT_TRUE(std::regex_search(it.error, place) || it.error.find("split.") != std::string::npos)
        << it.error << "\n---\n"
        << text;
  }
  EXPECT_GT(refused, 250);
}

TEST(Settings, AFlagSetsWhatAFileSets) {
  Settings settings;
  Origins origins;
  set_setting("model.hidden=[8, 4]", "--set", settings, origins);
  set_setting("trainer.optimizer=sgd", "--set", settings, origins);
  set_setting("data.trim_labels=.", "--set", settings, origins);
  set_setting("trainer.learning_rate=auto", "--set", settings, origins);
  EXPECT_EQ(settings.model.hidden, (std::vector<Index>{8, 4}));
  EXPECT_EQ(settings.trainer.optimizer, "sgd");
  EXPECT_EQ(settings.data.trim_labels, ".");
  EXPECT_EQ(origins.at("model.hidden"), "--set");
  for (const std::string bad :
       {"", "=", "seed", "seed=", "seed=x", "trainer.epochs=0", "trainer.epoch=1", "model=3", "seed=1\nname=\"x\""})
    EXPECT_THROW(set_setting(bad, "--set", settings, origins), Error) << bad;
}

TEST(Settings, SharesAndNamesMustFit) {
  EXPECT_NE(read("[split]\ntrain = 0.9\nvalid = 0.3\n").error, "");
  EXPECT_NE(read("[split]\nby = \"group\"\n").error, "");
  EXPECT_NE(read("[output]\ntask = \"regression\"\nloss = \"cross_entropy\"\n").error, "");
}

TEST(Settings, ConflictsAreShownWithTheOtherMistakes) {
  const std::string text = "[split]\ntrain = 0.9\n[trainer]\nepoch = 3\nschedule = { warmup = \"soon\" }\n";
  const Read it = read(text);
  for (const std::string expected :
       {"fathom.toml:2:9", "fathom.toml:4:1", "fathom.toml:5:23", "3 errors in fathom.toml; nothing was run"})
    EXPECT_NE(it.error.find(expected), std::string::npos) << expected << " in\n" << it.error;
  // A flag may still make it fit, so alone it is no mistake of the file.
  Settings settings;
  Origins origins;
  read_settings("[split]\ntrain = 0.9\n", "fathom.toml", settings, origins);
  EXPECT_EQ(conflicts(settings).size(), 1u);
  set_setting("split.valid=0", "--set", settings, origins);
  EXPECT_TRUE(conflicts(settings).empty());
}

TEST(Settings, ValuesThatNothingReadsAreConflicts) {
  for (const char* text :
       {"[split]\nkey = \"a\"\n", "[split]\nkey = \"a\"\nby = \"stratified\"\n",
        "[output]\ntask = \"regression\"\nlabel_smoothing = 0.1\n",
        "[output]\nname = \"y\"\n[[input]]\nname = \"y\"\ntype = \"ignored\"\n",
        "[output]\nname = \"y\"\n[[input]]\nname = \"y\"\nwidth = 3\n",
        "[trainer.schedule]\ntype = \"plateau\"\nfactor = 1.0\n", "[trainer.schedule]\nwarmup = \"-3\"\n",
        "[[input]]\nname = \"a\"\n[[input]]\nname = \"a\"\n"})
    EXPECT_EQ(read(text).code, Code::config) << text;
  for (const char* text : {"[split]\nkey = \"a\"\nby = \"hash\"\n",
                           "[output]\nname = \"y\"\n[[input]]\nname = \"y\"\ntype = \"category\"\n",
                           "[trainer.schedule]\nwarmup = 100\n", "[trainer]\nmomentum = \"auto\"\n"})
    EXPECT_EQ(read(text).error, "") << text;
  EXPECT_EQ(read("[trainer.schedule]\nwarmup = 100\n").settings.schedule.warmup, "100");
}

TEST(Settings, DurationsReadBack) {
  EXPECT_EQ(parse_duration("10m"), 600);
  EXPECT_EQ(parse_duration("1h30m"), 5400);
  EXPECT_EQ(parse_duration("45s"), 45);
  EXPECT_EQ(parse_duration("90"), 90);
  EXPECT_EQ(parse_duration("1.5s"), 1.5);
  for (const std::string bad : {"", "m", "10x", "-5s", "1h1h", "nan", "10 m s"})
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  for (const double seconds : {0.0, 1.0, 59.0, 60.0, 61.0, 3600.0, 5400.0, 86400.0, 0.25})
    EXPECT_EQ(parse_duration(show_duration(seconds)), seconds);
}

}  // namespace
}  // namespace fathom
