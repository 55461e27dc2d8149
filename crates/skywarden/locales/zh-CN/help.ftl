# 命令行帮助：命令用 PATH，参数用 PATH--ARGUMENT。
skywarden = 看护云上资源，安全地处置
skywarden--config = 配置文件；未指定时依次查找 SKYWARDEN_CONFIG、./skywarden.toml、配置目录
skywarden--lang = 提示与报告的语言：zh-CN 或 en
skywarden--output = 标准输出的数据格式：table、json、jsonl 或 csv
skywarden--quiet = 标准错误只输出警告和错误
skywarden--color = 表格何时着色：auto、always 或 never
skywarden--help = 显示帮助
skywarden--version = 显示版本
skywarden-patrol = 巡检到期资源与账户余额，并通知各渠道
skywarden-patrol--account = 只巡检这些账号
skywarden-patrol--no-send = 只打印，不发送通知
skywarden-patrol--exit-code = 有发现时以 1 退出
