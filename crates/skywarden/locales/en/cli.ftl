# Talk of the command line.
talk-error = error: { $text }
talk-hint = hint: { $text }
talk-warning = warning: { $text }
error-empty-secret = nothing was given: a secret is not empty
progress-accounts = accounts
patrol-head = Patrol of { $when }: { $accounts } accounts, { $seen } of { $scopes } scopes seen, { $findings } findings.
orphans-head = Orphans, { $when }: { $accounts } accounts, { $seen }/{ $scopes } scopes seen. { $orphans } orphans, { $suspects } suspects, { $unknown } unknown, { $unused } unused.
patrol-unseen = Not seen ({ $many }); nothing is known of these:
patrol-uncovered = Read from the bill alone, without names and tags: { $products }
patrol-delivery = { $channel }: { $delivered } delivered, { $waiting } waiting, { $dead } given up
column-severity = Severity
column-state = State
column-account = Account
column-kind = Kind
column-product = Product
column-id = ID
column-name = Name
column-days_left = Days left
column-ends_on = Ends on
column-renewal = Renewal
column-owner = Owner
column-available = Available
column-currency = Currency
column-threshold = Threshold
column-balance = Balance
demo-intro = Simulated Alibaba Cloud, Tencent Cloud and AWS on this machine only, the first at { $url }; configuration: { $config }
demo-day =
    { $days ->
        [one] One day ago
       *[other] { $days } days ago
    }: a quiet patrol, to have a history of balances …
demo-message = ── { $channel } ({ $kind }) received ──
demo-patrol = ── skywarden patrol ──
demo-first-look = ── skywarden orphans: the first look, which makes suspects ──
demo-second-look = ── skywarden orphans: an hour later, which proves ──
demo-plan = ── skywarden plan: what would be changed, and why; nothing is ──
demo-outro = The patrol ended with { $patrol }, the looks for orphans with { $first } and { $second }, the plan with { $plan } (3: something was not seen, as it was meant to be here).
    Look around: { $config }
demo-stay = The simulated clouds stay up; Ctrl-C ends them. Try: XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME set to the folders there, then any command.

# What to do about an error.
advice-config-missing = `skywarden init` asks a few questions and writes one; `--config FILE` names one.
advice-config-path = check the path in --config or SKYWARDEN_CONFIG.
advice-not-utf8 = save the file as UTF-8, for example with `iconv -f GB18030 -t UTF-8`.
advice-secret-unset = set { $variable } for this process, or seal the secret and refer to it by { "{" } sealed = "…" { "}" }.
advice-no-key = set SKYWARDEN_KEY, or put the key file at { $path } (mode 0600).
advice-no-key-no-home = set SKYWARDEN_KEY, or name the key file in SKYWARDEN_KEY_FILE.
advice-channel-kind = add `kind`: dingtalk, feishu, wecom, slack or webhook.
advice-channel-refused = correct it and run `skywarden config validate`.
advice-channel-password = add `password`, or leave `username` out to send without a login.
advice-vault-not-found = check that { $path } exists and is spelled right.
advice-vault-denied = check who owns { $path } and its folder.
advice-vault-exists = move { $path } away first, or choose another path.
advice-vault-key-form = a key is 32 random bytes, as `openssl rand -base64 32` prints them.
advice-vault-key-kind = name the key file itself.
advice-vault-wrong-key = give the key with the fingerprint { $fingerprint }, or seal the secrets again with the new key.
advice-vault-malformed = restore { $path } from a backup, or seal the secrets again into a new file.
advice-vault-newer = use the newer skywarden that wrote it.
advice-vault-seal = seal it with `skywarden seal set { $name }`.
advice-vault-seal-again = seal it again with `skywarden seal set { $name }`.
advice-vault-name = use letters, digits, `.`, `_` and `-`, at most 128 bytes, not a dot first.
advice-vault-empty = give a value, or remove the secret with `skywarden seal remove`.
advice-import-exists = move { $path } away first, or name another folder with --to.
advice-import-secret-taken = remove it with `skywarden seal remove { $name }`, or import into another folder with --to.
advice-import-key = copy the value again from the file that the old program uses, or put the access key there in the clear.
advice-import-twice = keep the one that is right; nothing was written.
advice-import-blank = `{ $key }` takes { $what }; nothing was written.
import-blank-secret-id = the SecretId of an access key (console: CAM, API keys)
import-blank-secret-key = the SecretKey of that access key
import-blank-region = the region to look at, such as ap-beijing
advice-import-no-address = put the address of the robot in `{ $key }`, or say false in `{ $switch }`; nothing was written.
advice-import-no-secret = put the robot's secret in `{ $key }`, or take the line away if the robot does not check signatures; nothing was written.
advice-import-nearest = did you mean `{ $key }`? Nothing was written.
advice-import-choices = there are `{ $keys }`. Nothing was written.
advice-import-correct = correct the file and run the import again; nothing was written.
advice-import-nothing = give the script that cron runs, `<account>.sh`; nothing was written.
advice-import-crontab = give the line as `crontab -l` shows it, with --crontab; nothing was written.
advice-import-computed = write the value of `{ $name }` into the script, or leave it empty; nothing was written.

