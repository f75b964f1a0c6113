# What an answer says when it is a refusal. Each has a title, and a detail that says what to do.

error-not-found-title = Not found
error-not-found-detail = There is nothing at this address. Check it for a missing or surplus character.

error-hidden-title = Not shown here
error-hidden-detail = This node does not show this listing. That is a decision of this node alone: its author has not taken it back, and other nodes may show it.

error-gone-title = Gone
error-gone-detail = This was replaced or taken back and is no longer handed out.

error-method-title = Not possible here
error-method-detail = This address does not take this kind of request. The header “allow” names those that it takes.

error-faults-title = The listing is not sound
error-faults-detail = { $count ->
    [one] One thing must be put right.
   *[other] { $count } things must be put right.
}

error-bad-query-title = The question is not understood
error-bad-query-detail = Put right what is named under “errors” and ask again.

error-unauthorized-title = Please sign in
error-unauthorized-detail = This needs an access token or a session, and yours is missing or no longer valid.

error-forbidden-title = Not allowed
error-forbidden-detail = Your account may not do this. Ask whoever looks after the accounts of your centre.

error-precondition-failed-title = Changed in the meantime
error-precondition-failed-detail = Somebody else changed this since you read it. Read it again and repeat your change.

error-precondition-required-title = Say which version you mean
error-precondition-required-detail = Send the ETag that you read in the header “if-match”, so that nobody’s change is overwritten unseen.

error-too-large-title = Too large
error-too-large-detail = What was sent is larger than is taken here.

error-busy-title = Busy
error-busy-detail = { $seconds ->
    [one] Too many requests at once. Try again in a second.
   *[other] Too many requests at once. Try again in { $seconds } seconds.
}

error-held-title = No changes for now
error-held-detail = This node takes no changes until whoever runs it has looked after it. Nothing was changed.

error-held-room-title = No changes for now
error-held-room-detail = The disk of this node is nearly full, so it takes no changes; what is listed can still be read. It goes on by itself as soon as there is room. Nothing was changed.

error-away-title = Back in a moment
error-away-detail = The search of this node is being built anew from its feeds. Nothing is lost; try again in a minute.

error-unread-title = Not a request to a witness
error-unread-detail = What was sent is not an old size, a proof and a checkpoint as C2SP tlog-witness has them, or the old size is larger than the new one.

error-unsigned-title = Not signed by this log
error-unsigned-detail = No key that is known here for this log has signed the checkpoint.

error-unproven-title = No proof that the log grew
error-unproven-detail = The proof does not lead from what is known here of this log to the checkpoint. Ask for the last cosigned checkpoint and prove from there.
error-behind-title = Not read up to now
error-behind-detail = This node has not yet read what this feed said last, and holds its listings back until it has. Try again in { $seconds } seconds, or ask the feed’s own node.

error-lease-over-title = No news for too long
error-lease-over-detail = { $days ->
    [one] This node has had no verified news of this feed for more than a day and holds its listings back until it has some. Ask the feed’s own node.
   *[other] This node has had no verified news of this feed for more than { $days } days and holds its listings back until it has some. Ask the feed’s own node.
}

error-push-refused-title = What was pushed is not taken
error-push-refused-detail = This node did not take the push: { $reason }.

error-internal-title = Something went wrong here
error-internal-detail = This is our fault, not yours. It was written down for whoever runs this node.

error-not-ours-title = Another centre’s listing
error-not-ours-detail = This listing belongs to the centre { $owner } and is changed there. The network page names that centre’s address.

query-unknown-parameter = There is no such parameter.
query-unknown-parameter-nearest = There is no such parameter. Did you mean “{ $nearest }”?
query-unknown-value = This value is not known here.
query-unknown-value-nearest = This value is not known here. Did you mean “{ $nearest }”?
query-not-text = This is not text in UTF-8.
query-once = This may be given only once.
query-too-many = At most { $max } values may be given.
query-too-long = This is too long: at most { $max } characters are read.
query-number = A number from { $min } to { $max } was expected.
query-day = A weekday was expected: one of { $allowed }.
query-language = A language tag such as “fr” or “fr-CA” was expected (BCP 47).
query-centre = A centre’s identifier was expected: 26 characters of a–z and 2–7.
query-near = No place or postal code of this name is known here.
query-near-suggested = No place or postal code of this name is known here. Did you mean { $places }?
query-needs-near = A distance can only be asked for together with “near”.
query-cursor = This cursor belongs to another question. Begin again without it.
query-body = What was sent did not arrive whole.
query-id = This is not the identifier that stands in the address.
