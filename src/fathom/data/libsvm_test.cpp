#include "fathom/data/libsvm.hpp"

#include "support/test_files.hpp"

namespace fathom {
namespace {

Table read_text(const std::string& text, Index most = 4096) { return read_libsvm(bytes_of(text), "file.svm", most); }

TEST(Libsvm, FillsWhatIsNotWrittenWithZero) {
  const Table table = read_text("1 1:0.5 3:-2 # a note\n\n-1 2:1e3\r\n+1 qid:7 3:1\n0");
  EXPECT_EQ(table.rows, 4);
  ASSERT_EQ(table.columns.size(), 4u);
  EXPECT_EQ(table.find("label")->numbers, (std::vector<float>{1, -1, 1, 0}));
  EXPECT_EQ(table.columns[1].numbers, (std::vector<float>{0.5f, 0, 0, 0}));
  EXPECT_EQ(table.columns[2].numbers, (std::vector<float>{0, 1000, 0, 0}));
  EXPECT_EQ(table.columns[3].numbers, (std::vector<float>{-2, 0, 1, 0}));
  EXPECT_EQ(table.place(1), "file.svm:3");
}

TEST(Libsvm, KnowsItsOwn) {
  EXPECT_TRUE(looks_like_libsvm("1 1:0.5 3:-2\n"));
  EXPECT_FALSE(looks_like_libsvm("a,b,c\n1,2,3\n"));
  EXPECT_FALSE(looks_like_libsvm("1.5\n2.5\n"));
  EXPECT_FALSE(looks_like_libsvm(""));
}

TEST(Libsvm, NamesTheLineOfAMistake) {
  for (const std::string bad :
       {"1 1:x", "x 1:1", "1 1", "1 -3:1", "1 1.5:2", "1 3:1 2:1", "1 2:1 2:1", "1 555555555555555555551:1"}) {
    const Error error = error_from([&] { read_text("1 1:1\n" + bad + "\n"); });
    EXPECT_EQ(error.code(), Code::data) << bad;
    EXPECT_EQ(error.where(), "file.svm:2") << bad;
  }
  EXPECT_NE(std::string(error_from([] { read_text("1 1:1 2:1 3:1\n", 2); }).what()).find("more than 2"),
            std::string::npos);
  EXPECT_EQ(error_from([] { read_text("\n\n"); }).code(), Code::data);
}

}  // namespace
}  // namespace fathom
