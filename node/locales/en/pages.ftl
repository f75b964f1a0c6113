# What the pages for people say. Spaces that must not break are U+00A0.

this-language = English
skip = Skip to the content

danger-now = Danger:
danger-suicide = Thinking of suicide:
danger-988 = call or text, day or night

nav-label = Main
nav-find = Find help
nav-network = Centres
foot-what = Self-help and mutual aid: run by and for the people concerned, open to new members, free or nearly free.
foot-privacy = No cookies, no trackers, no other company’s servers: nobody learns here what you looked for. Your own browser may remember this page in its history.
foot-network = The centres that keep these listings

list-and = { $most } and { $last }
listings-word = listings
listings = { $count ->
    [one] { $shown } listing
   *[other] { $shown } listings
}
centres = { $count ->
    [one] { $shown } centre
   *[other] { $shown } centres
}

# The form

form-label = Find a group
form-words = What are you looking for?
form-words-hint = In your own words: “my son died”, “gambling”, “caring for my mother”.
form-near = Where?
form-near-hint = A town, or the first three characters of a postal code. Empty means anywhere.
form-within = How far?
form-within-any = Near by
form-find = Find

# The first page

home-title = Find a self-help group
home-about = Find self-help groups and peer support: people who share a concern and help one another, in person, online or by telephone.
home-heading = Find people who have been there
home-lead = Self-help groups and peer support bring together people who are going through the same thing. You are welcome as you are.
home-shortcuts = Quick searches
home-today = Meeting today
home-online = Online
home-telephone = By telephone
home-new = New groups that are forming
home-concerns = Or start from a concern
home-all = { $count ->
    [0] No listings yet
    [one] Show the one listing
   *[other] Show all { $shown } listings
}
home-what = What to expect
home-what-1 = People like you
home-what-1-text = No experts and no patients: everyone there lives with the same concern, or did.
home-what-2 = At your own pace
home-what-2-text = You may simply listen. What is said in the group stays in the group.
home-what-3 = Free, or nearly
home-what-3-text = Some groups pass a hat for coffee. None of them sells anything.
home-keepers = Who keeps this directory
home-keepers-text = { $count ->
    [0] Local self-help centres know the groups of their region and sign every change they make.
    [one] A local self-help centre knows the groups of its region and signs every change it makes.
   *[other] { $shown } local self-help centres know the groups of their regions and sign every change they make.
}
home-keepers-link = See the centres

# What was found

search-title = What was found
search-about = Self-help groups and peer support that match a search.
search-found = { $count ->
    [0] Nothing found
    [one] { $shown } listing
   *[other] { $shown } listings
}
search-found-near = { $found } near { $place }
search-range = { $first } to { $last }
search-nothing = Nothing here matches all of that yet. You have not done anything wrong: groups are few and words are many.
search-advice-words = Try fewer or other words: “grief” instead of “loss of my husband”.
search-advice-place = Look in a larger town near you, or leave the place empty.
search-advice-choices = Take away what you ticked.
search-home = Begin a new search

notice-place-unknown = We do not know a place called “{ $value }”, so we looked everywhere. A larger town near by, or the first three characters of a postal code, may work.
notice-place-likely = We do not know a place called “{ $value }”, so we looked everywhere. Did you mean:
notice-place-taken = We took { $value } for the place. Empty “Where?” to look everywhere.
notice-cut = That was a lot of words; we read the first { $shown } characters.
notice-left-out = Part of this address could not be read, so we left it out.

distance-km = { $value } km
distance-close = less than 1 km
distance-within = Within { $value } km

ticked-label = Narrowed down to
ticked-remove = Remove:
ticked-clear = Remove all

narrow-jump = Narrow down
narrow-heading = Narrow down
narrow-apply = Show
narrow-further = { $count ->
    [one] { $shown } more
   *[other] { $shown } more
}
narrow-concern = Concern
narrow-way = Way of meeting
narrow-day = Day
narrow-language = Language
narrow-kind = Kind
narrow-openness = Open or closed
narrow-for_whom = For whom
narrow-accessibility = Accessibility
narrow-centre = Centre

