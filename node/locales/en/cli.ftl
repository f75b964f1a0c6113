# What the commands say to people. What machines read (JSON, the log) is not translated.

cli-token-made = This is the token of { $name }. It is shown this once; keep it as you keep a password.
cli-tokens-none = Nobody may write to this node over the network yet.
cli-logs-none = This node cosigns no foreign log.
cli-members-none = The roster is empty.
cli-done-node = Done: { $nid }
cli-done-named = Done: { $name }

cli-init-made = A new node: { $nid }
cli-init-paper = This is the paper key. Whoever has it can take this node's identity over; without it, a lost machine is a lost identity. Write it down or print it, and keep it in a safe place. It is shown this once.
cli-init-written = The page to print is { $path }. Print it, then delete the file.
cli-init-next = Next: clearinghouse serve --data { $data }
cli-paper-title = The paper key of this node
cli-paper-text = Whoever has this key can take this node's identity over. It is needed when the machine is lost or its keys are stolen. Keep it where you keep important papers, away from the machine, and show it to nobody.

cli-rotate-ask = The paper key that counts now:
cli-rotate-paper = This is the new paper key. It takes the place of the one that you use now. Write it down or print it before you go on, and keep it in a safe place. It is shown this once.
cli-rotate-done = Done: this node is served at { $url }. The paper key that you used no longer counts: destroy it, and keep the new one.
cli-rotate-void = Nothing was changed. The new paper key above is worth nothing; the old one still counts.

cli-status-nid = node
cli-status-url = served at
cli-status-data = data
cli-status-vkey = log key
cli-status-witness = witness key
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
cli-status-entries-over = over its quota: { $count } entries wait
cli-status-bodies-over = over its quota: { $count } listings wait
cli-status-aside = { $count ->
    [one] one entry set aside
   *[other] { $count } entries set aside
}

cli-column-centre = Centre
cli-column-standing = Standing
cli-column-entries = Entries
cli-column-listings = Listings
cli-column-witnessed = Witnessed
cli-column-state = State
cli-column-name = Name
cli-column-made = Made
cli-column-nid = Identifier
cli-column-regions = Regions

cli-witnessed-since = up to { $at }
cli-witnessed-never = not yet
cli-witnessed-by = { $count ->
    [one] by one witness
   *[other] by { $count } witnesses
}

cli-standing-own = this node
cli-standing-root = followed
cli-standing-mutual = member
cli-standing-dissolved = member, has ended
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

cli-status-forked = { $centre } has signed two histories that contradict each other, and we can prove it. We show its last sound state and take nothing more from this log. Tell the people who run it ({ $url }); the proof is in { $file }, and anyone can check it with “feedtool evidence”.
cli-status-forked-own = Our own log has signed two histories that contradict each other: two machines used its key, or a backup went on where it had been. Changes are refused, because nobody would take them. Make sure that only one machine uses this key, and keep the paper key: a new epoch under it is the way on, which this version cannot open yet. What is listed stays listed. The proof is in { $file }.

cli-doing-reading = Reading the file
cli-doing-publishing = Publishing
cli-doing-erasing = Erasing
cli-doing-showing = Waiting for the view

cli-import-done = Imported “{ $source }”: { $rows ->
    [one] one row
   *[other] { $rows } rows
}
cli-import-would = This is what an import of “{ $source }” would do ({ $rows ->
    [one] one row
   *[other] { $rows } rows
}); nothing was changed
cli-import-added = added
cli-import-revised = revised
cli-import-unchanged = unchanged
cli-import-removed = erased
cli-import-proposed = missing from the file, kept until somebody says yes
cli-import-held = kept as they are, because their row is not sound now
cli-import-doubled = kept as they are, because another listing has the same identifier
cli-import-merged = rows that are further times of an earlier one
cli-import-changed = rows of which something was changed
cli-import-set-aside = rows set aside
cli-import-refused = rows refused
cli-import-list-removed = Erased:
cli-import-list-proposed = Missing from the file:
cli-import-list-doubled = With the identifier of another listing:
cli-import-list-refused = Refused:
cli-import-list-set-aside = Set aside:
cli-import-list-changed = Changed:
cli-import-rows = { $more ->
    [0] (rows { $rows })
   *[other] ({ $count } rows: { $rows }, …)
}
cli-import-more = … and { $count } more; --json shows all.
cli-import-accept = To erase what the file no longer names, import it again with --accept-removals={ $count }.

