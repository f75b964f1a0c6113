# What an import says about the rows of a foreign file.

import-encoding = The file is not UTF-8; it was read as { $name }.
import-uneven = { $rows } rows have more or fewer cells than the header line.
import-no-object = The row is not a set of named values.
import-no-name = The row has no name.
import-no-id = The row has neither an identifier nor a name.
import-name-taken = The row has no name; “{ $value }” was taken instead.
import-id-made = The row has no usable identifier; “{ $value }” was made from its content.
import-slug-again = Row { $row } has the same identifier, and this row says something else or nothing new.
import-merged = Another time of the meeting in row { $row }: added to that listing.
import-skipped = Left out as the mapping asks: { $reason }
import-place-closed = The place is closed for the time being: only its city is shown.
import-coordinates = The coordinates were left out, as they cannot be right: { $value }
import-no-web-address = “{ $value }” is not a web address and was left out.
import-no-telephone = “{ $value }” is not a telephone number and was left out.
import-no-email = “{ $value }” is not an e-mail address and was left out.
import-no-number = “{ $value }” is not a number and was left out.
import-no-date = “{ $value }” is not a date and was left out.
import-no-address = “{ $value }” is not an address and was left out.
import-no-language = “{ $value }” is not a language we know and was left out.
import-unreadable = “{ $value }” could not be read and was left out.
import-day = “{ $value }” is not a day of the week.
import-day-missing = There is a time but no day: shown as by arrangement.
import-time = “{ $value }” is not a time of day.
import-time-missing = There is a day but no time: shown as by arrangement.
import-zone-unknown = Neither row, source nor address tells the time zone: the time is shown as a note.
import-zone-invalid = “{ $value }” is not a time zone.
import-zone-from-address = The time zone of { $rows } rows was taken from their address.
import-end = The end “{ $value }” does not fit the start: one hour was assumed.
import-shortened = The text was cut to { $chars } letters.
import-code = The type code “{ $value }” is not known and was left out.
import-open-and-closed = The row is marked both open and closed: openness was left out.
import-concern-assumed = The file does not say what its groups are about: “{ $concern }” was assumed.
import-contact-left-out = { $rows } rows name a person’s contact here; without known consent it was left out.
import-no-consent = A contact without stated consent was left out.
import-field-unread = Nothing reads this field, which { $rows } rows have.
import-value-unknown = The mapping does not know the value “{ $value }”; it was left out.
import-fault = { $fault }

# Words that an import writes into a listing.

dial-in = Dial-in:
day-0 = Sunday
day-1 = Monday
day-2 = Tuesday
day-3 = Wednesday
day-4 = Thursday
day-5 = Friday
day-6 = Saturday

# Meeting types that have no field of their own in a listing.

code-11 = Eleventh Step meditation
code-12x12 = Twelve Steps and Twelve Traditions
code-a = Secular
code-absi = As Bill Sees It
code-ac = Alateen at the same time
code-al = Alateen at the same time
code-al-an = Al-Anon at the same time
code-b = Big Book
code-be = Newcomers
code-brk = Breakfast
code-can = Candlelight
code-cf = Children welcome
code-d = Discussion
code-db = Digital basket
code-dd = Dual diagnosis
code-dr = Daily Reflections
code-gr = Grapevine
code-h = Birthday
code-lit = Literature
code-ls = Living Sober
code-med = Meditation
code-out = Outdoors
code-poa = Proof of attendance
code-poc = People of colour
code-sm = Smoking permitted
code-sp = Speaker
code-st = Step study
code-tr = Tradition study
code-xt = Cross talk permitted
