// Experiments at large, and of batch and rate, in Chinese.
#include "chinese/tables.hpp"

namespace fathom::app {

std::span<const Translation> chinese_lab() {
  static constexpr Translation table[] = {
      // --- the laboratory at large
      {"there is no experiment \"{}\"", "没有名为“{}”的实验"},
      {"the experiments are {}", "可用的实验有 {}"},
      {"--time-limit must be a time such as 10m, not \"{}\"", "--time-limit 必须是时间，如 10m，而不是“{}”"},
      {"--{} is not of the experiment {}", "--{} 不属于实验 {}"},
      {"--{} must be one of {}, not \"{}\"", "--{} 必须是 {} 之一，而不是“{}”"},
      {"epoch {}/{}", "第 {}/{} 轮"},
      {"Measured on {}: {} training and {} validation rows; {} seeds for each variant.",
       "在 {} 上测量：训练 {} 行，验证 {} 行；每种设置用 {} 个种子。"},
      {"The time limit ended the experiment before all of its trainings were done: what follows is of those that were. "
       "The same command with more time goes on from here.",
       "时间用尽时仍有训练未完成：以下只含已完成的训练。用同一命令并给出更多时间即可继续。"},
      {"What was found", "发现"},
      {"Each interval is that of one comparison: of many that are compared, one may lead by chance.",
       "每个区间只属于一次比较：比较得多了，总有一个可能偶然领先。"},
      {"What this means for your training", "这对你的训练意味着什么"},
      {"What was set", "设置"},
      {"{} (95 %: {} to {})", "{}（95 %：{} 至 {}）"},
      {"{}, {}", "{}（{}）"},
      {"training loss", "训练损失"},
      {"validation loss", "验证损失"},
      {"Of the weights that each training kept: the mean over the seeds ± half of its 95 % interval.",
       "各次训练所保留的权重：各种子的平均 ± 95 % 区间的一半。"},
      {"training loss", "训练损失"},
      {"validation loss", "验证损失"},
      {"{} more findings are on the page.", "页面上还有 {} 项发现。"},
      // --- lab batch
      {"how many rows an update should see: what it costs, what the trainings reach, how noisy gradients are",
       "每次更新该看多少行：代价、训练结果与梯度噪声"},
      {"Batch size", "批大小"},
      {"How many rows should an update see? The same network is trained with batches from one row to all of them, each "
       "for as many epochs, and what an update costs and how noisy its gradient is are measured.",
       "每次更新该看多少行？同一个网络分别以一行直到全部行为一批来训练，轮数相同；并测量每次更新的代价和梯度的噪声。"},
      {"batch {}", "批大小 {}"},
      {"1 thread", "1 个线程"},
      {"{} threads", "{} 个线程"},
      {"{} µs", "{} 微秒"},
      {"{} ms", "{} 毫秒"},
      {"{} s", "{} 秒"},
      {"{} min", "{} 分钟"},
      {"one training takes about {}, longer than the time limit of {}", "一次训练约需 {}，超过了时间上限 {}"},
      {"give a longer --time-limit, or fewer --epochs; what is done is kept",
       "请增大 --time-limit，或减小 --epochs；已完成的部分已保存"},
      {"batch size (rows)", "批大小（行）"},
      {"Time of one update by batch size", "一次更新的时间与批大小"},
      {"A line for each number of threads.", "每种线程数一条线。"},
      {"time of one update (ms)", "一次更新的时间（毫秒）"},
      {"rows per second", "每秒行数"},
      {"twice batch {}", "批大小 {} 的两倍"},
      {"linear from {}", "从 {} 起线性"},
      {"Forward, backward and optimizer, the rows in memory: the median of repeated timings that take turns, and the "
       "band "
       "of their middle half.",
       "前向、反向与优化器，数据已在内存中：各批大小轮流多次计时，取中位数；色带为居中的一半。"},
      {"Time of one epoch by batch size", "一轮的时间与批大小"},
      {"time of one epoch (s)", "一轮的时间（秒）"},
      {"yours", "你的设置"},
      {" (yours)", "（你的设置）"},
      {"your batch", "你的批大小"},
      {"The median step of the training loop, rows gathered, times the steps of an epoch; without judging on "
       "validation "
       "rows.",
       "训练循环一步时间（含取行）的中位数乘以每轮步数；不含在验证行上的评估。"},
      {"A line for each batch size, the mean of its seeds.", "每种批大小一条线，为各种子的均值。"},
      {"What the trainings reach by batch size", "训练结果与批大小"},
      {"Training and validation, with intervals.", "训练与验证，附区间。"},
      {"Of the weights that each training kept, those of its best epoch: means over the seeds with their 95 % "
       "intervals.",
       "取每次训练保留的权重，即最好一轮的权重：各种子的均值与 95 % 区间。"},
      {"Gradient noise scale", "梯度噪声尺度"},
      {"Two estimates with intervals, at the beginning and when trained.", "训练前与训练后各两种估计，附区间。"},
      {"from norms at two batch sizes", "由两种批大小的梯度范数"},
      {"from gradients of many batches", "由许多批的梯度"},
      {"estimate", "估计方法"},
      {"noise scale (rows)", "噪声尺度（行）"},
      {"95 % interval", "95 % 区间"},
      {"trace of the covariance", "协方差的迹"},
      {"squared gradient", "梯度范数的平方"},
      {"norms", "范数"},
      {"gradients", "梯度"},
      {"at the beginning", "训练前"},
      {"when trained", "训练后"},
      {"What an update and an epoch cost", "一次更新与一轮的代价"},
      {"Larger batches than these need more memory than is free.", "更大的批所需内存超过可用内存。"},
      {"What the trainings reach", "训练结果"},
      {"Left out, since the time limit is too short for their trainings: batch {}.",
       "因时间上限不够训练而略去的批大小：{}。"},
      {"The same loss by updates, by epochs and by time", "同一损失：按更新次数、按轮数、按时间"},
      {"Loss by updates", "损失与更新次数"},
      {"updates", "更新次数"},
      {"Loss by epochs", "损失与轮数"},
      {"epochs", "轮数"},
      {"Loss by time", "损失与时间"},
      {"seconds", "秒"},
      {"Time is that of the epochs on {}, measured with the machine to itself; the trainings ran side by side.",
       "时间为单独测得的 {} 下每轮的时间；各训练是并行运行的。"},
      {"The noise in the gradient", "梯度中的噪声"},
      {"The noise scale is the number of rows at which the noise of a batch's gradient is as strong as the gradient "
       "itself: the trace of the covariance of single rows' gradients over the squared norm of the mean gradient. Well "
       "below it, twice the batch needs about half the updates; well above it, about as many (McCandlish et al. 2018).",
       "噪声尺度是一批梯度的噪声与梯度本身一样强时的行数：单行梯度协方差的迹除以平均梯度范数的平方。远小于它时，批大小"
       "加倍，更新次数约减半；远大于它时，更新次数几乎不变（文献：arXiv 1812.06162）。"},
      {"Intervals of 95 % from resampled draws; where one has no end, the draws do not tell the mean gradient from "
       "zero.",
       "95 % 区间由重抽样得到；没有上界的区间表示样本分辨不出平均梯度与零。"},
      {"The best {} on validation rows is that of batch {}: {}.", "验证集上最好的{}来自批大小 {1}：{2}。"},
      {"Batch {} diverged in {} of {} trainings.", "批大小 {} 的训练发散：{} 次，共 {} 次。"},
      {"The trainings of batch {} did not come to their end.", "批大小 {} 的训练没有完成。"},
      {"Batch {} ends {} behind it, by the one seed there is.", "批大小 {} 落后 {}（仅一个种子）。"},
      {"The gradient noise scale is {} rows at the beginning ({}).", "梯度噪声尺度在训练前为 {} 行（{}）。"},
      {"Try trainer.batch_size = {}: on average it ends {} better than your {}, though these seeds do not make it "
       "sure; an "
       "epoch takes {} in place of {}.",
       "可试 trainer.batch_size = {}：平均结果比你的 {2} 好 {1}，但这些种子还不能确定；一轮需 {3}，而不是 {4}。"},
      {"Batch {} ends {} behind it, but the seeds do not agree: by them, the two cannot be told apart.",
       "批大小 {} 落后 {}，但各种子并不一致：由此无法区分二者。"},
      {"Batch {} ends {} behind it, and its training loss is {} higher as well: it is optimization that lacks, with {} "
       "updates in place of {}.",
       "批大小 {} 落后 {}，训练损失也高出 {}：缺的是优化，它只更新了 {} 次，而不是 {} 次。"},
      {"Batch {} ends {} behind it, and its training loss is {} higher as well: the noise of so few rows, at this "
       "learning rate, keeps it from going lower.",
       "批大小 {} 落后 {}，训练损失也高出 {}：在此学习率下，行数太少带来的噪声使它无法更低。"},
      {"Batch {} ends {} behind it, though its training loss is {} lower: what it learns holds less on new rows.",
       "批大小 {} 落后 {}，而训练损失却低 {}：它学到的在新数据上不如前者。"},
      {"Batch {} ends {} behind it; by their training losses the two cannot be told apart.",
       "批大小 {} 落后 {}；从训练损失看，二者无法区分。"},
      {"On {}, one update of {} row takes {}, and one of {} already twice as long.",
       "用 {} 时，{} 行的一次更新需 {}，而 {} 行的已需两倍时间。"},
      {"On {}, no batch costs twice an update of one row ({}): up to all {} rows it takes {}.",
       "用 {} 时，没有哪种批大小达到一行更新（{}）的两倍时间：全部 {} 行也只需 {}。"},
      {"On {}, an update stays under twice that of one row ({}) up to batch {} ({}).",
       "用 {} 时，直到批大小 {2}（{3}），一次更新都不到一行更新（{1}）的两倍时间。"},
      {"From batch {} on, time grows in proportion to the rows (to the power {:.2f}).",
       "从批大小 {} 起，时间与行数成正比（指数为 {}）。"},
      {"Within the sizes measured, time does not come to grow in proportion to the rows.",
       "在所测范围内，时间还没有与行数成正比。"},
      {"An epoch takes {} in batches of {} and {} in batches of {}, on {}.",
       "用 {4} 时，批大小为 {1} 的一轮需 {0}，批大小为 {3} 的需 {2}。"},
      {"Half of the sizes reach a validation loss of {}: first by time batch {}, after {}; by updates batch {}, after "
       "{}; "
       "by epochs batch {}, after {}.",
       "半数批大小达到了验证损失 {}：按时间最先的是批大小 {}，用时 {}；按更新次数是 {}，在 {} 次之后；按轮数是 "
       "{}，在第 {} "
       "轮。"},
      {"both estimates agree", "两种估计一致"},
      {"the two estimates do not agree", "两种估计不一致"},
      {"The gradient noise scale is {} rows at the beginning; of the trained weights, these draws do not tell the "
       "gradient from noise ({}).",
       "梯度噪声尺度在训练前为 {} 行；对训练后的权重，这些样本分辨不出梯度与噪声（{}）。"},
      {"The gradient noise scale is {} rows at the beginning and {} when trained ({}): it suggests batches of about "
       "{}.",
       "梯度噪声尺度在训练前为 {} 行，训练后为 {} 行（{}）：建议的批大小约为 {}。"},
      {"Nothing is advised before all of the trainings are done: the same command with a longer --time-limit goes on. "
       "One "
       "training takes about {}.",
       "在全部训练完成之前不作建议：用更长的 --time-limit 再次运行同一命令即可继续。一次训练约需 {}。"},
      {"The gradient noise scale is {} rows at the beginning and {} when trained ({}): it bears batches of at least "
       "{}.",
       "梯度噪声尺度在开始时为 {} 行，训练后为 {} 行（{}）：它至少容许 {} 的批量。"},
      {"The gradient noise bears at least {} rows: a larger batch than {} could do with fewer updates, if the rate is "
       "raised with it.",
       "梯度噪声至少容许 {} 行：比 {} 更大的批量可以用更少的更新，前提是随之提高学习率。"},
      {"The gradient noise bears at least {} rows: it is no reason for smaller batches than {}.",
       "梯度噪声至少容许 {} 行：它不是使用小于 {} 的批量的理由。"},
      {"Keep trainer.batch_size = {}: of the sizes that end as well, none has a shorter epoch.",
       "保留 trainer.batch_size = {}：在结果同样好的批大小中，没有哪种每轮更快。"},
      {"Set trainer.batch_size = {}: it ends {} better than your {}, and an epoch takes {} in place of {}.",
       "请设 trainer.batch_size = {}：结果比你的 {2} 好 {1}，一轮需 {3}，而不是 {4}。"},
      {"Set trainer.batch_size = {}: by these seeds it ends as well as the best, and an epoch takes {} in place of {} "
       "with your {}.",
       "请设 trainer.batch_size = {}：就这些种子看，结果与最好的一样，一轮需 {1}，而你的 {3} 需 {2}。"},
      {"With it goes trainer.learning_rate = {}, as --scale {} makes it.",
       "与之相配的是 trainer.learning_rate = {}（由 --scale {} 得出）。"},
      {"One seed shows no more than a tendency: --seeds 3 would tell how far its results can be trusted.",
       "一个种子只能显示趋势：用 --seeds 3 才知道结果有多可靠。"},
      {"If batches of {} are wanted for speed, they need more from each update: see whether a higher rate makes up for "
       "it "
       "(--scale linear with SGD, --scale sqrt with Adam), or raise trainer.epochs.",
       "若为了速度想用批大小 {}，每次更新就要走得更远：可用 --scale 看更高的学习率能否弥补，或增大 trainer.epochs。"},
      {"A higher rate (--scale {}) does not make up for the few updates of batches of {}: they need more "
       "trainer.epochs.",
       "更高的学习率（--scale {}）弥补不了批大小 {} 的更新次数之少：需要增大 trainer.epochs。"},
      {"The gradient noise suggests about {} rows: batches of {} spend more rows on an update than its gradient needs.",
       "梯度噪声建议约 {} 行：批大小 {} 在每次更新上用的行数多于梯度所需。"},
      {"The gradient noise suggests about {} rows: a larger batch than {} could do with fewer updates, if the rate is "
       "raised with it.",
       "梯度噪声建议约 {} 行：若学习率随之提高，比 {} 更大的批可用更少的更新完成训练。"},
      {"The gradient noise, which suggests about {} rows, agrees.", "梯度噪声建议约 {} 行，与此相符。"},
      // --- lab rate
      {"which learning rates the training bears, by a range test and at x0.1, x1 and x10",
       "训练能承受怎样的学习率：范围测试，以及 0.1、1、10 倍学习率的训练"},
      {"The learning rate", "学习率"},
      {"Which learning rates does this training bear, and what happens a factor of ten below and above?",
       "这个训练能承受怎样的学习率？低十倍和高十倍时又会怎样？"},
      {"a tenth of the rate", "学习率的十分之一"},
      {"the rate", "该学习率"},
      {"ten times the rate", "学习率的十倍"},
      {"hardly moves", "几乎不动"},
      {"is still falling", "仍在下降"},
      {"converges", "收敛"},
      {"oscillates", "振荡"},
      {"diverges", "发散"},
      {"{} in {}", "{}：{} 个"},
      {"Range test: the loss while the rate grows", "范围测试：学习率增大时的损失"},
      {"The loss of each batch against the learning rate of the update before it, and its running mean.",
       "每个批次的损失对其前一次更新的学习率，及其滑动平均。"},
      {"of single batches", "单个批次"},
      {"running mean, a line for each seed", "滑动平均，每个种子一条线"},
      {"suggested", "建议"},
      {"blows up", "爆炸"},
      {"Range test: the loss falls at no rate before it blows up at {:.2g}.",
       "范围测试：损失在任何学习率下都未下降，到 {:.2g} 时爆炸。"},
      {"Range test: the loss falls at no rate from {:.2g} to {:.2g}.",
       "范围测试：学习率从 {:.2g} 到 {:.2g}，损失都未下降。"},
      {"Range test: the loss falls and holds up to rate {:.2g}, and blows up at {:.2g}.",
       "范围测试：学习率到 {:.2g} 为止损失下降并保持，到 {:.2g} 时爆炸。"},
      {"Range test: the loss falls and holds up to rate {:.2g}, and does not blow up until {:.2g}.",
       "范围测试：学习率到 {:.2g} 为止损失下降并保持，直到 {:.2g} 也未爆炸。"},
      {"It suggests a rate of {:.2g}, but the seeds do not agree: theirs differ by a factor of {:.2g}.",
       "它建议学习率 {:.2g}，但各种子不一致：相差 {:.2g} 倍。"},
      {"It suggests a rate of {:.2g}, 1/{:g} of that.", "它建议学习率 {:.2g}，即前者的 1/{:g}。"},
      {"At {:.3g}, {}, the seeds do not agree: {}.", "{:.3g}（{}）：各种子不一致：{}。"},
      {"At {:.3g}, {}, the training {}: its loss is no longer a finite number.",
       "{:.3g}（{}）：训练{}：损失不再是有限的数。"},
      {"At {:.3g}, {}, the training {}: the loss fell by {} of what the best did, and rose again by up to {}.",
       "{:.3g}（{}）：训练{}：损失的下降为最好者的 {}，其间最多回升 {}。"},
      {"what the loss does (seeds)", "损失的走向（种子数）"},
      {"it fell by", "下降"},
      {"it gave back", "回升"},
      {"Shares of the fall from the loss before training, or where it is lower that of a network which says the same "
       "of "
       "every row, to the lowest that any of the trainings of the same seed reached; the median of the seeds. Fell: "
       "until the last quarter of the epochs, by their median. Gave back: the highest rise above the lowest loss "
       "before "
       "it. Hardly moves: fell less than {}. Converges: fell {} or more; still falling: between them. Oscillates: gave "
       "back more than {}. Diverges: gave that much back, fell less than {}, and ends that much above its lowest or "
       "rose "
       "above twice the start; or the loss is no longer a finite number.",
       "均为占总降幅的份额：总降幅从训练前的损失（若对每行说同样的话的网络损失更低，则从后者）到同一种子各训练所达最低"
       "；取各种子的中位数。下降：到最后四分之一轮为止，取其中位数。回升：高出此前最低损失的最大幅度。几乎不动：下降少"
       "于 {}。收敛：下降 {} 或更多；仍在下降：介于两者之间。振荡：回升超过 {}。发散：回升超过此数、下降少于 "
       "{}，并且最后仍高出最低值同样之多或曾升至起始值的两倍以上；或损失不再是有限的数。"},
      {"Loss by epoch at three rates", "三种学习率下各轮的损失"},
      {"A line for each rate, the mean of its seeds, in a band from the lowest to the highest.",
       "每种学习率一条线，为各种子的平均；色带从最低到最高。"},
      {"Which rates it bears", "能承受的学习率"},
      {"One training of at most {} updates for each seed, whose rate grows from {:.2g} to {:.2g} by the same factor "
       "with "
       "each. The running mean reaches back over {:.0f} updates. It blows up where the loss is no longer a finite "
       "number, or where the mean has given back half of what it had gained and has risen by 8 times its standard "
       "error. It bears the rates up to the last one after which the mean was within 2 standard errors of its lowest; "
       "suggested is 1/{:g} of that. Over the seeds, geometric means.",
       "每个种子一次训练，至多 {} 次更新，学习率从 {:.2g} 起每次乘以同一因子，直到 {:.2g}。滑动平均回看约 {:.0f} "
       "次更新。损失不再是有限的数，或滑动平均已交还一半降幅并回升达标准误的 8 "
       "倍，即为爆炸。能承受的学习率到滑动平均最后一次处于最低值 2 个标准误以内为止；建议值为其 "
       "1/{:g}。各种子之间取几何平均。"},
      {"A tenth, once, ten times", "十分之一、一倍、十倍"},
      {"Full trainings around your rate, {:.3g}.", "围绕所设学习率 {:.3g} 的完整训练。"},
      {"Full trainings around the suggested rate, {:.3g}.", "围绕建议学习率 {:.3g} 的完整训练。"},
      {"Full trainings around the rate that is taken where none is set, {:.3g}.",
       "围绕未设时所用学习率 {:.3g} 的完整训练。"},
      {"No training came to its end at any of the three rates: set trainer.learning_rate = {:.2g}, the suggestion or a "
       "hundredth of yours, and run this again.",
       "三种学习率下都没有训练完成：请设置 trainer.learning_rate = {:.2g}（建议值，或所设值的百分之一），再运行一次。"},
      {"Keep trainer.learning_rate = {:.3g}: the validation loss ends {} lower than at {:.3g}.",
       "保持 trainer.learning_rate = {:.3g}：验证损失比 {2:.3g} 时低 {1}。"},
      {"Keep trainer.learning_rate = {:.3g}: none of the others ends lower.",
       "保持 trainer.learning_rate = {:.3g}：其他学习率都没有更低的结果。"},
      {"Set trainer.learning_rate = {:.3g}: at {:.3g} {} of {} trainings diverge.",
       "请设 trainer.learning_rate = {:.3g}：学习率为 {:.3g} 时 {3} 次训练中有 {2} 次发散。"},
      {"Set trainer.learning_rate = {:.3g}: neither a tenth nor ten times of it ends lower.",
       "请设 trainer.learning_rate = {:.3g}：它的十分之一和十倍都不会更低。"},
      {"{:.3g} ends {} lower than {:.3g}, by the one seed there is: --seeds 3 would tell whether that holds.",
       "就唯一的种子而言，{:.3g} 的结果比 {2:.3g} 低 {1}：--seeds 3 可说明是否如此。"},
      {"In the last epoch the training loss of a constant rate is {} below that of the cosine: the falling rate stops "
       "it on "
       "its way.",
       "在最后一轮，恒定学习率的训练损失比余弦低 {}：下降的学习率使它半途停下。"},
      {"A constant rate ends {} higher, by the one seed there is.", "就唯一的种子而言，恒定学习率的结果高 {}。"},
      {"Set trainer.learning_rate = {:.3g}: the validation loss ends {} lower than at {:.3g}.",
       "设置 trainer.learning_rate = {:.3g}：验证损失比 {2:.3g} 时低 {1}。"},
      {"{:.3g} ends {} lower than {:.3g}, but the seeds do not agree: keep trainer.learning_rate = {:.3g}, or ask more "
       "seeds (--seeds).",
       "{:.3g} 的结果比 {2:.3g} 低 {1}，但各种子不一致：保持 trainer.learning_rate = {3:.3g}，或增加种子（--seeds）。"},
      {"In the range test the loss blows up at {:.2g} already, below {:.3g}: what keeps the training is its schedule.",
       "在范围测试中，损失在 {:.2g} 时就已爆炸，低于 {:.3g}：是学习率计划维持着训练。"},
      {"In the range test the loss blows up at {:.2g}, {:.2g} times as high as {:.3g}.",
       "在范围测试中，损失在 {:.2g} 时爆炸，为 {2:.3g} 的 {1:.2g} 倍。"},
      {"Single batches above {} are left out.", "高于 {} 的单个批次未画出。"},
  };
  return table;
}

}  // namespace fathom::app
