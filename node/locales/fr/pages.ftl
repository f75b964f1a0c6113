# Ce que disent les pages destinées aux personnes. Les espaces insécables sont des U+00A0.

this-language = Français
skip = Passer au contenu

danger-now = Danger :
danger-suicide = Idées suicidaires :
danger-988 = appelez ou textez, jour et nuit

nav-label = Principal
nav-find = Trouver de l’aide
nav-network = Centres
foot-what = L’entraide : par et pour les personnes concernées, ouverte aux nouveaux membres, gratuite ou presque.
foot-privacy = Ni témoins, ni traceurs, ni serveurs d’autres entreprises : personne n’apprend ici ce que vous avez cherché. Votre propre navigateur peut garder cette page dans son historique.
foot-network = Les centres qui tiennent ces fiches

list-and = { $most } et { $last }
listings-word = fiches
listings = { $count ->
    [one] { $shown } fiche
   *[other] { $shown } fiches
}
centres = { $count ->
    [one] { $shown } centre
   *[other] { $shown } centres
}

# Le formulaire

form-label = Trouver un groupe
form-words = Que cherchez-vous?
form-words-hint = Dans vos mots : « mon fils est mort », « le jeu », « je m’occupe de ma mère ».
form-near = Où?
form-near-hint = Une ville, ou les trois premiers caractères d’un code postal. Vide : partout.
form-within = Distance
form-within-any = Environs
form-find = Chercher

# La première page

home-title = Trouver un groupe d’entraide
home-about = Trouvez des groupes d’entraide et du soutien par les pairs : des gens qui vivent la même chose et s’aident les uns les autres, en personne, en ligne ou par téléphone.
home-heading = Trouver des gens qui sont passés par là
home-lead = Les groupes d’entraide et le soutien par les pairs réunissent des personnes qui vivent la même chose. On vous y accueille comme vous êtes.
home-shortcuts = Recherches rapides
home-today = Rencontres d’aujourd’hui
home-online = En ligne
home-telephone = Par téléphone
home-new = Groupes en formation
home-concerns = Ou partir d’une préoccupation
home-all = { $count ->
    [0] Aucune fiche pour le moment
    [one] Voir la fiche
   *[other] Voir les { $shown } fiches
}
home-what = À quoi s’attendre
home-what-1 = Des gens comme vous
home-what-1-text = Ni experts ni patients : chaque personne présente vit la même chose, ou l’a vécue.
home-what-2 = À votre rythme
home-what-2-text = Vous pouvez simplement écouter. Ce qui se dit dans le groupe reste dans le groupe.
home-what-3 = Gratuit, ou presque
home-what-3-text = Certains groupes font circuler un chapeau pour le café. Aucun ne vend quoi que ce soit.
home-keepers = Qui tient ce répertoire
home-keepers-text = { $count ->
    [0] Des centres d’entraide locaux connaissent les groupes de leur région et signent chacune de leurs modifications.
    [one] Un centre d’entraide local connaît les groupes de sa région et signe chacune de ses modifications.
   *[other] { $shown } centres d’entraide locaux connaissent les groupes de leur région et signent chacune de leurs modifications.
}
home-keepers-link = Voir les centres

# Ce qui a été trouvé

search-title = Résultats
search-about = Groupes d’entraide et soutien par les pairs qui répondent à une recherche.
search-found = { $count ->
    [0] Aucun résultat
    [one] { $shown } fiche
   *[other] { $shown } fiches
}
search-found-near = { $beginning ->
    [vowel] { $found } près d’{ $place }
   *[other] { $found } près de { $place }
}
search-range = { $first } à { $last }
search-nothing = Rien ici ne répond encore à tout cela. Vous n’avez rien fait de mal : les groupes sont peu nombreux et les mots le sont beaucoup.
search-advice-words = Essayez moins de mots, ou d’autres : « deuil » plutôt que « perte de mon mari ».
search-advice-place = Cherchez dans une plus grande ville près de chez vous, ou laissez le lieu vide.
search-advice-choices = Retirez ce que vous avez coché.
search-home = Commencer une autre recherche