# skywarden config
config-fine = { $path } is fine. Accounts: { $accounts }, channels: { $channels }; every secret opens.
config-show-head = what holds by { $path }, defaults filled in, secrets left out
config-show-doing = cannot show the configuration
column-level = Level
column-line = Line
column-column = Column
column-message = Message
column-hint = Hint

# skywarden seal
seal-question = Secret for { $name }:
seal-done = sealed { $name } in { $path }; refer to it by { "{" } sealed = "{ $name }" { "}" }.
seal-replaced = sealed { $name } in { $path } in place of what was there.
seal-removed = removed { $name } from { $path }.
seal-still-wanted = { $key } still refers to { "{" } sealed = "{ $name }" { "}" }.
seal-list-hint = `skywarden seal list` shows the names.
seal-nothing = nothing is sealed yet: there is no { $path }.
seal-key-made = made a key: { $path } (mode 0600). Keep a copy somewhere safe: without it nothing sealed can be read again.
seal-key-missing = { $path } was sealed with the key { $fingerprint }, and there is no key here.
seal-no-home = there is no place for it: no home folder is known. Name a configuration with --config and a key with SKYWARDEN_KEY or SKYWARDEN_KEY_FILE.
seal-argv = a secret is not given on the command line, where every process and the shell's history see it
seal-argv-hint = type it when `skywarden seal set { $name }` asks, or send it through stdin; consider the one just given as known to others.
rotate-variable = the key comes from SKYWARDEN_KEY, which this program cannot change
rotate-variable-hint = `skywarden seal key rotate --new-key-file FILE` writes the new key there; then put it into SKYWARDEN_KEY.
rotate-named = what is sealed opens with the new key { $fingerprint } only; it is in { $path } (mode 0600). Put it where the old key is kept.
rotate-finished = an earlier rotation was cut off; its key is taken.
rotate-done = the new key is in { $path }. The old one is in { $old }, for older copies of the sealed file and for other configurations that it opens; remove it when there are none.

