# 命令行的提示。
talk-error = 错误：{ $text }
talk-hint = 提示：{ $text }
talk-warning = 警告：{ $text }
error-empty-secret = 没有输入：密钥不能为空
progress-accounts = 账号
patrol-head = { $when } 巡检：{ $accounts } 个账号，已查看 { $seen }/{ $scopes } 个范围，{ $findings } 项发现。
orphans-head = { $when } 孤儿检查：{ $accounts } 个账号，已查看 { $seen }/{ $scopes } 个范围。孤儿 { $orphans }，疑似 { $suspects }，无法判断 { $unknown }，闲置 { $unused }。
patrol-unseen = 未看到（{ $many }），以下情况未知：
patrol-uncovered = 仅从账单读取（无名称和标签）：{ $products }
patrol-delivery = { $channel }：已送达 { $delivered }，待发 { $waiting }，放弃 { $dead }
column-severity = 级别
column-state = 状态
column-account = 账号
column-kind = 类别
column-product = 产品
column-id = ID
column-name = 名称
column-days_left = 剩余天数
column-ends_on = 到期时间
column-renewal = 续费
column-owner = 负责人
column-available = 可用余额
column-currency = 币种
column-threshold = 阈值
column-balance = 余额
demo-intro = 模拟的阿里云、腾讯云与 AWS（仅本机），阿里云在 { $url }；配置文件：{ $config }
demo-day = { $days } 天前：静默巡检一次，积累余额历史……
demo-message = ── { $channel }（{ $kind }）收到 ──
demo-patrol = ── skywarden patrol ──
demo-first-look = ── skywarden orphans：第一次检查，只得出疑似 ──
demo-second-look = ── skywarden orphans：一小时后，得到确认 ──
demo-outro = 巡检以 { $patrol } 退出，两次孤儿检查以 { $first } 和 { $second } 退出（3：有未看到的范围，演示中有意如此）。
    可自行查看：{ $config }
demo-stay = 模拟云保持运行，按 Ctrl-C 结束。可将 XDG_CONFIG_HOME、XDG_DATA_HOME、XDG_STATE_HOME 指向上述目录后执行任意命令。

# 出错后怎么办。
advice-config-missing = 可用 `skywarden init` 问答生成，或用 `--config FILE` 指定。
advice-config-path = 请检查 --config 或 SKYWARDEN_CONFIG 中的路径。
advice-not-utf8 = 请把文件存为 UTF-8，例如用 `iconv -f GB18030 -t UTF-8` 转换。
advice-secret-unset = 请为本进程设置 { $variable }，或封存该密钥并以 { "{" } sealed = "…" { "}" } 引用。
advice-no-key = 请设置 SKYWARDEN_KEY，或把主密钥文件放到 { $path }（权限 0600）。
advice-no-key-no-home = 请设置 SKYWARDEN_KEY，或用 SKYWARDEN_KEY_FILE 指定主密钥文件。
advice-channel-kind = 请补上 `kind`：dingtalk、feishu、wecom、slack 或 webhook。
advice-channel-refused = 改正后执行 `skywarden config validate` 检查。
advice-channel-password = 请补上 `password`；若发信无需登录，请去掉 `username`。
advice-vault-not-found = 请检查 { $path } 是否存在、拼写是否正确。
advice-vault-denied = 请检查 { $path } 及其目录的属主与权限。
advice-vault-exists = 请先移走 { $path }，或换一个路径。
advice-vault-key-form = 主密钥是 32 个随机字节，形如 `openssl rand -base64 32` 的输出。
advice-vault-key-kind = 请指定主密钥文件本身。
advice-vault-wrong-key = 请提供指纹为 { $fingerprint } 的主密钥，或用新主密钥重新封存。
advice-vault-malformed = 请从备份恢复 { $path }，或重新封存到新文件。
advice-vault-newer = 请使用写入它的较新版本 skywarden。
advice-vault-seal = 请用 `skywarden seal set { $name }` 封存。
advice-vault-seal-again = 请用 `skywarden seal set { $name }` 重新封存。
advice-vault-name = 只能用字母、数字、`.`、`_`、`-`，最长 128 字节，且不以点开头。
advice-vault-empty = 请给出内容；要删除请用 `skywarden seal remove`。
advice-import-exists = 请先移走 { $path }，或用 --to 指定其他目录。
advice-import-secret-taken = 请用 `skywarden seal remove { $name }` 删除，或用 --to 导入到其他目录。
advice-import-key = 请从旧程序正在使用的文件中重新复制该值，或直接写入明文 AccessKey。
advice-import-twice = 请保留正确的那一个；未写入任何文件。
advice-import-correct = 请改正文件后重新导入；未写入任何文件。