notice-place-unknown = Nous ne connaissons pas de lieu appelé « { $value } »; nous avons donc cherché partout. Essayez une plus grande ville des environs, ou les trois premiers caractères d’un code postal.
notice-place-likely = Nous ne connaissons pas de lieu appelé « { $value } »; nous avons donc cherché partout. Vouliez-vous dire :
notice-place-taken = Nous avons pris { $value } pour le lieu. Videz « Où? » pour chercher partout.
notice-cut = C’était beaucoup de mots; nous avons lu les { $shown } premiers caractères.
notice-left-out = Une partie de cette adresse était illisible; nous l’avons laissée de côté.

distance-km = { $value } km
distance-close = moins de 1 km
distance-within = À { $value } km au plus

ticked-label = Recherche limitée à
ticked-remove = Retirer :
ticked-clear = Tout retirer

narrow-jump = Préciser
narrow-heading = Préciser
narrow-apply = Afficher
narrow-further = { $count ->
    [one] { $shown } autre
   *[other] { $shown } autres
}
narrow-concern = Préoccupation
narrow-way = Façon de se rencontrer
narrow-day = Jour
narrow-language = Langue
narrow-kind = Genre
narrow-openness = Ouvert ou fermé
narrow-for_whom = Pour qui
narrow-accessibility = Accessibilité
narrow-centre = Centre

pages-label = Autres résultats
pages-previous = Page précédente
pages-next = Page suivante

onwards-nothing = Ce que vous pourriez essayer
onwards-more = Rien qui vous convienne?
onwards-wider = À { $value } km au plus
onwards-telephone = Par téléphone, de partout
onwards-online = En ligne, de partout
onwards-unticked = La même recherche sans ce que vous avez coché
onwards-everywhere = Partout
onwards-near = Tout ce qu’il y a dans les environs
onwards-all-telephone = Tout le soutien par téléphone
onwards-all-online = Tous les groupes en ligne

card-next = Prochaine
listing-next = Prochaine rencontre
card-when = Quand
card-where = Où
card-how = Comment
card-tongues = Langues
tongues-more = { $count ->
    [one] { $shown } autre
   *[other] { $shown } autres
}
confirmed-on = Confirmé le { $value }
confirmed-on-by = Confirmé le { $value } par { $by }
confirmed-never = Pas encore confirmé
confirmed-by-initiative = l’initiative elle-même
confirmed-by-centre = le centre
confirmed-by-network = son réseau

# Une fiche

listing-about = Une fiche du répertoire des groupes d’entraide.
listing-also = Aussi connu sous le nom de
listing-concerns = De quoi il s’agit
listing-other-tongue = Le centre n’a rédigé cette fiche que dans une autre langue : { $value }.
listing-reach = Comment entrer en contact
listing-reach-nobody = Aucun contact public n’est indiqué. Venez simplement à une rencontre, ou informez-vous auprès du centre qui tient cette fiche.
listing-telephone = Téléphone :
listing-extension = poste { $value }
listing-email = Courriel :
listing-when = Quand
listing-where = Où
listing-at-place = Au lieu n° { $shown } ci-dessous
listing-description = En quelques mots
listing-know = Bon à savoir
listing-openness = Nouveaux membres
listing-whom = Pour qui
listing-cost = Coût
listing-leadership = Animé par
listing-access = Accessibilité
listing-area = Territoire
listing-parent = Fait partie de
listing-network = Réseau
listing-founded = Fondation
listing-licence = Licence
listing-source = Qui le dit
listing-stale = Mieux vaut appeler ou écrire avant de vous déplacer.

proof-heading = Comment le vérifier
proof-text = Le centre signe tout ce qu’il publie, dans un journal que personne ne peut modifier sans que cela se voie. Avec la preuve, n’importe qui peut vérifier que cette fiche est exactement ce que le centre a dit.
proof-entry = Inscription
proof-entry-of = Numéro { $entry } d’un journal de { $size } inscriptions signées
proof-log = Journal
proof-root = Empreinte de tout le journal
vouched = Témoins
vouched-by = Confirmé par { $by }, { $ago }
vouched-since = Pas confirmé pour l’instant; dernière confirmation { $value }
vouched-never = Confirmé par aucun témoin pour l’instant
vouched-none = Aucun témoin n’est demandé
proof-link = Preuve signée de cette inscription
proof-body = La fiche telle qu’elle a été signée

