# Talk of the command line.
talk-error = error: { $text }
talk-hint = hint: { $text }
talk-warning = warning: { $text }
error-empty-secret = nothing was given: a secret is not empty
progress-accounts = accounts
patrol-head = Patrol of { $when }: { $accounts } accounts, { $seen } of { $scopes } scopes seen, { $findings } findings.
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
column-muted = Muted
column-available = Available
column-currency = Currency
column-threshold = Threshold
column-balance = Balance
column-scope = Scope
column-why = Why
column-detail = Detail
column-ignored = Ignored
demo-intro = Simulated Alibaba Cloud at { $url }, on this machine only; configuration: { $config }
demo-day = { $days } days ago: a quiet patrol, to have a history of balances …
demo-message = ── { $channel } ({ $kind }) received ──
demo-outro = The patrol ended with { $code } (3: something was not seen, as it was meant to be here).
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
advice-import-correct = correct the file and run the import again; nothing was written.

# skywarden config
config-fine = { $path } is fine: { $accounts } accounts, { $channels } channels, every secret opens.
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
seal-nothing = nothing is sealed yet: there is no { $path }.
seal-key-made = made a key: { $path } (mode 0600). Keep a copy somewhere safe: without it nothing sealed can be read again.
seal-key-missing = { $path } was sealed with the key { $fingerprint }, and there is no key here.
seal-no-home = there is no place for it: no home folder is known. Name a configuration with --config and a key with SKYWARDEN_KEY or SKYWARDEN_KEY_FILE.
seal-argv = a secret is not given on the command line, where every process and the shell's history see it.
seal-argv-hint = type it when `skywarden seal set { $name }` asks, or send it through stdin; consider the one just given as known to others.
rotate-variable = the key comes from SKYWARDEN_KEY, which this program cannot change.
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
import-written = sealed { $many } secrets in { $sealed } and wrote { $path }.
import-next = look at it with `skywarden --config { $path } patrol --no-send`, which tells nobody.
import-remove-question = { $path } still holds the access keys. Remove it?
import-removed = removed { $path }.
import-kept = { $path } still holds the access keys; remove it when you no longer need it.
import-note-renamed = the section [{ $section }] became the account `{ $account }`.
import-note-robot = the address of the robot of [{ $section }] does not tell its kind; it became a DingTalk channel `{ $channel }`, check its `kind`.
import-note-list = max_list_length = { $asked } became { $kept }, the most that the old program showed.
import-note-ignored = the key `{ $key }` in [{ $section }] meant nothing and was left out.
import-note-defaulted = the key `{ $key }` was missing in [global-config]; { $value } holds.
import-note-encryption = the key of the old encryption is public: whoever saw the old file has these access keys, so make new ones when you can.
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
schedule-systemd-service = Skywarden patrol of what expires and of balances
schedule-systemd-timer = Skywarden patrol on schedule
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
unseen-hint-empty-after-history = if it is really empty now, the next run believes it; if not, the key of { $account } has lost rights.
unseen-hint-not-reached = mend what stands above first.
unseen-hint-refused = see what the cloud says; `skywarden doctor --account { $account }` looks closer.