# skywarden config
config-fine = { $path } 没有问题：{ $accounts } 个账号，{ $channels } 个渠道，所有密钥均可打开。
config-show-head = { $path } 的生效配置，已填入默认值，不含密钥
config-show-doing = 无法显示配置
column-level = 级别
column-line = 行
column-column = 列
column-message = 内容
column-hint = 提示

# skywarden seal
seal-question = 请输入 { $name } 的密钥：
seal-done = 已将 { $name } 封存到 { $path }，配置中以 { "{" } sealed = "{ $name }" { "}" } 引用。
seal-replaced = 已替换 { $path } 中的 { $name }。
seal-removed = 已从 { $path } 删除 { $name }。
seal-still-wanted = { $key } 仍在引用 { "{" } sealed = "{ $name }" { "}" }。
seal-list-hint = `skywarden seal list` 可列出全部名称。
seal-nothing = 尚未封存任何密钥：没有 { $path }。
seal-key-made = 已生成主密钥：{ $path }（权限 0600）。请另存一份到安全的地方：丢失后，已封存的内容再也无法读取。
seal-key-missing = { $path } 由主密钥 { $fingerprint } 封存，而这里没有主密钥。
seal-no-home = 没有可存放的位置：不知道用户主目录。请用 --config 指定配置，用 SKYWARDEN_KEY 或 SKYWARDEN_KEY_FILE 指定主密钥。
seal-argv = 密钥不能写在命令行上：其他进程和 Shell 历史都能看到
seal-argv-hint = 请在 `skywarden seal set { $name }` 询问时输入，或从标准输入传入；刚才写出的那个应视为已泄露。
rotate-variable = 主密钥来自 SKYWARDEN_KEY，本程序无法修改它
rotate-variable-hint = 用 `skywarden seal key rotate --new-key-file FILE` 写出新主密钥，再放进 SKYWARDEN_KEY。
rotate-named = 已封存的内容现在只能用新主密钥 { $fingerprint } 打开，新主密钥在 { $path }（权限 0600）。请放到原来保存主密钥的地方。
rotate-finished = 上一次轮换中断了，继续使用它生成的主密钥。
rotate-done = 新主密钥在 { $path }。旧主密钥保留在 { $old }，供旧备份和仍使用它的其他配置使用；确认不再需要后请删除。

# skywarden import
import-unreadable = 无法读取 { $path }：{ $error }
import-not-utf8 = { $path }:{ $line }：不是 UTF-8 文本
import-refused = 无法导入 { $path }：{ $error }
import-no-home = 没有可存放的位置：不知道用户主目录。请用 --to 指定目录，用 SKYWARDEN_KEY 或 SKYWARDEN_KEY_FILE 指定主密钥。
import-question = 写入 { $path }？
import-nothing-written = 未写入任何文件。
import-written = 已将 { $many } 个密钥封存到 { $sealed }，并写入 { $path }。
import-next = 可先用 `skywarden --config { $path } patrol --no-send` 查看，不会发送通知。
import-remove-question = { $path } 中仍有 AccessKey，是否删除？
import-removed = 已删除 { $path }。
import-kept = { $path } 中仍有 AccessKey，不再需要时请删除。
import-note-renamed = 小节 [{ $section }] 成为账号 `{ $account }`。
import-note-robot = 从 [{ $section }] 的机器人地址看不出类型，已作为钉钉渠道 `{ $channel }`，请检查其 `kind`。
import-note-list = max_list_length = { $asked } 改为 { $kept }，旧程序最多显示这么多。
import-note-ignored = [{ $section }] 中的 `{ $key }` 没有意义，已忽略。
import-note-defaulted = [global-config] 缺少 `{ $key }`，按 { $value } 处理。
import-note-encryption = 旧加密的密钥是公开的：看过旧文件的人就拿到了这些 AccessKey，请尽快更换。
column-what = 项目
column-title = 显示名
column-warn_days = 提前天数
column-balance_below = 余额阈值
column-report_to = 报告到