listing-kept = Depuis le { $value }; auparavant, la fiche était tenue par { $before }.
gone-title = Cette fiche n’est plus ici
gone-since = Son centre l’a retirée le { $value }.
gone-why = Le groupe a peut-être pris fin, ou il a demandé à ne plus figurer ici. Ce qu’elle disait a été effacé.
gone-onwards = Il y en a peut-être d’autres pour la même préoccupation.

refusal-not-found = Il n’y a pas de page à cette adresse. Elle a peut-être été copiée en partie seulement.
refusal-internal = Quelque chose a échoué de notre côté, pas du vôtre. Veuillez réessayer dans un moment.

belonging-unnamed = Un organisme qui ne figure pas ici

kind-group = Groupe
kind-peer-support = Soutien par les pairs
kind-network = Réseau de groupes
kind-organization = Organisme
kind-centre = Centre d’entraide

status-forming = En formation
status-active = Actif
status-paused = En pause
status-closed = Terminé
status-told-forming = Ce groupe est en formation et cherche ses premiers membres.
status-told-active = Il est actif.
status-told-paused = Il ne se réunit pas en ce moment et compte revenir.
status-told-closed = Il a pris fin. Cette page reste pour que personne ne le cherche en vain.

openness-open = Ouvert aux nouveaux
openness-closed = Fermé en ce moment
openness-ask-first = Demander d’abord
openness-forming = Cherche ses premiers membres
openness-told-open = Bienvenue : il suffit de venir
openness-told-closed = On n’accueille personne de nouveau en ce moment
openness-told-ask-first = Bienvenue : informez-vous avant de venir
openness-told-forming = On cherche les premiers membres

way-in-person = En personne
way-online = En ligne
way-telephone = Par téléphone
way-mail = Par lettre
way-email = Par courriel
way-inline-in-person = en personne
way-inline-online = en ligne
way-inline-telephone = par téléphone
way-inline-mail = par lettre
way-inline-email = par courriel

whom-anyone = Tout le monde
whom-women = Femmes
whom-men = Hommes
whom-youth = Jeunes
whom-children = Enfants
whom-seniors = Personnes aînées
whom-parents = Parents
whom-caregivers = Personnes proches aidantes
whom-family-friends = Famille et amis
whom-lgbtq = Personnes 2ELGBTQ+
whom-indigenous = Personnes autochtones
whom-newcomers = Personnes nouvellement arrivées au pays
whom-francophones = Francophones
whom-veterans = Vétérans et vétéranes
whom-survivors = Survivantes et survivants
whom-students = Étudiantes et étudiants
whom-professionals = Membres d’une profession
ages-between = de { $min } à { $max } ans
ages-from = à partir de { $value } ans
ages-to = jusqu’à { $value } ans

leadership-peer = Des personnes concernées
leadership-shared = Des membres et des professionnels ensemble
leadership-in-transition = Des professionnels qui passent le relais aux membres
leadership-professional = Des professionnels

cost-free = Gratuit
cost-donation = Contribution libre
cost-nominal = Une petite contribution
cost-fee = Payant
cost-dollars = { $kind } : { $amount } $
cost-other = { $kind } : { $amount } { $currency }

link-website = Site Web
link-join = Se joindre en ligne
link-social = Dans les médias sociaux
link-document = Document
link-donate = Faire un don

access-wheelchair = Accessible en fauteuil roulant
access-accessible-washroom = Toilettes accessibles
access-parking = Stationnement
access-transit = Près des transports en commun
access-hearing-loop = Boucle auditive
access-asl = Langue des signes américaine (ASL)
access-lsq = Langue des signes québécoise (LSQ)
access-captions = Sous-titrage
access-childcare = Garde d’enfants
access-scent-free = Sans parfum
access-elevator = Ascenseur
access-quiet-space = Espace calme
access-plain-language = Langage clair

