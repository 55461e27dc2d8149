# Help of the command line: PATH for a command, PATH--ARGUMENT for an argument.
skywarden = Watch over cloud estates and act on them safely
skywarden--config = Configuration file; else SKYWARDEN_CONFIG, ./skywarden.toml, then the configuration folder
skywarden--lang = Language of talk and reports: zh-CN or en
skywarden--output = Format of data on stdout: table, json, jsonl or csv
skywarden--quiet = Say nothing on stderr but warnings and errors
skywarden--color = When to color tables: auto, always or never
skywarden--help = Print help
skywarden--version = Print the version
skywarden-patrol = Look for what expires and for low balances, and tell the channels
skywarden-patrol--account = Patrol only these accounts
skywarden-patrol--no-send = Print only; tell no channel
skywarden-patrol--exit-code = End with 1 when there are findings