# skywarden channels
channels-none = 配置中没有渠道。
channels-unknown = 没有名为“{ $name }”的渠道
channels-known = 配置中的渠道：{ $names }。
channels-no-answer = 没有应答
channels-test-title = 云守测试消息
channels-test-text = 渠道“{ $channel }”可用：此消息于 { $when } 手动发送。
channels-test-next = 一切正常，无需处理。
column-channel = 渠道
column-target = 目标
column-signed = 加签
column-keyword = 关键词
column-language = 语言
column-status = 状态码
column-answer = 应答
column-reading = 判断
column-delivered = 已送达
reading-delivered = 已送达：对方确认收到
reading-retry = 暂未送达；巡检时会重试
reading-mute = 未送达：发送过多；巡检时会等待 { $seconds } 秒后重试
reading-split = 未送达：消息过大
reading-downgrade = 对方不接受这种格式；巡检时会改用更简单的格式
reading-unfamiliar = 未送达：应答中的错误码未知
reading-permanent = 未送达，不改正就永远无法送达

# skywarden findings
findings-none = 没有符合条件的发现。
findings-unknown = 没有发现 { $key }
findings-nearest = 是否想用 { $key }？
findings-list-hint = `skywarden findings list` 可列出全部标识。
findings-until = “{ $text }”既不是日期也不是时长
findings-until-past = { $end } 已经过去
findings-until-hint = 请给出最后一天（如 2026-12-31）或时长（如 7d、36h）。
findings-reason = 静默需要写明原因，方便以后的人了解
findings-muted = 已静默 { $key }，直到 { $end }。
findings-unmuted = 已取消静默 { $key }。
findings-acked = { $by } 已认领 { $key }。
column-key = 标识
column-frozen = 冻结
column-first_seen = 首次发现
column-last_seen = 最近发现
column-muted_until = 静默至
column-muted_reason = 原因
column-acked_by = 认领人
column-evidence = 依据

# skywarden schedule
schedule-refused = 本机的调度器无法表达“{ $every }”：{ $why }
schedule-modifiers = 使用了 L、W 或 #
schedule-seconds = 一分钟内执行多次
schedule-years = 只在某些年份执行
schedule-both-days = 要求某日同时是星期几
schedule-hint = 请修改 `every`；不会输出时间有出入的条目。
schedule-every = every = "{ $every }"
schedule-next = 接下来：{ $times }
schedule-crontab-head = 由 `skywarden schedule --crontab` 生成；请把以下各行放入 `crontab -e`。
schedule-crontab-zone =
    CRON_TZ 只有 cronie（RHEL、CentOS、Alibaba Cloud Linux、Arch）支持；Debian、Ubuntu、
    Alpine 的 cron 会忽略它而使用本机时区：如果 `date` 显示的时区与下面不同，请换算小时，
    或改用 `skywarden schedule --systemd`。
schedule-crontab-missing =
    cron 中没有配置所需的环境变量：{ $names }。
    请封存它们的内容（`skywarden seal set`）或使用主密钥文件，否则巡检会以 2 退出。