scope-local = Local
scope-regional = Régional
scope-provincial = Toute la province ou tout le territoire
scope-national = Tout le pays
scope-international = International
area-of = { $scope } : { $regions }

place-approximate = Seul le quartier est public. Demandez l’adresse en prenant contact.
place-withheld = L’adresse n’est pas publique, pour la sécurité de ceux et celles qui viennent. On vous la donne quand vous prenez contact.
place-approximate-short = quartier seulement
place-withheld-short = adresse donnée au premier contact
place-unnamed = Un lieu
place-further = { $count ->
    [one] et { $shown } autre lieu
   *[other] et { $shown } autres lieux
}

# Quand

weekday-1 = lundi
weekday-2 = mardi
weekday-3 = mercredi
weekday-4 = jeudi
weekday-5 = vendredi
weekday-6 = samedi
weekday-7 = dimanche
weekday-every-1 = lundis
weekday-every-2 = mardis
weekday-every-3 = mercredis
weekday-every-4 = jeudis
weekday-every-5 = vendredis
weekday-every-6 = samedis
weekday-every-7 = dimanches
weekday-the-1 = le lundi
weekday-the-2 = le mardi
weekday-the-3 = le mercredi
weekday-the-4 = le jeudi
weekday-the-5 = le vendredi
weekday-the-6 = le samedi
weekday-the-7 = le dimanche
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
day-first = 1er
date = { $day } { $month } { $year }
date-month-day = { $day } { $month }
date-weekday = { $weekday } { $date }
date-year-month = { $month } { $year }
clock = { $whole ->
    [yes] { $hour } h
   *[no] { $hour } h { $minute }
}
moment = { $day } à { $clock }
moment-today = Aujourd’hui, { $day } à { $clock }
moment-tomorrow = Demain, { $day } à { $clock }
season = { $beginning ->
    [day] du { $from } au { $to }
    [vowel] d’{ $from } à { $to }
   *[month] de { $from } à { $to }
}
ago-now = à l’instant
ago-minutes = { $count ->
    [one] il y a { $shown } minute
   *[other] il y a { $shown } minutes
}
ago-hours = { $count ->
    [one] il y a { $shown } heure
   *[other] il y a { $shown } heures
}
ago-days = { $count ->
    [one] il y a { $shown } jour
   *[other] il y a { $shown } jours
}
rhythm-daily = tous les jours
rhythm-working-days = du lundi au vendredi
rhythm-every = tous les { $value }
rhythm-second-weekday = un { $value } sur deux
rhythm-second-week = une semaine sur deux, { $value }
rhythm-nth-week = toutes les { $interval } semaines, { $on }
rhythm-nth-weekday = { $nth } { $weekday }
rhythm-of-month = { $value } du mois
rhythm-second-month = { $value }, un mois sur deux
rhythm-nth-month = { $days }, tous les { $interval } mois
rhythm-date = le { $day }
rhythm-last-date = le dernier jour
rhythm-date-from-end = le { $value }e jour avant la fin
nth-1 = le premier
nth-2 = le deuxième
nth-3 = le troisième
nth-4 = le quatrième
nth-5 = le cinquième
nth--1 = le dernier
nth--2 = l’avant-dernier
nth--3 = l’antépénultième
nth--4 = le quatrième avant la fin,
nth--5 = le cinquième avant la fin,
when-at = { $when }, { $span }
when-span = de { $from } à { $until }
when-from = à { $value }
when-way = { $when }, { $way }
when-zone = { $when } ({ $zone })
when-by-arrangement = à convenir : on fixe un moment ensemble
when-unreadable = à des moments que cette page ne sait pas mettre en mots; informez-vous
when-unknown = informez-vous du moment
when-begins = À partir du { $value }
when-until = Jusqu’au { $value }
when-count = { $count ->
    [one] { $shown } rencontre en tout
   *[other] { $shown } rencontres en tout
}
when-except = Relâche : { $value }
zone-newfoundland = heure de Terre-Neuve
zone-atlantic = heure de l’Atlantique
zone-eastern = heure de l’Est
zone-central = heure du Centre
zone-mountain = heure des Rocheuses
zone-pacific = heure du Pacifique
zone-yukon = heure du Yukon
zone-of-city = heure de { $value }