pages-label = More results
pages-previous = Previous
pages-next = Next

onwards-nothing = What you could try instead
onwards-more = Nothing that suits you?
onwards-wider = Within { $value } km
onwards-telephone = By telephone, from anywhere
onwards-online = Online, from anywhere
onwards-unticked = The same without what you ticked
onwards-everywhere = Everywhere
onwards-near = Everything near there
onwards-all-telephone = All telephone support
onwards-all-online = All groups online

card-next = Next
listing-next = Next meeting
card-when = When
card-where = Where
card-how = How
card-tongues = Languages
tongues-more = { $count ->
    [one] { $shown } more
   *[other] { $shown } more
}
confirmed-on = Confirmed on { $value }
confirmed-on-by = Confirmed on { $value } by { $by }
confirmed-never = Not confirmed yet
confirmed-by-initiative = the initiative itself
confirmed-by-centre = the centre
confirmed-by-network = its network

# One listing

listing-about = A listing in the directory of self-help groups.
listing-also = Also known as
listing-concerns = What it is about
listing-other-tongue = The centre has written this listing in { $value } only.
listing-reach = How to reach it
listing-reach-nobody = No public contact is given. Simply come to a meeting, or ask the centre that keeps this listing.
listing-telephone = Telephone:
listing-extension = extension { $value }
listing-email = E-mail:
listing-when = When
listing-where = Where
listing-at-place = At place { $shown } below
listing-description = About it
listing-know = Good to know
listing-openness = New members
listing-whom = For whom
listing-cost = Cost
listing-leadership = Led by
listing-access = Accessibility
listing-area = Area
listing-parent = Part of
listing-network = Network
listing-founded = Founded
listing-licence = Licence
listing-source = Who says so
listing-stale = Better call or write before you go.

proof-heading = How to check this
proof-text = The centre signs everything it publishes, in a log that nobody can change unnoticed. With the proof, anyone can check that this listing is exactly what the centre said.
proof-entry = Entry
proof-entry-of = Number { $entry } in a log of { $size } signed entries
proof-log = Log
proof-root = Hash of the whole log
vouched = Witnesses
vouched-by = Confirmed by { $by }, { $ago }
vouched-since = Not confirmed at present; last confirmed { $value }
vouched-never = Not confirmed by any witness yet
vouched-none = No witness is asked for
proof-link = Signed proof of this entry
proof-body = The listing as it was signed

listing-kept = Since { $value }; before that it was kept by { $before }.
gone-title = This listing is no longer here
gone-since = Its centre took it back on { $value }.
gone-why = The group may have ended, or it asked not to be listed any more. What it said has been erased here.
gone-onwards = There may be others for the same concern.

refusal-not-found = There is no page at this address. It may have been copied only in part.
refusal-internal = Something went wrong on our side, not on yours. Please try again in a moment.

belonging-unnamed = An organization that is not listed here

kind-group = Group
kind-peer-support = Peer support
kind-network = Network of groups
kind-organization = Organization
kind-centre = Self-help centre

status-forming = Being founded
status-active = Active
status-paused = Paused
status-closed = Ended
status-told-forming = This group is being founded and looks for its first members.
status-told-active = It is active.
status-told-paused = It does not meet at present and means to come back.
status-told-closed = It has ended. This page stays so that nobody looks for it in vain.

openness-open = Open to newcomers
openness-closed = Closed at present
openness-ask-first = Ask first
openness-forming = Looking for first members
openness-told-open = Welcome: simply come
openness-told-closed = It takes nobody new at present
openness-told-ask-first = Welcome: ask before you come
openness-told-forming = It looks for its first members