schedule-crontab-sleep = `sleep` 让消息避开整点整分的机器人高峰；如需指定，请在 `every` 中写明秒。
schedule-systemd-service = 云守到期与余额巡检
schedule-systemd-timer = 云守定时巡检
schedule-systemd-missing =
    服务中没有配置所需的环境变量：{ $names }。
    请封存它们的内容、使用主密钥文件，或用 EnvironmentFile=（权限 0600）提供。
schedule-systemd-end =
    需要 systemd 235 或更新版本（OnCalendar 支持时区）。放好文件后执行：
    systemctl daemon-reload && systemctl enable --now { $timers }

# skywarden man
man-written = 已将手册页写入 { $path }。
patrol-ignored = { $scope }（配置中已忽略）
unseen-hint-denied = 请为 { $account } 的密钥授予 { $permission }；`skywarden doctor --account { $account }` 会打印所需策略。
unseen-hint-credentials = 请检查 { $account } 的密钥：`skywarden whoami`。
unseen-hint-clock = 请校准本机时钟，例如使用 NTP。
unseen-hint-throttled = { $account } 的配额被其他程序用尽；请调低 [pace] 或错开时间。
unseen-hint-unreachable = 请检查网络、代理及云的状态；下次运行会重试。
unseen-hint-undecodable = 若是代理或网关代为应答，请设置 [network]；否则请附请求 ID 反馈。
unseen-hint-count-mismatch = 列表在读取时变化或被过滤；下次运行会重试。
unseen-hint-empty-after-history = 若确实为空，持续一天后即会采信；否则是 { $account } 的密钥失去了权限。
unseen-hint-not-reached = 请先解决上面的问题。
unseen-hint-refused = 请查看云返回的信息；`skywarden doctor --account { $account }` 可进一步检查。
unseen-hint-defect = 这是本程序的缺陷，请附上日志反馈。