# Les centres

network-title = Qui tient ce répertoire
network-about = Les centres d’entraide dont ce répertoire montre les fiches, et à quel point chacun est à jour et sûr.
network-heading = Qui tient ce répertoire
network-lead = { $listings } de { $centres }, réunies ici.
network-text = Il n’y a pas de base de données centrale. Chaque centre tient ses propres fiches et signe chacune de ses modifications; cette page vérifie chaque signature avant de montrer quoi que ce soit. Si un centre se tait, ses dernières fiches vérifiées restent.
network-members = Centres dont les fiches sont affichées
network-others = Connus, mais hors de ce répertoire
network-others-text = Ce que ces centres publient n’est pas affiché ici.
network-unnamed = Un centre dont le nom n’est pas encore connu
network-verified = Dernière vérification
network-listings = Fiches
network-entries = Inscriptions à son journal
network-set-aside = { $count ->
    [one] { $shown } d’entre elles ne change rien, car elle n’est pas valable
   *[other] { $shown } d’entre elles ne changent rien, car elles ne sont pas valables
}
network-over-entries = { $count ->
    [one] { $shown } autre attend : le centre en dit plus en un jour que ces pages n’en prennent d’un même centre
   *[other] { $shown } autres attendent : le centre en dit plus en un jour que ces pages n’en prennent d’un même centre
}
network-over-listings = { $count ->
    [one] { $shown } autre fiche attend : le centre en a plus que ces pages n’en prennent d’un même centre
   *[other] { $shown } autres fiches attendent : le centre en a plus que ces pages n’en prennent d’un même centre
}
listing-silence = Le centre qui tient cette fiche a donné de ses nouvelles pour la dernière fois { $value }. Renseignez-vous avant de vous déplacer : horaires et contacts ont pu changer.
network-details = Détails
network-url = Ses propres pages
network-nid = Identifiant
network-vkey = Clé de son journal
network-reason = Ce que le programme a noté
network-announced = Nouvelle clé annoncée
network-announced-when = Le { $begun } UTC. Elle vaudra à partir du { $final } UTC, à moins que la clé sur papier du centre ne parle avant.
network-announced-unseen = Personne ne l’a encore confirmée; elle ne vaut donc rien pour l’instant.
network-evidence = Preuve de ses deux histoires
network-evidence-read = Lire la preuve
forked-meaning = Il a signé deux histoires qui se contredisent, et c’est prouvé. Nous montrons son dernier état valable et ne prenons rien de plus récent de ce journal tant qu’il n’en ouvre pas un nouveau.
forked-own-meaning = Notre propre journal a signé deux histoires qui se contredisent. Les personnes qui tiennent ces pages doivent ouvrir un nouveau journal; d’ici là, rien ne change ici.
health-own = Ce centre : vous lisez ses propres pages
health-new = Pas encore joint
health-verified = Vérifié
health-silent = Silencieux pour le moment
health-frozen = Arrêté par prudence
health-new-meaning = Nous connaissons son nom et allons lui demander ses fiches.
health-silent-meaning = Il n’a pas répondu la dernière fois. Nous montrons ce que nous avons vérifié auparavant et continuons de demander.
health-frozen-meaning = Ce qu’il envoie maintenant contredit ce qu’il a signé auparavant. Nous montrons son dernier état valable, et rien de plus récent, tant que personne n’a tiré la chose au clair.
standing-own = Le centre de ces pages
standing-root = Suivi par ce centre
standing-mutual = Membre
standing-member-of = Membre de : { $value }
standing-dissolved = Il a fermé; ses fiches restent jusqu’à ce qu’un autre centre les ait reprises
standing-one-sided = Invité; n’a pas encore adhéré
standing-one-sided-of = Invité par : { $value }; n’a pas encore adhéré
standing-out-of-scope = Parle pour une région hors de son réseau
standing-too-deep = Trop loin dans la chaîne pour compter
standing-suspended = Suspendu par son réseau
standing-none = N’est pas membre

