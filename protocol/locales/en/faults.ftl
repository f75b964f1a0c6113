# What is wrong with a draft, and what would be right.

fault-not-json = This is not JSON: { $detail }. Send one JSON object in UTF-8.
fault-too-large = This is longer than { $max } KiB. Shorten the description or the notes.
fault-too-deep = This is nested more than { $max } levels deep. Remove some levels.
fault-repeated-field = The field “{ $name }” is given twice. Keep one.
fault-bad-character = This contains the invisible character { $character }, which can disturb or disguise text. Delete it and type the text again.
fault-line-break = This must be a single line. Replace the line breaks by spaces.
fault-missing = This is missing. Please fill it in.
fault-needs-one = A listing of the kind “{ $kind }” needs at least one of these.
fault-wrong-type = This must be { $wanted ->
    [list] a list, such as ["…", "…"]
    [object] an object, such as {"{"}"…": "…"{"}"}
    [text] an object with one text for each language, such as {"{"}"en": "…", "fr": "…"{"}"}
    [string] text in quotation marks
    [number] a number
    [integer] a whole number
    [flag] true or false
   *[other] of another type
}.
fault-too-long = This has { $length } characters; at most { $max } are allowed. Shorten it.
fault-too-many = This list has { $count } elements; at most { $max } are allowed. Remove some.
fault-out-of-range = { $value } is out of range. Give a number from { $min } to { $max }.
fault-unknown-word = “{ $value }” is not one of the possible values. { $nearest ->
    [none] {""}
   *[other] Did you mean “{ $nearest }”? {""}
}Choose one of: { $allowed }.
fault-unknown-concern = “{ $value }” is not a concern in our list. { $nearest ->
    [none] Look it up in the list of concerns.
   *[other] Did you mean “{ $nearest }”?
}
fault-misspelt-field = There is no such field. Did you mean “{ $nearest }”?
fault-bad-language = “{ $value }” is not a language tag. { $nearest ->
    [none] Use a tag such as en, fr, pa or zh-Hant.
   *[other] Write “{ $nearest }”.
}
fault-bad-date = “{ $value }” is not a date. Write year-month-day, such as 2026-09-01.
fault-bad-date-time = “{ $value }” is not a date and time. Write it as 2026-09-01T19:00, without a time zone.
fault-bad-month-day = “{ $value }” is not a day of the year. Write month-day, such as 09-01.
fault-bad-founding = “{ $value }” is not a date. Write a year (1998), a month (1998-04) or a day (1998-04-12).
fault-bad-time-zone = “{ $value }” is not a time zone. { $nearest ->
    [none] Use a name such as America/Toronto.
   *[other] Did you mean “{ $nearest }”?
}
fault-rule-part = “{ $part }” is not a part of a rule that can be used here. Use FREQ, INTERVAL, BYDAY, BYMONTHDAY, COUNT, UNTIL or WKST, each once, as NAME=VALUE, separated by semicolons.
fault-rule-frequency = The rule must begin with FREQ=WEEKLY or FREQ=MONTHLY. For every day, write FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU.
fault-rule-value = { $part } cannot be “{ $value }”. { $part ->
    [INTERVAL] Give a whole number from 1 to 99.
    [COUNT] Give a whole number from 1 to 1000.
    [BYDAY] Give days such as TU,TH; in a monthly rule also 2TU for the second Tuesday or -1FR for the last Friday.
    [BYMONTHDAY] Give days such as 1,15; -1 is the last day of the month.
    [UNTIL] Give a day such as 20261231, or a time in UTC such as 20261231T235959Z.
   *[WKST] Give one day, such as MO.
}
fault-rule-clash = { $one } and { $other } cannot stand in one rule. Remove one of them.
fault-rule-over = The rule is over before the first meeting on { $start }. Change UNTIL or the start.
fault-start-off-rule = The start is not on a day that the rule names. { $nearest ->
    [none] Change the start or the rule.
   *[other] The first day after it that fits is { $nearest }.
}
fault-arrangement-with-times = A time by arrangement has no { $field }. Remove it, or describe the fixed time as a schedule of its own.
fault-no-such-place = There is no place { $index }. Places are counted from 0, and this listing has { $count }.
fault-ages-crossed = The oldest age ({ $max }) is below the youngest ({ $min }). Exchange them.
fault-withheld-detail = The place is withheld, so this may not be published. Remove it, or move it to the private places.
fault-withheld-postal-code = The place is withheld. Of its postal code only the first three characters may be published: { $nearest }.
fault-approximate-detail = The place is approximate, so this may not be published. Remove it, or set the precision to exact.
fault-approximate-coordinate = The place is approximate. Round this to two decimals: { $nearest }.
fault-private-matter = This stays at home and may not be published. Remove it.
fault-half-coordinates = A position needs both. Give the { $other } as well.
fault-bad-postal-code = “{ $value }” is not a Canadian postal code. Write it as M5V 2T6, or only its first three characters.
fault-bad-region = “{ $value }” is not a region code. Use ISO 3166-2, such as CA-ON.
fault-bad-country = “{ $value }” is not a country code. Use two capital letters of ISO 3166-1, such as CA.
fault-region-elsewhere = The region { $region } is not in the country { $country }. Change one of them.
fault-bad-telephone = “{ $value }” is not a telephone number that can be dialled. Write it with its area code, such as 416 555-0123, or with + and the country code.
fault-bad-extension = “{ $value }” is not an extension. Give its digits only.
fault-extension-alone = An extension needs a telephone number. Give the number as well.
fault-bad-email = “{ $value }” is not an e-mail address. Write one address, such as info@example.org.
fault-contact-empty = A contact needs a telephone number or an e-mail address, or at least a note that says how to reach it.
fault-no-consent = A contact may only be published with that person’s consent. Ask, then set this to true, or move the contact to the private contacts.
fault-bad-url = “{ $value }” is not a web address. Write it in full, such as https://example.org/groups, without a user name or password.
fault-bad-amount = “{ $value }” is not an amount. Write digits with a point, such as 5.00, and name the currency apart.
fault-bad-currency = “{ $value }” is not a currency. Use three capital letters, such as CAD.
fault-amount-of-nothing = An amount and its currency belong together, and something free has neither. Add or remove { $field }.
fault-bad-uuid = “{ $value }” is not a UUID. Copy the 36 characters from the address of that listing.
fault-bad-licence = “{ $value }” is not a licence. Use an SPDX identifier, such as CC-BY-4.0.