way-in-person = In person
way-online = Online
way-telephone = By telephone
way-mail = By letter
way-email = By e-mail
way-inline-in-person = in person
way-inline-online = online
way-inline-telephone = by telephone
way-inline-mail = by letter
way-inline-email = by e-mail

whom-anyone = Anyone
whom-women = Women
whom-men = Men
whom-youth = Young people
whom-children = Children
whom-seniors = Older people
whom-parents = Parents
whom-caregivers = Caregivers
whom-family-friends = Family and friends
whom-lgbtq = 2SLGBTQ+ people
whom-indigenous = Indigenous people
whom-newcomers = Newcomers to the country
whom-francophones = French speakers
whom-veterans = Veterans
whom-survivors = Survivors
whom-students = Students
whom-professionals = Professionals
ages-between = { $min } to { $max } years old
ages-from = From { $value } years old
ages-to = Up to { $value } years old

leadership-peer = People who share the concern
leadership-shared = Members and professionals together
leadership-in-transition = Professionals who are handing over to members
leadership-professional = Professionals

cost-free = Free
cost-donation = Give what you like
cost-nominal = A small contribution
cost-fee = A fee
cost-dollars = { $kind }: ${ $amount }
cost-other = { $kind }: { $amount } { $currency }

link-website = Website
link-join = Join online
link-social = On social media
link-document = Document
link-donate = Donate

access-wheelchair = Wheelchair accessible
access-accessible-washroom = Accessible washroom
access-parking = Parking
access-transit = Close to public transit
access-hearing-loop = Hearing loop
access-asl = American Sign Language (ASL)
access-lsq = Quebec Sign Language (LSQ)
access-captions = Captions
access-childcare = Childcare
access-scent-free = Scent-free
access-elevator = Elevator
access-quiet-space = Quiet space
access-plain-language = Plain language

scope-local = Local
scope-regional = Regional
scope-provincial = Whole province or territory
scope-national = Whole country
scope-international = International
area-of = { $scope }: { $regions }

place-approximate = Only the neighbourhood is public. Ask for the address when you get in touch.
place-withheld = The address is not public, for the safety of those who come. You are given it when you get in touch.
place-approximate-short = neighbourhood only
place-withheld-short = address given on contact
place-unnamed = One place
place-further = { $count ->
    [one] and { $shown } other place
   *[other] and { $shown } other places
}

# When

weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
weekday-every-1 = Monday
weekday-every-2 = Tuesday
weekday-every-3 = Wednesday
weekday-every-4 = Thursday
weekday-every-5 = Friday
weekday-every-6 = Saturday
weekday-every-7 = Sunday
weekday-the-1 = Monday
weekday-the-2 = Tuesday
weekday-the-3 = Wednesday
weekday-the-4 = Thursday
weekday-the-5 = Friday
weekday-the-6 = Saturday
weekday-the-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
day-first = 1
date = { $day } { $month } { $year }
date-month-day = { $day } { $month }
date-weekday = { $weekday } { $date }
date-year-month = { $month } { $year }
clock = { $part ->
    [midnight] midnight
    [noon] 12:00 noon
    [am] { $hour12 }:{ $minute } a.m.
   *[pm] { $hour12 }:{ $minute } p.m.
}
moment = { $day }, { $clock }
moment-today = Today, { $day }, { $clock }
moment-tomorrow = Tomorrow, { $day }, { $clock }
season = from { $from } to { $to }
ago-now = just now
ago-minutes = { $count ->
    [one] { $shown } minute ago
   *[other] { $shown } minutes ago
}
ago-hours = { $count ->
    [one] { $shown } hour ago
   *[other] { $shown } hours ago
}
ago-days = { $count ->
    [one] { $shown } day ago
   *[other] { $shown } days ago
}
rhythm-daily = every day
rhythm-working-days = Monday to Friday
rhythm-every = every { $value }
rhythm-second-weekday = every second { $value }
rhythm-second-week = every second week, on { $value }
rhythm-nth-week = every { $interval } weeks, on { $on }
rhythm-nth-weekday = { $nth } { $weekday }
rhythm-of-month = { $value } of the month
rhythm-second-month = { $value }, every second month
rhythm-nth-month = { $days }, every { $interval } months
rhythm-date = { $ending ->
    [st] { $day }st
    [nd] { $day }nd
    [rd] { $day }rd
   *[th] { $day }th
}
rhythm-last-date = last day
rhythm-date-from-end = { $value }. day from the end
nth-1 = first
nth-2 = second
nth-3 = third
nth-4 = fourth
nth-5 = fifth
nth--1 = last
nth--2 = second-to-last
nth--3 = third-to-last
nth--4 = fourth-to-last
nth--5 = fifth-to-last
when-at = { $when }, { $span }
when-span = { $from } to { $until }
when-from = { $value }
when-way = { $when }, { $way }
when-zone = { $when } ({ $zone })
when-by-arrangement = by arrangement: you agree on a time together
when-unreadable = at times that this page cannot put into words; please ask
when-unknown = please ask when
when-begins = Begins on { $value }
when-until = Until { $value }
when-count = { $count ->
    [one] { $shown } meeting in all
   *[other] { $shown } meetings in all
}
when-except = Not on { $value }
zone-newfoundland = Newfoundland time
zone-atlantic = Atlantic time
zone-eastern = Eastern time
zone-central = Central time
zone-mountain = Mountain time
zone-pacific = Pacific time
zone-yukon = Yukon time
zone-of-city = { $value } time