# skywarden import
import-unreadable = cannot read { $path }: { $error }
import-not-utf8 = { $path }:{ $line }: the file is not UTF-8 text
import-refused = cannot import { $path }: { $error }
import-no-home = there is no place for the new files: no home folder is known. Name a folder with --to and a key with SKYWARDEN_KEY or SKYWARDEN_KEY_FILE.
import-question = Write { $path }?
import-nothing-written = nothing was written.
import-written = wrote { $path }; what it keeps secret is sealed in { $sealed } ({ $many }).
import-next = look at it with `skywarden --config { $path } patrol --no-send`, which tells nobody.
import-next-orphans = look at it with `skywarden --config { $path } orphans --no-send`, which tells nobody; a second look half an hour later confirms what is found.
import-next-aws-man = look at it with `skywarden --config { $path } plan`, which changes nothing; `skywarden --config { $path } backups adopt` takes over the copies that the old program made, so that they may go when their time has come.
import-remove-question = { $path } still holds the access keys. Remove it?
import-removed = removed { $path }.
import-kept = { $path } still holds the access keys; remove it when you no longer need it.
import-note-renamed = the section [{ $section }] became the account `{ $account }`.
import-note-robot = the address of the robot of [{ $section }] does not tell its kind; it became a DingTalk channel `{ $channel }`, check its `kind`.
import-note-list = max_list_length = { $asked } became { $kept }, the most that the old program showed.
import-note-ignored = the key `{ $key }` in [{ $section }] meant nothing and was left out.
import-note-defaulted = the key `{ $key }` was missing in [global-config]; { $value } holds.
import-note-off = the robot `{ $channel }` was switched off; it became a channel that nothing is sent to.
import-note-left-out = the key `{ $key }` did nothing in the old program and was left out.
import-note-timeout = webhook.timeout had no limit; { $seconds } seconds hold.
import-note-encryption = the key of the old encryption is public: whoever saw the old file has these access keys, so make new ones when you can.
import-note-unset = `{ $key }` is not set; { $value } holds.
import-note-not-understood = line { $line }: `{ $name }` is not in the documented script and was left out.
import-note-no-keys = the script has no access key: the role of the machine it runs on is taken; on another machine, name a profile in `credentials`.
import-note-other-region = the script says { $region }, and the old program looked at cn-north-1 all the same; { $region } holds now.
column-keeps = Keeps
column-every = When
column-timeout = Timeout
column-region = Region
column-verdict = Verdict
column-cluster = Cluster
column-private_ips = Private IPs
column-public_ips = Public IPs
column-since = Since
column-confirmed_after = Confirmed after
column-why = Why
column-what = What
column-title = Title
column-warn_days = Warn days
column-balance_below = Balance below
column-report_to = Report to

# skywarden channels
channels-none = there are no channels in the configuration.
channels-unknown = there is no channel "{ $name }"
channels-known = channels of the configuration: { $names }.
channels-no-answer = no answer
channels-test-title = Skywarden test message
channels-test-text = The channel "{ $channel }" works: this was sent by hand at { $when }.
channels-test-next = Nothing is wrong and nothing needs to be done.
column-channel = Channel
column-target = Target
column-signed = Signed
column-keyword = Keyword
column-language = Language
column-status = Status
column-answer = Answer
column-reading = Reading
column-delivered = Delivered
reading-delivered = delivered: the other side said that it has the message
reading-retry = not delivered now; a patrol would try again
reading-mute = not delivered: too many messages; a patrol would wait { $seconds } s and try again
reading-split = not delivered: too large for the other side
reading-downgrade = not delivered in this form; a patrol would try a simpler one
reading-unfamiliar = not delivered: the answer has a code that is not known
reading-permanent = not delivered, and never will be as things are

# skywarden findings
findings-none = no findings are known that match.
findings-unknown = there is no finding { $key }
findings-nearest = did you mean { $key }?
findings-list-hint = `skywarden findings list` shows the keys.
findings-until = "{ $text }" is neither a day nor a length of time
findings-until-past = { $end } is over already
findings-until-hint = give a last day such as 2026-12-31, or a length of time such as 7d or 36h.
findings-reason = a mute needs a reason: whoever finds it later will want to know
findings-muted = muted { $key } until { $end }.
findings-unmuted = { $key } is no longer muted.
findings-acked = { $by } has taken on { $key }.
column-key = Key
column-frozen = Frozen
column-first_seen = First seen
column-last_seen = Last seen
column-muted_until = Muted until
column-muted_reason = Reason
column-acked_by = Taken on by
column-evidence = Evidence

# skywarden schedule
schedule-refused = "{ $every }" cannot be said to the scheduler of this machine: { $why }
schedule-modifiers = it uses L, W or #
schedule-seconds = it comes up more often than once a minute
schedule-years = it holds in some years only
schedule-both-days = it wants a day of the month that is also a certain weekday
schedule-hint = change `every`; nothing that would run at another time is printed.
schedule-every = every = "{ $every }"
schedule-next = next: { $times }
schedule-crontab-head = Made by `skywarden schedule --crontab`; put these lines into `crontab -e`.
schedule-crontab-zone =
    CRON_TZ is understood by cronie (RHEL, CentOS, Alibaba Cloud Linux, Arch). The crons of Debian,
    Ubuntu and Alpine ignore it and use the zone of the machine: where `date` does not show the
    zone named below, shift the hours, or use `skywarden schedule --systemd`.