# ---- accounts、whoami、doctor ----
account-unknown = 没有名为“{ $name }”的账号
account-known = 已配置的账号：{ $names }。
accounts-none = 没有配置任何账号
accounts-add = 添加 [accounts.shop] 这样的表，或运行 `skywarden init`。
identity-mismatch = 该密钥属于账号 { $found }，而期望的是 { $expected }
discover-none = 没有需要发现成员的账号：配置中没有任何 `discover`。可用 `--account NAME` 直接查询某个账号。
discover-unseen = 未能看到 { $account } 的成员：{ $why }
column-cloud = 云
column-credentials = 凭证
column-site = 站点
column-regions = 地域
column-number = 账号 ID
column-principal = 身份
column-sort = 类型
column-discover = 成员角色
column-patrolled = 巡检
column-channels = 渠道
column-watched = 看护
column-as = 名称
column-reason = 原因
column-check = 检查项
column-subject = 对象
column-hints = 提示
check-config = 配置
check-files = 文件
check-secrets = 密钥引用
check-key = 主密钥
check-channel = 渠道
check-network = 网络
check-timezone = 时间
check-store = 存储
check-accounts = 账号
check-identity = 身份
check-permission = 权限
check-names = 实例
check-member_role = 成员
check-clock = 时钟
check-endpoints = 接入点
check-site = 站点
check-calls = 调用量
ability-prepaid = 账单
ability-balance = 余额
ability-certificate = 证书
ability-domain = 域名
ability-instance = 实例
ability-member = 成员
doctor-line = { $mark } { $check }：{ $detail }
doctor-machine = 本机
doctor-account = 账号 { $account }
doctor-asking = 正在检查 { $many } 个账号……
doctor-config = { $path }：{ $accounts } 个账号，{ $channels } 个渠道
doctor-file-open = { $path } 对其他用户开放（权限 { $mode }）
doctor-secrets = 共 { $many } 处，均可打开
doctor-network = 代理与 CA 证书可用
doctor-timezone = { $zone } 现在是 { $now }；按 "{ $every }" 下次巡检在 { $next }
doctor-store = { $place } 可读写，结构版本 { $version }
doctor-store-none = { $path } 将在首次巡检时创建
doctor-not-asked = 未能看到该账号，没有检查
doctor-no-access = 该云无法说明密钥拥有哪些权限
doctor-missing = 缺少 { $permission }
doctor-names = 账单中 { $region } 的 { $asked } 个 { $kind } 实例可见 { $found } 个
doctor-names-fewer = 账单中 { $region } 的 { $asked } 个 { $kind } 实例只可见 { $found } 个
doctor-names-denied = 缺少权限，没有查询
doctor-no-organization = 该云没有组织功能，却设置了 `discover`
doctor-members-unseen = 未能看到成员，没有进入
doctor-no-members = 没有可进入的成员
doctor-member-entered = 可以用 { $role } 进入 { $member }
doctor-clock = 与云端相差不超过 { $seconds } 秒
doctor-clock-ahead = 本机比云端快 { $seconds } 秒
doctor-clock-behind = 本机比云端慢 { $seconds } 秒
doctor-calls = 每月约 { $calls } 次（运行 { $runs } 次）
doctor-calls-assumed = ，其中 { $kinds } 在首次巡检前按一页估算
doctor-calls-free = ；均不收费
doctor-calls-billed = ；{ $operation }：{ $calls } 次，其中 { $free } 次免费
doctor-policy = 请为 { $principal }（账号 { $account }）添加以下策略：
doctor-fine = 一切正常；警告 { $warnings } 项。
doctor-wrong = 异常 { $wrong } 项；警告 { $warnings } 项。
doctor-several-clouds = 账号分属多个云；请用 --account 指定同一个云的账号
doctor-hint-grant = 请授予 { $permissions }。
doctor-hint-policy-below = 需要添加的策略见末尾。
doctor-hint-pin = 在 [accounts.{ $account }] 下设置 expect_identity = "{ $number }"，可确保不会误用其他账号。
doctor-hint-mismatch = 请更正 [accounts.{ $account }] 下的 `credentials` 或 `expect_identity`。
doctor-hint-credentials = 请检查 [accounts.{ $account }] 下的 `credentials`：密钥是否存在、启用、拼写正确，角色是否允许扮演。
doctor-hint-clock = 请用 NTP 校准本机时钟。
doctor-hint-throttled = 其他工具占满了该账号的配额，请一分钟后再试。
doctor-hint-network = 请检查到云端的网络：域名解析、防火墙、[network] 下的 `proxy`。
doctor-hint-ca = 途中有设备使用了自己的证书；请在 [network] 的 `ca_file` 中指定其 CA。
doctor-hint-no-ca = 本机没有 CA 证书：请安装 ca-certificates 软件包，或在 [network] 的 `ca_file` 中指定文件。
doctor-hint-site = 请在 [accounts.{ $account }] 下把 `site` 设为 "domestic" 或 "international"。
doctor-hint-proxy = 途中有设备代替云端作了回答；请检查 [network] 下的 `proxy` 以及是否有登录页面。
doctor-hint-names = 其余实例可能已释放，或密钥的权限只限于某个资源组：请授予整个账号的权限。
doctor-hint-member = 请在成员 { $member } 中创建信任本账号的角色 { $role }，或排除该成员。
doctor-hint-calls = 请降低运行频率，或减少看护的账号。

# 帮助，以及无法理解的命令行。
help-usage = 用法
help-commands = 命令
help-arguments = 参数
help-options = 选项
usage-unknown = 这里没有 { $argument }
usage-command = 没有命令 { $command }
usage-missing = 缺少：{ $arguments }
usage-no-command = 缺少命令
usage-no-value = { $argument } 需要一个值
usage-value = { $argument } 不能是 { $value }，可以是 { $valid }
usage-conflict = { $argument } 不能与 { $other } 同用
usage-nearest = 是否想用 { $nearest }？
usage-help = 用 `--help` 查看用法。
column-lasts_days = 可用天数