# The centres

network-title = Who keeps this directory
network-about = The self-help centres whose listings this directory shows, and how fresh and how sure each is.
network-heading = Who keeps this directory
network-lead = { $listings } from { $centres }, put together here.
network-text = There is no central database. Each centre keeps its own listings and signs every change; this page checks every signature before it shows anything. If a centre goes silent, its last verified listings stay.
network-members = Centres whose listings are shown
network-others = Known, but not part of this directory
network-others-text = What these centres publish is not shown here.
network-unnamed = A centre whose name is not known yet
network-verified = Last verified
network-listings = Listings
network-entries = Entries in its log
network-set-aside = { $count ->
    [one] { $shown } of them changes nothing, because it is not sound
   *[other] { $shown } of them change nothing, because they are not sound
}
network-over-entries = { $count ->
    [one] { $shown } more waits: it says more on one day than these pages take from one centre
   *[other] { $shown } more wait: it says more on one day than these pages take from one centre
}
network-over-listings = { $count ->
    [one] { $shown } more listing waits: it has more than these pages take from one centre
   *[other] { $shown } more listings wait: it has more than these pages take from one centre
}
listing-silence = The centre that lists this was last heard from { $value }. Ask before you go: times and contacts may have changed.
network-details = Details
network-url = Its own pages
network-nid = Identifier
network-vkey = Key of its log
network-reason = What the program noted
network-announced = New key announced
network-announced-when = On { $begun } UTC. It counts from { $final } UTC on, unless the centre’s own paper key speaks first.
network-announced-unseen = Nobody has confirmed it yet, so it does not count.
network-evidence = Proof of its two histories
network-evidence-read = Read the proof
forked-meaning = It has signed two histories that contradict each other, and that is proven. We show its last sound state and take nothing newer from this log until it opens a new one.
forked-own-meaning = Our own log has signed two histories that contradict each other. The people who run these pages have to open a new log; until then nothing here changes.
health-own = This centre: you are reading its own pages
health-new = Not reached yet
health-verified = Verified
health-silent = Silent for the moment
health-frozen = Stopped for safety
health-new-meaning = We know its name and are about to ask it for its listings.
health-silent-meaning = It did not answer the last time we asked. We show what we verified before and keep asking.
health-frozen-meaning = What it now sends contradicts what it signed before. We show its last sound state and nothing newer until people have looked into it.
standing-own = The centre of these pages
standing-root = Followed by this centre
standing-mutual = Member
standing-member-of = Member of { $value }
standing-dissolved = It has closed; its listings stay until another centre has taken them over
standing-one-sided = Invited; it has not joined yet
standing-one-sided-of = Invited by { $value }; it has not joined yet
standing-out-of-scope = Speaks for a region outside its network
standing-too-deep = Too far down to be counted
standing-suspended = Suspended by its network
standing-none = Not a member