schedule-crontab-missing =
    cron does not have the variables that the configuration wants: { $names }.
    Seal what they hold (`skywarden seal set`) or use a key file; without it the patrol ends with 2.
schedule-crontab-sleep = `sleep` keeps messages off the full minute, when everybody's robots are busy; name a second in `every` to choose it.
schedule-systemd-service = Skywarden patrol of what expires and of balances
schedule-systemd-timer = Skywarden patrol on schedule
schedule-systemd-service-orphans = Skywarden look for orphans
schedule-systemd-timer-orphans = Skywarden look for orphans on schedule
schedule-systemd-service-backups = Skywarden backups: snapshots and images
schedule-systemd-timer-backups = Skywarden backups on schedule
schedule-systemd-service-alarms = Skywarden traffic alarms
schedule-systemd-timer-alarms = Skywarden traffic alarms on schedule
schedule-systemd-missing =
    The service does not have the variables that the configuration wants: { $names }.
    Seal what they hold, use a key file, or give them with EnvironmentFile= (mode 0600).
schedule-systemd-end =
    Needs systemd 235 or newer, which reads time zones in OnCalendar. Put the files into place, then:
    systemctl daemon-reload && systemctl enable --now { $timers }

# skywarden man
man-written = wrote the manual pages into { $path }.
patrol-ignored = { $scope } (ignored by the configuration)
unseen-hint-denied = grant { $permission } to the key of { $account }; `skywarden doctor --account { $account }` prints the policy.
unseen-hint-credentials = check the key of { $account }: `skywarden whoami`.
unseen-hint-clock = set this machine's clock, for example with NTP.
unseen-hint-throttled = something else uses up the quota of { $account }; lower [pace] or run at another time.
unseen-hint-unreachable = check the network, the proxy and the cloud's own state; the next run asks again.
unseen-hint-undecodable = if a proxy or gateway answers instead of the cloud, set [network]; else report this with the request id.
unseen-hint-count-mismatch = the list changes while it is read, or is filtered; the next run asks again.
unseen-hint-empty-after-history = if it is really empty now, that is believed after a day; if not, the key of { $account } has lost rights.
unseen-hint-not-reached = mend what stands above first.
unseen-hint-refused = see what the cloud says; `skywarden doctor --account { $account }` looks closer.
unseen-hint-defect = this is a defect of the program; please report it with its log.

