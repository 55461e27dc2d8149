# The channels' own words: continuation, omission, footer.
label-colon = { ": " }
more-items = … and { $count } more
top-items = … only TOP { $shown } shown, and { $count } more
lines-left-out = … and { $count } more lines not shown
mark-single = run { $run }
mark-part = part { $part }/{ $parts } · run { $run }
mention-notice = Please look: { $title }
cut-off = (too long, left out)
# What to do about a robot's refusal.
trouble-keyword = The message lacks the robot's keyword: set `keyword` to one of the robot's security keywords.
trouble-signature = The signature does not match: check that `secret` is this robot's signing secret and that the clock is right.
trouble-address = This machine's address is not on the robot's allow-list: add it to the robot's IP ranges.
trouble-robot-gone = The robot does not exist, was stopped, or its group is gone: create it again and update `webhook`.
trouble-payload = The other side does not accept the form of this message: that is our fault, please report it with the answer.
trouble-redirect = The other side wants to send us elsewhere; redirects are never followed, so name the final address.
trouble-forbidden-address = This address may not be a webhook: metadata services, link-local addresses and plain http beyond loopback are refused.
trouble-mail-refused = The mail server refused the mail: check sender, recipients and password.
trouble-mail-login = The mail server does not accept the login: check user and password.
trouble-unknown = The other side gave an error code we do not know: read its answer.
trouble-expired = It could not be delivered for too long and was given up.
trouble-unreadable = What waits was written by a newer version: upgrade, then try again.
