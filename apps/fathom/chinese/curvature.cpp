// Where a run stands on its loss, in Chinese.
#include "chinese/tables.hpp"

namespace fathom::app {

std::span<const Translation> chinese_curvature() {
  static constexpr Translation table[] = {
      {"{} rows were asked for, and the {} part has {}", "要求 {} 行，而 {} 部分只有 {} 行"},
      {"the model has no parameters that are learned", "模型没有可学习的参数"},
      {"the rows that curvature is asked for have a weight of 0", "计算曲率所用各行的权重之和为 0"},
      {"a product with the matrix of curvature is not finite", "与曲率矩阵的乘积不是有限数"},
      {"the eigenvalues of a matrix could not be found", "未能求出矩阵的特征值"},
      {"the Gauss-Newton matrix needs a loss that reads the parameters through the outputs alone",
       "高斯-牛顿矩阵要求损失只经由输出依赖参数"},
      {"{} rows cannot be dealt into {} groups", "{} 行无法分成 {} 组"},
      {"{} rows are {} chunks of {} rows, and an interval needs at least 2",
       "{} 行只够 {} 块（每块 {} 行），而区间至少需要 2 块"},
      {"row {} cannot prove a direction that was found on it: a witness needs fresh rows",
       "第 {} 行曾用于寻找该方向，不能再用来证明它：证据需要新的行"},
      {"still descending", "仍在下降"},
      {"at the noise floor", "已到噪声水平"},
      {"local minimum", "局部极小值"},
      {"local maximum", "局部极大值"},
      {"saddle", "鞍点"},
      {"saddle, escapable", "可逃离的鞍点"},
      {"plateau, no way out", "平台区，无出路"},
      {"degenerate", "退化的临界点"},
      {"not enough evidence", "证据不足"},
      {"--checkpoint must be best, last or the number of an epoch, not \"{}\"",
       "--checkpoint 必须是 best、last 或轮次编号，而不是“{}”"},
      {"run {} has no checkpoint \"{}\" yet", "运行 {} 还没有检查点“{}”"},
      {"{} has a weight that is not finite, in {}", "{} 的 {} 中有不是有限数的权重"},
      {"use --checkpoint best, or the number of an earlier epoch that was kept",
       "请使用 --checkpoint best，或所保留的更早轮次的编号"},
      {"a training writes it at the end of its first epoch", "训练在第一轮结束时写入它"},
      {"--rows all takes all that there are", "--rows all 会取全部的行"},
      {"all of them are in trainer.freeze", "它们全部在 trainer.freeze 中"},
      {"put the old file back", "请放回原来的文件"},
      {"best", "最佳"},
      {"last", "最后"},
      {"run {}, {} checkpoint: {} weights, {} of {} training rows, {}",
       "运行 {}，{}检查点：{} 个权重，训练部分 {} 行（共 {} 行），{}"},
      {"A step that follows the gradient lowers the loss from {} to {}: this is no critical point.",
       "顺着梯度走一步使损失从 {} 降到 {}：这不是临界点。"},
      {"Groups of rows do not agree on a gradient (p = {}): what these rows have of it may be chance, and more rows or "
       "another point would be needed to say more.",
       "各组行的梯度并不一致（p = {}）：这些行上的梯度可能只是偶然，要说得更多，需要更多的行或另一个位置。"},
      {"All {} eigenvalues are above 0: a local minimum of the loss of these rows.",
       "全部 {} 个特征值都大于 0：是这些行上损失的局部极小值。"},
      {"Every eigenvalue that was computed is above 0, and with {} % confidence none is below {}: a local minimum "
       "within "
       "this bound.",
       "算出的特征值都大于 0，且有 {} % 的把握没有特征值低于 {}：在此界限内是局部极小值。"},
      {"No direction goes up: a local maximum. The least negative eigenvalue is {}.",
       "没有向上的方向：是局部极大值。最接近 0 的特征值为 {}。"},
      {"No step along the most negative direction, to either side, lowers the loss {} of all rows.",
       "沿最负的方向向两侧迈步，都不能使全部行的损失低于 {}。"},
      {"The way out was tried: a step of length {} along the most negative direction takes the loss of all rows from "
       "{} to {}.",
       "已试过出路：沿最负的方向迈出长度为 {} 的一步，全部行的损失从 {} 变为 {}。"},
      {"Then {} pairs of trainings went on for {} updates, with the step and without it; some diverged, so they tell "
       "nothing.",
       "随后有 {} 对训练分别在迈步与不迈步之后继续 {} 次更新；其中有的发散，因此说明不了什么。"},
      {"Then {} pairs of trainings went on for {} updates: without the step they end at {}, from behind it at {}, "
       "lower by {} (95 %: {} to {}).",
       "随后有 {} 对训练各继续 {} 次更新：不迈步的止于 {}，迈步的止于 {}，低 {}（95 %：{} 至 {}）。"},
      {"fathom resume {} --escape goes on from behind the step.", "fathom resume {} --escape 从这一步之后继续。"},
      {"loss of all rows", "全部行的损失"},
      {"here", "当前位置"},
      {"behind the step", "迈步之后"},
      {"Along the most negative direction", "沿最负的方向"},
      {"the loss from {} at a step of 0 to {} at a step of {}", "损失从步长 0 处的 {} 到步长 {2} 处的 {1}"},
      {"length of the step", "步长"},
      {"The way out", "出路"},
      {"The loss of all training rows along both sides of the most negative direction.",
       "全部训练行的损失，沿最负方向的两侧。"},
      {"loss without the step", "不迈步的损失"},
      {"loss from behind it", "迈步之后的损失"},
      {"a way out is tried with at least 3 seeds, not {}", "试探出路至少需要 3 个种子，而不是 {}"},
      {"the loss is not finite where a way out was looked for", "寻找出路之处的损失不是有限数"},
      {"weights of another layout cannot be taken over", "不能接收布局不同的权重"},
      {"run {} has no way out that was found", "运行 {} 没有找到过出路"},
      {"fathom curvature {} --checkpoint last looks for one", "用 fathom curvature {} --checkpoint last 寻找"},
      {"run {} has done its {} epochs", "运行 {} 已做完 {} 轮"},
      {"fathom resume {} --escape --epochs {}", "fathom resume {} --escape --epochs {}"},
      {"The training loss has not moved for {} epochs: looking where it stands.",
       "训练损失已有 {} 轮没有变化：查看它停在何处。"},
      {"It stands still: {}.", "停滞原因：{}。"},
      {"It moves slowly: a step along the gradient still gains.", "进展缓慢：沿梯度走一步仍能降低损失。"},
      {"It leaves a saddle: a step along the most negative direction takes the loss of all rows from {} to {}, and {} "
       "pairs of trainings end lower behind it by {}.",
       "离开鞍点：沿最负的方向迈一步，全部行的损失从 {} 变为 {}，{} 对训练在迈步之后低 {}。"},
      {"the gradient", "梯度"},
      {"all {} eigenvalues", "全部 {} 个特征值"},
      {"{} eigenvalues of each end, by at most {} products", "两端各 {} 个特征值，至多 {} 次乘积"},
      {"trace and density", "迹与密度"},
      {"the way out: a line search, and {} trainings", "出路：一次线搜索与 {} 次训练"},
      {"epoch {}: loss {}, largest eigenvalue {}, smallest {}", "第 {} 轮：损失 {}，最大特征值 {}，最小 {}"},
      {"run {} has kept no weights of its epochs", "运行 {} 没有保留各轮的权重"},
      {"train with --set trainer.keep_checkpoints=1", "训练时加上 --set trainer.keep_checkpoints=1"},
      {"a matrix of {} dimensions cannot be divided by {} numbers", "{} 维的矩阵不能除以 {} 个数"},
      {"a matrix cannot be divided by {}", "矩阵不能除以 {}"},
      {"largest eigenvalue", "最大特征值"},
      {"smallest eigenvalue", "最小特征值"},
      {"what the rate bears", "学习率所能承受的"},
      {"noise scale, rows", "噪声尺度（行）"},
      {"Sharpness along the training", "训练过程中的锐度"},
      {"the largest eigenvalue goes from {} at epoch {} to {} at epoch {}",
       "最大特征值从 {1} 轮的 {0} 到第 {3} 轮的 {2}"},
      {"The largest eigenvalue goes from {} (epoch {}) to {} (epoch {}); its highest, {}, is at epoch {}.",
       "最大特征值从 {}（第 {} 轮）到 {}（第 {} 轮）；最高为 {}，在第 {} 轮。"},
      {"At {} of {} checkpoints some direction bends down.", "在 {1} 个检查点中，有 {0} 个存在向下弯曲的方向。"},
      {"largest, as the optimizer divides", "最大者（按优化器所除）"},
      {"Of the Hessian as {} divides it, the largest eigenvalue is above what the rate bears (dashed) at {} of {} "
       "checkpoints.",
       "按 {} 所除过的海森矩阵，最大特征值在 {2} 个检查点中有 {1} 个超过学习率所能承受的值（虚线）。"},
      {"It is above what the rate of {} bears (dashed) at {} of {} checkpoints.",
       "在 {2} 个检查点中，有 {1} 个超过 {0} 的学习率所能承受的值（虚线）。"},
      {"With small batches a training can be unstable below that edge: their noise sets one of its own.",
       "小批量训练在这一边界以下也可能不稳定：其噪声另有界限。"},
      {"Curvature along run {}: {}", "运行 {} 沿途的曲率：{}"},
      {"Each point is a checkpoint that was kept.", "每个点是一个保留的检查点。"},
      {"Over {} of {} training rows, the same at each checkpoint.", "取训练部分的 {} 行（共 {} 行），各检查点相同。"},
      {"The loss of these rows bends down, but other rows do not prove it: more rows would settle it (--rows).",
       "这些行的损失在此向下弯曲，但其他行未能证明：更多的行可以判定（--rows）。"},
      {"The loss bends down with curvature {}, but only {} is left after a step along the gradient: what goes with the "
       "gradient is no saddle yet. Training on, at a lower rate, would settle it.",
       "损失以曲率 {} 向下弯曲，但顺着梯度走一步后只剩 {}：随梯度消失的还不是鞍点。以较低的学习率继续训练可以判定。"},
      {"Some eigenvalues are not known sharply enough to tell their sign: more products would settle it (--products).",
       "有些特征值不够精确，无法判断符号：更多次相乘可以判定（--products）。"},
      {"density of eigenvalues", "特征值的密度"},
      {"95 % interval", "95 % 区间"},
      {"density", "密度"},
      {"Where the eigenvalues lie", "特征值的分布"},
      {"{} eigenvalues from {} to {}", "{} 个特征值，从 {} 到 {}"},
      {"eigenvalue", "特征值"},
      {"bound", "误差界"},
      {"where its direction lies", "其方向所在"},
      {"its Gauss-Newton part", "其中的高斯-牛顿部分"},
      {"The gradient of the loss {} has norm {}; to first order, one step of plain gradient descent at the run's "
       "learning "
       "rate {} would gain {}.",
       "损失为 {}，其梯度的范数为 {}；以该运行的学习率 {} 作一步普通梯度下降，一阶估计可得 {}。"},
      {"What {} groups of these rows, to which the weights were fitted, have in common of it has a norm between {} and "
       "{} "
       "(95 %), and chance makes groups agree as much in {} % of cases.",
       "权重正是对这些行拟合的；{} 组行的梯度共有部分的范数在 {} 与 {} 之间（95 %），仅凭偶然而同样一致的情形占 {} "
       "%。"},
      {"On {} other training rows the most negative direction has curvature {} (95 %: {} to {}): it is negative beyond "
       "these rows.",
       "在另外 {} 个训练行上，最负的方向的曲率为 {}（95 %：{} 至 {}）：不只在这些行上为负。"},
      {"On {} other training rows that direction has curvature {} (95 %: {} to {}): it bends up there, so that its "
       "sign "
       "here is a chance of these rows.",
       "在另外 {} 个训练行上，该方向的曲率为 {}（95 %：{} 至 {}）：在那里向上弯曲，此处的符号只是这些行的偶然。"},
      {"On {} other training rows the most negative direction has curvature {} (95 %: {} to {}): it may be a chance of "
       "these rows.",
       "在另外 {} 个训练行上，最负的方向的曲率为 {}（95 %：{} 至 {}）：可能只是这些行的偶然。"},
      {"Of the most negative curvature, the Gauss-Newton part makes {} and the rest {}.",
       "在最负的曲率中，高斯-牛顿部分占 {}，其余占 {}。"},
      {"2 / the largest eigenvalue is {}: at a higher rate, plain gradient descent on the quadratic that these rows "
       "make "
       "here diverges along its direction.",
       "2 / 最大特征值 = {}：学习率更高时，在这些行于此处构成的二次函数上，普通梯度下降会沿其方向发散。"},
      {"These are not the last weights of the run, so that it cannot go on from there: fathom curvature {} "
       "--checkpoint "
       "last.",
       "这不是该运行最后的权重，因此不能由此继续：fathom curvature {} --checkpoint last。"},
      {"run {} has gone on since its way out was found", "运行 {} 在找到出路之后又训练过"},
      {"--path uses the statistics that batch normalisation has kept", "--path 使用批归一化所保存的统计量"},
      {"The run trains with {}, at most at {}, which divides each gradient by a number of its own: what its rate bears "
       "is "
       "known where its state was kept (--checkpoint last).",
       "该运行用 {} 训练，学习率至多 "
       "{}，它把每个梯度除以各自的数：其学习率能承受多大的曲率，只有保留了它的状态之处才知道（--checkpoint "
       "last）。"},
      {"The seeds change nothing here: every update takes all rows.", "这里种子没有影响：每次更新都用全部行。"},
      {"The run trains with {}, at most at {}, which bears curvature up to {} on such a quadratic{}; the largest here "
       "is "
       "{}, {} % of it. All rows at once would bear rates up to {}; small batches bear less.",
       "该运行用 {} 训练，学习率至多 {}，在这样的二次函数上可承受的曲率至多为 {}{}；此处最大者为 {}，是其 {} "
       "%。用全部行训练时可承受的学习率至多为 {}；小批量所能承受的更小。"},
      {", of the Hessian as it divides it", "（指它所除过的海森矩阵）"},
      {"The noise scale is {} rows (95 %: {} to {}): in larger batches the gradient outweighs its noise.",
       "噪声尺度为 {} 行（95 %：{} 至 {}）：批量更大时，梯度超过其噪声。"},
      {"Curvature of run {}: {}", "运行 {} 的曲率：{}"},
      {"Verdict", "结论"},
      {"Loss", "损失"},
      {"Norm of the gradient", "梯度的范数"},
      {"Largest eigenvalue", "最大特征值"},
      {"Smallest eigenvalue", "最小特征值"},
      {"Stochastic Lanczos quadrature, seen through a normal distribution of standard deviation {}.",
       "随机 Lanczos 求积，以标准差为 {} 的正态分布平滑。"},
      {"All {} eigenvalues, seen through a normal distribution of standard deviation {}.",
       "全部 {} 个特征值，以标准差为 {} 的正态分布平滑。"},
      {"What it rests on", "依据"},
      {"Largest eigenvalues", "最大的特征值"},
      {"Smallest eigenvalues", "最小的特征值"},
      {"Not every eigenvalue reached the accuracy that was wanted; the bounds say how far each is.",
       "并非每个特征值都达到所要求的精度；误差界给出各自的偏差。"},
      {"{} weights of the {} checkpoint, {} of {} training rows, {}, {} products with the Hessian and its "
       "Gauss-Newton part.",
       "{1}检查点的 {0} 个权重，训练部分 {2} 行（共 {3} 行），{4}，与海森矩阵及其高斯-牛顿部分相乘 {5} 次。"},
      {"Batch normalisation takes the statistics of these rows as one batch, as training does: the loss is one of this "
       "batch.",
       "批归一化取这些行作为一个批量的统计量，与训练时相同：损失是这一批量的。"},
      {"Batch normalisation uses the statistics that it has kept (--batch-norm batch: those of the rows).",
       "批归一化使用所保存的统计量（--batch-norm batch：用这些行的统计量）。"},
      {"Dropout is off, and the optimizer's weight decay is not part of the loss.",
       "关闭丢弃，优化器的权重衰减不计入损失。"},
      {"By {}: {} %.", "其中{}：{} %。"},
      {"scale of a unit", "单元的缩放"},
      {"dead unit", "失活的单元"},
      {"shift of all outputs", "全部输出的平移"},
      {"shift before a norm", "归一化之前的平移"},
      {"degenerate minimum", "退化的极小值"},
      {"A step that follows the gradient lowers the loss of rows that it is not made from, from {} to {}: this is no "
       "critical point.",
       "顺着梯度走一步，使不曾用来求它的行的损失从 {} 降到 {}：这不是临界点。"},
      {"The loss bends down along {} of its {} directions, most with curvature {}",
       "损失的 {1} 个方向中有 {0} 个向下弯曲，最大的曲率为 {2}"},
      {"The loss bends down, most with curvature {}", "损失向下弯曲，最大的曲率为 {}"},
      {"{} of {} directions are flat and none bends down", "{1} 个方向中有 {0} 个是平坦的，没有向下弯曲的"},
      {"Some directions are flat and none that was computed bends down",
       "有些方向是平坦的，算出的方向中没有向下弯曲的"},
      {"{}: a saddle. Whether it leads out is open: the trainings from behind the step and without it do not differ "
       "for "
       "certain.",
       "{}：是鞍点。能否由此离开尚无定论：迈出这一步与不迈的训练之间没有确定的差别。"},
      {"{}: a saddle. A way out was not tried, and trained networks keep directions that lead nowhere.",
       "{}：是鞍点。尚未试过离开，而训练好的网络也会留有一些无益的方向。"},
      {"{}, and that one leads out: a saddle that training can leave.", "{}，而它通向外面：是训练可以离开的鞍点。"},
      {"{}, but training makes nothing of it: a plateau, as trained networks have them.",
       "{}，但训练由此一无所得：是训练好的网络常有的平台区。"},
      {"{}, and the gradient is 0: a degenerate point, which no training leaves by itself. If the loss can be lower, "
       "only weights that are drawn by chance lead there: another model.init.",
       "{}，而梯度为 0：是退化的临界点，训练自己无法离开。若损失还能更低，只有随机抽取的权重才能到达：换一种 "
       "model.init。"},
      {"{}: a degenerate point. Curvature does not say whether the loss falls further along the flat ones.",
       "{}：是退化的临界点。曲率不能说明损失沿平坦的方向是否还会下降。"},
      {"{}, and the loss is {}, its lowest: a degenerate minimum, one of many side by side.",
       "{}，而损失为 {}，已是最低：是退化的极小值，相邻的还有许多。"},
      {"A step along the gradient promises {} % of the loss, and the best that was found gains {} %.",
       "顺着梯度的一步可望降低损失的 {} %，找到的最好一步降低 {} %。"},
      {"A step along the gradient promises {} % of the loss, and the best that was found gains {} %: too little to "
       "call "
       "this a slope.",
       "顺着梯度的一步可望降低损失的 {} %，找到的最好一步降低 {} %：不足以称为坡。"},
      {"Of the {} eigenvalues, {} are negative, {} are 0, {} are positive and {} are undecided.",
       "{} 个特征值中，{} 个为负，{} 个为 0，{} 个为正，{} 个未定。"},
      {"Of all eigenvalues {} % are below -{} (95 %: {} to {}) and {} % above {} (95 %: {} to {}); those between are "
       "not "
       "told from 0.",
       "全部特征值中有 {} % 低于 -{}（95 %：{} 至 {}），{} % 高于 {}（95 %：{} 至 {}）；介于其间者与 0 "
       "分不清。"},
      {"An eigenvalue whose sign is not certain counts as 0 from {} to {}, and rounding hides up to {}.",
       "符号不确定的特征值在 {} 至 {} 之间时算作 0，舍入误差会掩盖不超过 {} 的值。"},
      {"With {} % confidence ({} products, {} rows) no eigenvalue is below {} or above {}: none lies beyond those that "
       "were seen by more than {} % of their width.",
       "有 {} % 的把握（{} 次相乘，{} 行）没有特征值低于 {} 或高于 {}：超出所见者不多于其宽度的 {} %。"},
      {"The noise scale is at least {} rows (95 %); these do not tell how large it is.",
       "噪声尺度至少为 {} 行（95 %）；这些行不足以说明它有多大。"},
      {"Noise scale: with its 95 % interval; \"≥ n\" where these rows tell no more.",
       "噪声尺度附 95 % 区间；“≥ n”表示这些行只能说明它至少为 n。"},
      {"The eigenvalues sum up to {} (95 %: {} to {}), their squares to {} (95 %: {} to {}).",
       "特征值之和为 {}（95 %：{} 至 {}），平方和为 {}（95 %：{} 至 {}）。"},
      {"The eigenvalues sum up to {}, their squares to {}.", "特征值之和为 {}，平方和为 {}。"},
      {"The slope of {} jumps at 0, where it has no second derivative: one step of gradient descent at the run's "
       "learning "
       "rate takes {} of {} rows across such a kink, and for these the Hessian does not hold all along it.",
       "{} 的斜率在 0 处跳变，那里没有二阶导数：以该运行的学习率作一步梯度下降，会使 {} 行（共 {} "
       "行）越过这样的折点，对这些行海森矩阵并非沿途都成立。"},
      {"Max pooling has kinks too, where another pixel becomes the largest; those are not counted.",
       "最大池化也有折点，在另一个像素成为最大之处；这些没有计数。"},
      {"Of {} flat directions, {} % lie where symmetries of the network (of its dense layers, and of weights before a "
       "norm) let weights move without any change of its outputs.",
       "在 {} 个平坦方向中，有 {} % "
       "位于网络的对称性（全连接层的，以及归一化之前的权重的）之内：权重可以移动而输出不变。"},
      {"scale before a norm", "归一化之前的缩放"},
      {"run {} has no batch normalisation that --batch-norm could be about",
       "运行 {} 没有 --batch-norm 所指的批归一化"},
      {"--deep takes all rows: it cannot be combined with --rows", "--deep 取全部行，不能与 --rows 同用"},
      {"--batch-norm must be kept or batch, not \"{}\"", "--batch-norm 必须是 kept 或 batch，而不是“{}”"},
  };
  return table;
}

}  // namespace fathom::app