# ---- accounts, whoami, doctor ----
account-unknown = there is no account "{ $name }"
account-known = configured accounts: { $names }.
accounts-none = no accounts are configured
accounts-add = add a table such as [accounts.shop], or run `skywarden init`.
identity-mismatch = the key is of account { $found }, and { $expected } is expected
discover-none = No account is to be discovered: none has `discover` in the configuration. `--account NAME` asks one all the same.
discover-unseen = The members of { $account } were not seen: { $why }
column-cloud = Cloud
column-credentials = Credentials
column-site = Site
column-regions = Regions
column-number = Number
column-principal = Principal
column-sort = Sort
column-discover = Discovers with
column-patrolled = Patrolled
column-channels = Channels
column-watched = Watched
column-as = As
column-reason = Reason
column-check = Check
column-subject = Of
column-hints = Hints
check-config = configuration
check-files = file
check-secrets = secrets
check-key = key
check-channel = channel
check-network = network
check-timezone = time
check-store = store
check-accounts = accounts
check-identity = identity
check-permission = permission
check-names = machines
check-member_role = member
check-clock = clock
check-endpoints = endpoints
check-site = site
check-calls = calls
ability-prepaid = bill
ability-balance = balance
ability-certificate = certificates
ability-domain = domains
ability-instance = machines
ability-member = members
doctor-line = { $mark } { $check }: { $detail }
doctor-machine = This machine
doctor-account = Account { $account }
doctor-asking = Asking { $many ->
    [one] one account
   *[other] { $many } accounts
} …
doctor-config = { $path }: { $accounts ->
    [one] 1 account
   *[other] { $accounts } accounts
}, { $channels ->
    [one] 1 channel
   *[other] { $channels } channels
}
doctor-file-open = { $path } is open to others (mode { $mode })
doctor-secrets = referred to and can be opened: { $many }
doctor-network = proxy and certificate authorities can be used
doctor-timezone = it is { $now } in { $zone }; the next patrol by "{ $every }" is due at { $next }
doctor-store = { $place } can be read and written, schema version { $version }
doctor-store-none = { $path } is made by the first patrol
doctor-not-asked = not asked, since the account was not seen
doctor-no-access = this cloud cannot say what a key may do
doctor-missing = { $permission } is missing
doctor-names = { $found } of { $asked } { $kind } machines on the bill can be seen in { $region }
doctor-names-fewer = only { $found } of { $asked } { $kind } machines on the bill can be seen in { $region }
doctor-names-denied = not asked for, since the permission is missing
doctor-no-organization = this cloud has no organizations, and `discover` is set
doctor-members-unseen = not entered, since the members were not seen
doctor-no-members = there is no member to enter
doctor-member-entered = { $member } can be entered as { $role }
doctor-clock = within { $seconds } s of the cloud's
doctor-clock-ahead = this machine's is { $seconds } s ahead of the cloud's
doctor-clock-behind = this machine's is { $seconds } s behind the cloud's
doctor-calls = about { $calls } a month in { $runs } runs
doctor-calls-assumed = , taking { $kinds } for one page until a patrol has looked
doctor-calls-free = ; none of them costs anything
doctor-calls-billed = ; { $operation }: { $calls }, of which { $free } are free
doctor-policy = Policy to add for { $principal } (account { $account }):
doctor-fine = All is well; warnings: { $warnings }.
doctor-wrong = Not in order: { $wrong }; warnings: { $warnings }.
doctor-several-clouds = the accounts are on several clouds; name those of one with --account
doctor-hint-grant = grant { $permissions }.
doctor-hint-policy-below = the policy to add stands at the end.
doctor-hint-pin = expect_identity = "{ $number }" under [accounts.{ $account }] makes sure that it is never another account.
doctor-hint-mismatch = correct `credentials` or `expect_identity` under [accounts.{ $account }].
doctor-hint-credentials = check `credentials` under [accounts.{ $account }]: is the key there, active and spelled right, and may the role be taken?
doctor-hint-clock = set this machine's clock by NTP.
doctor-hint-throttled = other tools use up this account's quota; try again in a minute.
doctor-hint-network = check the way to the cloud: name resolution, firewall, `proxy` under [network].
doctor-hint-ca = something on the way shows a certificate of its own; name its authority in `ca_file` under [network].
doctor-hint-no-ca = this machine has no certificate authorities: install the package ca-certificates, or name a file in `ca_file` under [network].
doctor-hint-site = set `site` under [accounts.{ $account }] to "domestic" or "international".
doctor-hint-proxy = something on the way answers in the cloud's stead; check `proxy` under [network] and any log-in page.
doctor-hint-names = either the rest was released meanwhile, or the key's rights end at a resource group: grant them for the whole account.
doctor-hint-member = make the role { $role } in member { $member } and let it trust this account, or exclude the member.
doctor-hint-calls = run it less often, or let fewer accounts be watched.

# Help, and command lines that cannot be understood.
help-usage = Usage
help-commands = Commands
help-arguments = Arguments
help-options = Options
usage-unknown = { $argument } is not known here
usage-command = there is no command { $command }
usage-missing = missing: { $arguments }
usage-no-command = a command is missing
usage-no-value = { $argument } needs a value
usage-value = { $argument } cannot be { $value }; it can be { $valid }
usage-conflict = { $argument } cannot be used with { $other }
usage-nearest = did you mean { $nearest }?
usage-ics = only `skywarden patrol` makes a calendar
usage-ics-hint = choose table, json, jsonl or csv, or run `skywarden patrol -o ics`.
usage-help = `--help` shows what there is.
column-lasts_days = Keeps for days

