# What the commands say to people. What machines read (JSON, the log) is not translated.

cli-token-made = This is the token of { $name }. It is shown this once; keep it as you keep a password.
cli-tokens-none = Nobody may write to this node over the network yet.
cli-members-none = The roster is empty.
cli-done-node = Done: { $nid }
cli-done-named = Done: { $name }

cli-init-made = A new node: { $nid }
cli-init-paper = This is the paper key. Whoever has it can take this node's identity over; without it, a lost machine is a lost identity. Write it down or print it, and keep it in a safe place. It is shown this once.
cli-init-written = The page to print is { $path }. Print it, then delete the file.
cli-init-next = Next: clearinghouse serve --data { $data }
cli-paper-title = The paper key of this node
cli-paper-text = Whoever has this key can take this node's identity over. It is needed when the machine is lost or its keys are stolen. Keep it where you keep important papers, away from the machine, and show it to nobody.

cli-status-nid = node
cli-status-url = served at
cli-status-data = data
cli-status-vkey = log key
cli-status-running = The node is running.
cli-status-resting = The node is not running.
cli-status-view = { $listings ->
    [one] One listing
   *[other] { $listings } listings
} in the view, { $entries ->
    [one] one entry
   *[other] { $entries } entries
} in our own log, { $feeds ->
    [one] one feed
   *[other] { $feeds } feeds
} kept.
cli-status-aside = { $count ->
    [one] one entry set aside
   *[other] { $count } entries set aside
}

cli-column-centre = Centre
cli-column-standing = Standing
cli-column-entries = Entries
cli-column-listings = Listings
cli-column-state = State
cli-column-name = Name
cli-column-made = Made
cli-column-nid = Identifier
cli-column-regions = Regions

cli-standing-own = this node
cli-standing-root = followed
cli-standing-mutual = member
cli-standing-one-sided = admitted, has not joined
cli-standing-out-of-scope = outside our regions
cli-standing-too-deep = too many levels below
cli-standing-suspended = suspended
cli-standing-none = known

cli-health-own = own
cli-health-new = not asked yet
cli-health-verified = verified
cli-health-silent = silent
cli-health-frozen = frozen