cli-demo-begins = five nodes, their data in { $data }
cli-demo-made = { $name } comes to be: { $nid }
cli-demo-serves = { $name } serves at { $url }
cli-demo-admits = { $network } admits { $name } for { $region }
cli-demo-joins = { $name } joins { $network }; now both logs say so
cli-demo-loaded = { $name } publishes { $added ->
    [one] one listing
   *[other] { $added } listings
} from “{ $source }” in { $ms } ms{ $refused ->
    [0] {""}
    [one] ; one row is not in
   *[other] ; { $refused } rows are not in
}
cli-demo-gathered = { $name } has verified every feed: { $listings } listings in its view
cli-demo-changes = Toronto changes “{ $title }” (search for “{ $word }”)
cli-demo-acknowledged = the change is on Toronto's disk, signed and acknowledged after { $ms } ms
cli-demo-found = found in the national view after { $ms } ms
cli-demo-nothing = Toronto has no listing to change
cli-demo-sentence = This sentence was added by the demonstration, to be found under { $word }.
cli-demo-chaos = for { $seconds } s things go wrong, by the seed { $seed }; centres go on writing
cli-demo-chaos-stops = { $name } stops
cli-demo-chaos-starts = { $name } serves again
cli-demo-chaos-restores = { $name } is put back to an older backup
cli-demo-chaos-cuts = { $name } can no longer hear { $network }
cli-demo-chaos-mended = everything is mended
cli-demo-chaos-equal = all views are equal after { $ms } ms; { $mishaps ->
    [one] one mishap
   *[other] { $mishaps } mishaps
}, { $edits ->
    [one] one edit
   *[other] { $edits } edits
} acknowledged, { $broken ->
    [0] every promise kept
    [one] one promise broken
   *[other] { $broken } promises broken
}
cli-demo-open = Open:
cli-demo-end = The nodes go on serving; Ctrl+C ends them. A second start on the same folder resumes.

cli-doing-verifying = Verifying
cli-doing-rebuilding = Building the view anew

cli-rebuilt = The view was built anew in { $seconds } s: { $listings ->
    [one] one listing
   *[other] { $listings } listings
}.
cli-column-bodies = Bodies
cli-verify-sound = sound
cli-verify-unsound = not sound
cli-verify-done = Verified { $entries ->
    [one] one entry
   *[other] { $entries } entries
} and { $bodies ->
    [one] one body
   *[other] { $bodies } bodies
} ({ $mb } MB) in { $seconds } s, { $speed } a second.
cli-verify-whole = Keys, sign lock, entries, hashes and bodies are what was signed.

cli-handed-over = { $listings ->
    [one] One listing is handed over to { $nid }. It stays yours until that centre takes it with “accept”. Private notes stay here and do not go along.
   *[other] { $listings } listings are handed over to { $nid }. They stay yours until that centre takes them with “accept”. Private notes stay here and do not go along.
}
cli-taken-over = { $listings ->
    [one] One listing was taken over from { $nid }. What was private about it did not come along.
   *[other] { $listings } listings were taken over from { $nid }. What was private about them did not come along.
}
cli-hidden-none = Nothing is hidden at this node.
cli-column-since = Since
cli-column-reason = Reason
cli-status-announced = { $final ->
    [none] { $name }: a new key was announced; it counts 72 hours after witnesses have seen its log, unless the paper key speaks first.
   *[other] { $name }: a new key was announced on { $begun }. It counts from { $final } on, unless the paper key speaks first.
}