# ---- init ----
init-no-home = there is no home folder for the configuration; name a folder with --dir
init-again = { $why }; once more, please.
init-yes-or-no = y or n
init-stopped = the input ended before every question was answered; nothing was written
init-stopped-hint = `skywarden init --yes` asks nothing and takes the defaults.
init-exists = { $path } exists already and is not overwritten
init-exists-hint = name another folder with --dir, or run init without --yes and type "{ $word }".
init-exists-question = { $path } exists already. To replace it, type "{ $word }"; it is kept as { $backup }:
init-no-profile = there is no profile "{ $name }" in ~/.aliyun/config.json; there are: { $known }
init-no-credentials = no credentials were found on this machine
init-no-credentials-hint = run `aliyun configure`, set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, give --role on an ECS machine, or run init without --yes and type a key.
init-sources = Credentials for Alibaba Cloud on this machine:
init-sources-none = No credentials were found on this machine. What is there else:
init-source-profile = profile { $name } of ~/.aliyun/config.json ({ $mode })
init-source-current = profile { $name } of ~/.aliyun/config.json ({ $mode }, current)
init-source-env = the ALIBABA_CLOUD_… variables of the environment
init-source-role = the role of this ECS machine
init-source-typed = an access key that you type now; it is sealed
init-which = Which to use (several with commas)?
init-which-again = numbers from 1 to { $last }, with commas
init-name = A name for the account of the { $source }?
init-name-taken = this name is taken
init-key-id = Access key id:
init-key-secret = Access key secret (not shown):
init-trying = Trying { $many ->
    [one] the key
   *[other] { $many } keys
} …
init-identity = It is { $principal } of account { $number }.
init-policy = Policy to add:
init-go-on = Something is missing. Go on all the same?
init-timezone = Time zone?
init-warn-days = Warn how many days before something expires?
init-urgent-days = From how many days on is it urgent?
init-days-again = a number of days
init-urgent-again = a number of days, { $most } at most
init-balance = Alarm when the balance is below how much { $currency } (0: never)?
init-balance-again = an amount such as 1000 or 1000.50
init-channel = Address of the group robot for reports (not shown; empty: none):
init-channel-unsaid = --channel wants the robot's address on the first line of stdin
init-channel-kind-is = This is a robot of { $kind }.
init-channel-kind = What kind of channel is it ({ $kinds })?
init-channel-secret = Its signing secret (not shown; empty: none):
init-channel-keyword = The keyword it demands (-: none)?
init-write = Write this to { $path }?
init-written = Written: { $path }
init-nothing-written = Nothing was written.
init-patrol = Patrol now, without sending anything?
init-next = Next: `skywarden patrol{ $config }`; `skywarden schedule --crontab{ $config }` makes it daily.
init-next-channel = `skywarden channels test { $channel }{ $config }` sends the robot a test message.
init-file-head = Made by `skywarden init`. `skywarden config show --default` explains every key;
    `skywarden config validate` checks this file. No secret stands in it.