# ---- init ----
init-no-home = 没有存放配置的主目录；请用 --dir 指定目录
init-again = { $why }，请重新输入。
init-yes-or-no = 请输入 y 或 n
init-stopped = 输入在回答完所有问题之前结束；没有写入任何内容
init-stopped-hint = `skywarden init --yes` 不提问，全部采用默认值。
init-exists = { $path } 已存在，不会覆盖
init-exists-hint = 用 --dir 指定其他目录，或不带 --yes 运行 init 并输入 "{ $word }"。
init-exists-question = { $path } 已存在。如要替换请输入 "{ $word }"，原文件保留为 { $backup }：
init-no-profile = ~/.aliyun/config.json 中没有名为“{ $name }”的配置；现有：{ $known }
init-no-credentials = 本机没有找到凭证
init-no-credentials-hint = 运行 `aliyun configure`，或设置 ALIBABA_CLOUD_ACCESS_KEY_ID 与 ALIBABA_CLOUD_ACCESS_KEY_SECRET，或在 ECS 上使用 --role，或不带 --yes 运行 init 并输入密钥。
init-sources = 本机的阿里云凭证：
init-sources-none = 本机没有找到凭证，还可以使用：
init-source-profile = ~/.aliyun/config.json 的配置 { $name }（{ $mode }）
init-source-current = ~/.aliyun/config.json 的配置 { $name }（{ $mode }，当前）
init-source-env = 环境变量 ALIBABA_CLOUD_…
init-source-role = 本 ECS 实例的角色
init-source-typed = 现在输入 AccessKey，将加密保存
init-which = 使用哪些（多个用逗号分隔）？
init-which-again = 1 到 { $last } 的编号，用逗号分隔
init-name = 为账号起个名字（{ $source }）：
init-name-taken = 该名字已被使用
init-key-id = AccessKey ID：
init-key-secret = AccessKey Secret（不显示）：
init-trying = 正在检查 { $many } 个密钥……
init-identity = 身份为账号 { $number } 的 { $principal }。
init-policy = 需要添加的策略：
init-go-on = 有缺失项。仍要继续吗？
init-timezone = 时区？
init-warn-days = 提前多少天提醒到期？
init-urgent-days = 剩余多少天起为紧急？
init-days-again = 请输入天数
init-urgent-again = 请输入天数，最多 { $most }
init-balance = 余额低于多少 { $currency } 时告警（0：不告警）？
init-balance-again = 请输入金额，例如 1000 或 1000.50
init-channel = 接收报告的群机器人地址（不显示；留空：暂无）：
init-channel-unsaid = --channel 需要在标准输入的第一行给出机器人地址
init-channel-kind-is = 这是 { $kind } 机器人。
init-channel-kind = 这是哪种渠道（{ $kinds }）？
init-channel-secret = 加签密钥（不显示；留空：无）：
init-channel-keyword = 自定义关键词（-：无）？
init-write = 写入 { $path }？
init-written = 已写入：{ $path }
init-nothing-written = 没有写入任何内容。
init-patrol = 现在巡检一次（不发送通知）？
init-next = 接下来：`skywarden patrol{ $config }`；`skywarden schedule --crontab{ $config }` 生成每日定时任务。
init-next-channel = `skywarden channels test { $channel }{ $config }` 向机器人发送测试消息。
init-file-head = 由 `skywarden init` 生成。`skywarden config show --default` 说明每个配置项，
    `skywarden config validate` 检查本文件。文件中没有任何密钥。
init-file-accounts = 各账号的凭证来源。
init-file-number = 如果密钥属于其他账号，则不做任何操作。
init-file-channel = 报告发送到哪里。机器人地址是密钥，已加密保存在本文件旁。
init-file-patrol = 巡检时间：秒 分 时 日 月 星期，按此时区。
init-file-days = 提前多少天提醒、告急。
init-file-balance = 余额阈值，按币种。
patrol-schedule = `every` 本身不会启动任务：`skywarden schedule --crontab` 会打印可放入 crontab 的一行。
