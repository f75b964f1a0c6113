# Ce qu’une importation dit des lignes d’un fichier étranger.

import-encoding = Le fichier n’est pas en UTF-8 ; il a été lu comme { $name }.
import-uneven = { $rows } lignes ont plus ou moins de cellules que la ligne d’en-tête.
import-no-object = La ligne n’est pas un ensemble de valeurs nommées.
import-no-name = La ligne n’a pas de nom.
import-no-id = La ligne n’a ni identifiant ni nom.
import-name-taken = La ligne n’a pas de nom ; « { $value } » a été pris à la place.
import-id-made = La ligne n’a pas d’identifiant utilisable ; « { $value } » a été formé de son contenu.
import-slug-again = La ligne { $row } a le même identifiant, et celle-ci dit autre chose ou rien de nouveau.
import-merged = Une autre heure de la réunion de la ligne { $row } : ajoutée à cette fiche.
import-skipped = Laissée de côté comme la table de correspondance le demande : { $reason }
import-place-closed = Le lieu est fermé pour le moment : seule sa ville est indiquée.
import-coordinates = Les coordonnées ont été omises, car elles ne peuvent être justes : { $value }
import-no-web-address = « { $value } » n’est pas une adresse web et a été omis.
import-no-telephone = « { $value } » n’est pas un numéro de téléphone et a été omis.
import-no-email = « { $value } » n’est pas une adresse électronique et a été omis.
import-no-number = « { $value } » n’est pas un nombre et a été omis.
import-no-date = « { $value } » n’est pas une date et a été omis.
import-no-address = « { $value } » n’est pas une adresse et a été omis.
import-no-language = « { $value } » n’est pas une langue connue et a été omis.
import-unreadable = « { $value } » n’a pu être lu et a été omis.
import-day = « { $value } » n’est pas un jour de la semaine.
import-day-missing = Il y a une heure mais pas de jour : indiqué comme sur entente.
import-time = « { $value } » n’est pas une heure.
import-time-missing = Il y a un jour mais pas d’heure : indiqué comme sur entente.
import-zone-unknown = Ni la ligne, ni la source, ni l’adresse ne donnent le fuseau horaire : l’heure est indiquée en note.
import-zone-invalid = « { $value } » n’est pas un fuseau horaire.
import-zone-from-address = Le fuseau horaire de { $rows } lignes a été tiré de leur adresse.
import-end = La fin « { $value } » ne va pas avec le début : une heure a été supposée.
import-shortened = Le texte a été coupé à { $chars } lettres.
import-code = Le code de type « { $value } » n’est pas connu et a été omis.
import-open-and-closed = La ligne est marquée à la fois ouverte et fermée : l’ouverture a été omise.
import-concern-assumed = Le fichier ne dit pas de quoi traitent ses groupes : « { $concern } » a été supposé.
import-contact-left-out = { $rows } lignes donnent ici le contact d’une personne ; sans consentement connu, il a été omis.
import-no-consent = Un contact sans consentement déclaré a été omis.
import-field-unread = Rien ne lit ce champ, que { $rows } lignes possèdent.
import-value-unknown = La table de correspondance ne connaît pas la valeur « { $value } » ; elle a été omise.
import-fault = { $faute }

# Mots qu’une importation écrit dans une fiche.

dial-in = Par téléphone :
day-0 = dimanche
day-1 = lundi
day-2 = mardi
day-3 = mercredi
day-4 = jeudi
day-5 = vendredi
day-6 = samedi

# Types de réunions qui n’ont pas de champ propre dans une fiche.

code-11 = Méditation de la onzième étape
code-12x12 = Douze étapes et douze traditions
code-a = Laïque
code-absi = Réflexions de Bill
code-ac = Alateen en même temps
code-al = Alateen en même temps
code-al-an = Al-Anon en même temps
code-b = Gros Livre
code-be = Nouveaux venus
code-brk = Petit-déjeuner
code-can = À la chandelle
code-cf = Enfants bienvenus
code-d = Discussion
code-db = Panier numérique
code-dd = Double diagnostic
code-dr = Réflexions quotidiennes
code-gr = La Vigne
code-h = Anniversaire
code-lit = Publications
code-ls = Vivre sans alcool
code-med = Méditation
code-out = En plein air
code-poa = Attestation de présence
code-poc = Personnes de couleur
code-sm = Fumeurs acceptés
code-sp = Conférencier
code-st = Étude des étapes
code-tr = Étude des traditions
code-xt = Échanges croisés permis