init-file-accounts = How each account proves who it is.
init-file-number = Nothing is done when the key turns out to be of another account.
init-file-channel = Where reports go. The address is a secret: it is sealed beside this file.
init-file-patrol = When to patrol: seconds, minutes, hours, day, month, weekday, in this zone.
init-file-days = From how many days before its end something is reported, and is urgent.
init-file-maintenance = Whether what the cloud has planned for machines is looked at: reboots, moves, ends.
init-file-balance = Alarm when the balance is below, by currency.
patrol-schedule = `every` starts nothing by itself: `skywarden schedule --crontab` prints the line for your crontab.
runs-none = Nothing was run yet.
runs-unknown = there is no run { $run }
runs-list-hint = `skywarden runs list` shows them.
column-run = Run
column-mode = Mode
column-started = Started
column-finished = Finished
column-exit_codes = Exits
column-duty = Duty
column-sign = { "" }
column-step = Step
column-monthly = A month
column-allowed = Allowed
column-fate = Outcome
column-detail = Detail
plan-head = Plan of { $duty }, { $when }: { $made } to make, { $changed } to change, { $removed } to remove, { $undecided } undecided.
plan-monthly = What may be done of it comes to { $money } a month.
plan-refused = The guard refuses, whole parts of it:
plan-refused-part = { $account }, { $kind } ({ $steps } steps): { $why }
plan-undecided = Nothing could be decided about { $many }, and nothing is done to them:
plan-more = and { $more } more
plan-note = Note: { $text }
plan-no-duty = no duty that changes something is called { $duty }
plan-duties = there are { $duties }.
plan-none-of = { $duty } changes nothing
plan-nothing-configured = the configuration speaks of no duty that changes something
plan-configure-hint = add a table such as [backups]; `skywarden config schema` lists its keys.
plan-save-which = one file holds the plan of one duty, and several are configured
plan-save-other = { $path } is no plan, and is not overwritten
plan-saved = The plan is in { $path }, sealed; `skywarden apply { $path }` does it within 24 hours.
plan-saved-unsealed = The plan is in { $path }; `skywarden apply { $path }` does it within 24 hours, on this host: without a key nothing vouches for it elsewhere.
plan-unreadable = { $path } cannot be read: { $error }
guard-unknown = of how many they are is not known, so none goes
guard-many = { $asked } are to go at once, and { $allowed } may
guard-share = { $asked } of { $total } are to go at once, and { $allowed } may
guard-backlog = { $asked } are to go, and { $allowed } a day would be usual
guard-dear = what is made would cost { $asked } a month, and { $allowed } may be spent
guard-waits = they wait for steps that are refused
guard-many-hint = if all of them are meant, raise `at_most` in [guard].
guard-share-hint = if all of them are meant, raise `percent` in [guard].
guard-backlog-hint = after a longer pause or a new rule this is to be expected: say --backlog once.
guard-dear-hint = if that is meant, raise `monthly` in [guard].
apply-nobody = nobody is here to say yes
apply-nobody-hint = read `skywarden plan` first, then say --yes.
apply-plan-mode = { $duty } only plans: no account has mode = "apply"
apply-plan-mode-hint = save a plan with `skywarden plan { $duty } --save FILE` and apply that file, or set mode = "apply"; --yes does not stand for it.
apply-left-out = { $duty } only plans in { $accounts }; nothing is done there.
apply-file-accounts = a file says itself in which accounts it is applied
apply-stranger-hint = the plan is of another configuration; make a new one with `skywarden plan --save FILE`.
apply-what-hint = give a file that `skywarden plan --save` wrote, or the word of a duty.
apply-again-hint = make a new one with `skywarden plan --save FILE`, and read it before it is applied.
apply-busy-hint = nothing was begun; try again when it is done, or look at `skywarden runs list`.
apply-journal-hint = nothing is done without a journal; see that the store can be written to.
apply-where = It is done here:
apply-place = { $account } (account { $identity }) in { $regions }: { $made } to make, { $changed } to change, { $removed } to remove
apply-question = Type { $word } to do it, anything else to leave it:
applied-head = Applied { $duty }, { $when }, run { $run }: { $done } done, { $undone } undone, { $refused } refused.
applied-waited = it waits for { $subject }, which was not done
applied-moved = it stands in the file and is not wanted any more
applied-resume-hint = `skywarden runs resume { $run }` goes on with what was cut off.
check-head = Look of { $duty }, { $when }: { $findings } findings, { $seen }/{ $scopes } scopes seen.
column-muted = Muted
column-place = No
column-attempts = Attempts
column-made = Made
runs-nothing-left = run { $run } has nothing left to be done
column-machine = Machine
column-whole = Whole
column-partial = Partial
column-newest = Newest
column-oldest = Oldest
column-size_gib = GiB
column-from = From
column-set = Set
column-begun = Begun
column-disks = Disks
column-wanted = Of
column-bound = Stays by
column-images = Images
backups-none = No machine has a copy.
backups-list-hint = `skywarden backups list` shows which machines have copies, and of when.
backups-at = { $text } is no time
backups-at-hint = say a day (2026-11-20), a time in the zone of [backups] (2026-11-20 04:00), or a full one (2026-11-20T04:00:00+08:00).