# Names of regions and languages

region-CA = Canada
region-CA-AB = Alberta
region-CA-BC = British Columbia
region-CA-MB = Manitoba
region-CA-NB = New Brunswick
region-CA-NL = Newfoundland and Labrador
region-CA-NS = Nova Scotia
region-CA-NT = Northwest Territories
region-CA-NU = Nunavut
region-CA-ON = Ontario
region-CA-PE = Prince Edward Island
region-CA-QC = Quebec
region-CA-SK = Saskatchewan
region-CA-YT = Yukon

tongue-am = Amharic
tongue-ar = Arabic
tongue-ase = American Sign Language
tongue-bn = Bengali
tongue-cr = Cree
tongue-de = German
tongue-el = Greek
tongue-en = English
tongue-es = Spanish
tongue-fa = Persian
tongue-fcs = Quebec Sign Language
tongue-fil = Filipino
tongue-fr = French
tongue-gu = Gujarati
tongue-he = Hebrew
tongue-hi = Hindi
tongue-hr = Croatian
tongue-ht = Haitian Creole
tongue-hu = Hungarian
tongue-it = Italian
tongue-iu = Inuktitut
tongue-ja = Japanese
tongue-ko = Korean
tongue-ku = Kurdish
tongue-mic = Mi’kmaq
tongue-nl = Dutch
tongue-oj = Ojibwe
tongue-pa = Punjabi
tongue-pl = Polish
tongue-ps = Pashto
tongue-pt = Portuguese
tongue-ro = Romanian
tongue-ru = Russian
tongue-so = Somali
tongue-sq = Albanian
tongue-sr = Serbian
tongue-sw = Swahili
tongue-ta = Tamil
tongue-ti = Tigrinya
tongue-tl = Tagalog
tongue-tr = Turkish
tongue-uk = Ukrainian
tongue-ur = Urdu
tongue-vi = Vietnamese
tongue-yue = Cantonese
tongue-zh = Chinese

# Why this node takes no changes of its own, and what to do.

recovering-title = This centre’s changes wait
recovering-forked = Two different histories were signed with this node’s key.
recovering-lock-missing = This node was copied or restored from a backup, and does not know how far it had come.
recovering-lock-broken = The file that says how far this node had come is damaged.
recovering-lock-older = The file that says how far this node had come is older than its listings.
recovering-log-short = Changes that this node had published are missing on its disk.
recovering-log-differs = What stands on this node’s disk is not what it had published.
recovering-behind = Other nodes have changes by this node that are missing on its disk.
recovering-do-asking = It asks the nodes that keep a copy. Nobody needs to do anything.
recovering-do-fetching = It gets what is missing from a node that keeps a copy. Nobody needs to do anything.
recovering-do-no-mirror = No node that keeps a copy can be reached. Check the connection to the internet, or name a node that keeps one: clearinghouse follow URL.
recovering-do-incomplete = The nodes that can be reached do not have everything either. Name another one that keeps a copy: clearinghouse follow URL. If there is none, keep this folder and the paper key as they are: this version of the program cannot go on without a copy.
recovering-do-refused = Its own disk refuses. Make room or replace the disk, then start it again.
recovering-do-forked = Stop all but one of the machines that use this key, and keep the paper key: a new log under it is the way on, which this version of the program cannot open yet.
recovering-alone = No other node could be asked how far this one had come; it goes on by itself.