# Noms de régions et de langues

region-CA = Canada
region-CA-AB = Alberta
region-CA-BC = Colombie-Britannique
region-CA-MB = Manitoba
region-CA-NB = Nouveau-Brunswick
region-CA-NL = Terre-Neuve-et-Labrador
region-CA-NS = Nouvelle-Écosse
region-CA-NT = Territoires du Nord-Ouest
region-CA-NU = Nunavut
region-CA-ON = Ontario
region-CA-PE = Île-du-Prince-Édouard
region-CA-QC = Québec
region-CA-SK = Saskatchewan
region-CA-YT = Yukon

tongue-am = amharique
tongue-ar = arabe
tongue-ase = langue des signes américaine
tongue-bn = bengali
tongue-cr = cri
tongue-de = allemand
tongue-el = grec
tongue-en = anglais
tongue-es = espagnol
tongue-fa = persan
tongue-fcs = langue des signes québécoise
tongue-fil = filipino
tongue-fr = français
tongue-gu = gujarati
tongue-he = hébreu
tongue-hi = hindi
tongue-hr = croate
tongue-ht = créole haïtien
tongue-hu = hongrois
tongue-it = italien
tongue-iu = inuktitut
tongue-ja = japonais
tongue-ko = coréen
tongue-ku = kurde
tongue-mic = mi’kmaq
tongue-nl = néerlandais
tongue-oj = ojibwé
tongue-pa = pendjabi
tongue-pl = polonais
tongue-ps = pachto
tongue-pt = portugais
tongue-ro = roumain
tongue-ru = russe
tongue-so = somali
tongue-sq = albanais
tongue-sr = serbe
tongue-sw = swahili
tongue-ta = tamoul
tongue-ti = tigrigna
tongue-tl = tagalog
tongue-tr = turc
tongue-uk = ukrainien
tongue-ur = ourdou
tongue-vi = vietnamien
tongue-yue = cantonais
tongue-zh = chinois

# Pourquoi ce nœud ne prend aucun changement, et quoi faire.

recovering-title = Les changements de ce centre attendent
recovering-forked = Deux histoires différentes ont été signées avec la clé de ce nœud.
recovering-lock-missing = Ce nœud a été copié ou restauré d’une sauvegarde et ne sait pas jusqu’où il était rendu.
recovering-lock-broken = Le fichier qui dit jusqu’où ce nœud était rendu est abîmé.
recovering-lock-older = Le fichier qui dit jusqu’où ce nœud était rendu est plus ancien que ses fiches.
recovering-log-short = Des changements que ce nœud avait publiés manquent sur son disque.
recovering-log-differs = Ce qui est sur le disque de ce nœud n’est pas ce qu’il avait publié.
recovering-behind = D’autres nœuds ont des changements de ce nœud qui manquent sur son disque.
recovering-do-asking = Il demande aux nœuds qui en gardent une copie. Il n’y a rien à faire.
recovering-do-fetching = Il reprend ce qui manque d’un nœud qui en garde une copie. Il n’y a rien à faire.
recovering-do-no-mirror = Aucun nœud qui en garde une copie ne répond. Vérifiez la connexion à Internet, ou nommez un nœud qui en garde une : clearinghouse follow URL.
recovering-do-incomplete = Les nœuds qui répondent n’ont pas tout non plus. Nommez-en un autre qui en garde une copie : clearinghouse follow URL. S’il n’y en a pas, gardez ce dossier et la clé sur papier tels quels : cette version du programme ne peut pas continuer sans copie.
recovering-do-refused = Son propre disque refuse. Faites de la place ou remplacez le disque, puis redémarrez-le.
recovering-do-forked = Arrêtez toutes les machines qui utilisent cette clé sauf une, et gardez la clé sur papier : la suite est un nouveau journal ouvert avec elle, ce que cette version du programme ne sait pas encore faire.
recovering-alone = Aucun autre nœud n’a pu dire jusqu’où celui-ci était rendu; il continue seul.
