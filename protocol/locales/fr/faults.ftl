# Ce qui ne va pas dans un brouillon, et ce qui conviendrait.

fault-not-json = Ce n’est pas du JSON : { $detail }. Envoyez un seul objet JSON en UTF-8.
fault-too-large = Ce texte dépasse { $max } Kio. Raccourcissez la description ou les notes.
fault-too-deep = Ce texte est imbriqué sur plus de { $max } niveaux. Retirez des niveaux.
fault-repeated-field = Le champ « { $name } » est donné deux fois. N’en gardez qu’un.
fault-bad-character = Ce texte contient le caractère invisible { $character }, qui peut brouiller ou déguiser un texte. Effacez-le et retapez le texte.
fault-line-break = Ce texte doit tenir sur une seule ligne. Remplacez les sauts de ligne par des espaces.
fault-missing = Ce champ manque. Veuillez le remplir.
fault-needs-one = Une fiche de type « { $kind } » doit en indiquer au moins un.
fault-wrong-type = La valeur doit être { $wanted ->
    [list] une liste, comme ["…", "…"]
    [object] un objet, comme {"{"}"…": "…"{"}"}
    [text] un objet avec un texte par langue, comme {"{"}"en": "…", "fr": "…"{"}"}
    [string] un texte entre guillemets
    [number] un nombre
    [integer] un nombre entier
    [flag] true ou false
   *[other] d’un autre type
}.
fault-too-long = Ce texte compte { $length } caractères ; le maximum est de { $max }. Raccourcissez-le.
fault-too-many = Cette liste compte { $count } éléments ; le maximum est de { $max }. Retirez-en.
fault-out-of-range = { $value } est hors limites. Donnez un nombre de { $min } à { $max }.
fault-unknown-word = « { $value } » n’est pas une des valeurs possibles. { $nearest ->
    [none] {""}
   *[other] Vouliez-vous dire « { $nearest } » ? {""}
}Choisissez parmi : { $allowed }.
fault-unknown-concern = « { $value } » ne figure pas dans notre liste de sujets. { $nearest ->
    [none] Cherchez le terme dans la liste des sujets.
   *[other] Vouliez-vous dire « { $nearest } » ?
}
fault-misspelt-field = Ce champ n’existe pas. Vouliez-vous dire « { $nearest } » ?
fault-bad-language = « { $value } » n’est pas un code de langue. { $nearest ->
    [none] Utilisez un code comme en, fr, pa ou zh-Hant.
   *[other] Écrivez « { $nearest } ».
}
fault-bad-date = « { $value } » n’est pas une date. Écrivez année-mois-jour, par exemple 2026-09-01.
fault-bad-date-time = « { $value } » n’est pas une date avec heure. Écrivez 2026-09-01T19:00, sans fuseau horaire.
fault-bad-month-day = « { $value } » n’est pas un jour de l’année. Écrivez mois-jour, par exemple 09-01.
fault-bad-founding = « { $value } » n’est pas une date. Écrivez une année (1998), un mois (1998-04) ou un jour (1998-04-12).
fault-bad-time-zone = « { $value } » n’est pas un fuseau horaire. { $nearest ->
    [none] Utilisez un nom comme America/Toronto.
   *[other] Vouliez-vous dire « { $nearest } » ?
}
fault-rule-part = « { $part } » n’est pas un élément de règle utilisable ici. Utilisez FREQ, INTERVAL, BYDAY, BYMONTHDAY, COUNT, UNTIL ou WKST, chacun une seule fois, sous la forme NOM=VALEUR, séparés par des points-virgules.
fault-rule-frequency = La règle doit commencer par FREQ=WEEKLY ou FREQ=MONTHLY. Pour chaque jour, écrivez FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU.
fault-rule-value = { $part } ne peut pas valoir « { $value } ». { $part ->
    [INTERVAL] Donnez un nombre entier de 1 à 99.
    [COUNT] Donnez un nombre entier de 1 à 1000.
    [BYDAY] Donnez des jours comme TU,TH ; dans une règle mensuelle, aussi 2TU pour le deuxième mardi ou -1FR pour le dernier vendredi.
    [BYMONTHDAY] Donnez des jours comme 1,15 ; -1 est le dernier jour du mois.
    [UNTIL] Donnez un jour comme 20261231, ou un moment en UTC comme 20261231T235959Z.
   *[WKST] Donnez un jour, comme MO.
}
fault-rule-clash = { $one } et { $other } ne peuvent pas figurer dans une même règle. Retirez l’un des deux.
fault-rule-over = La règle prend fin avant la première rencontre, le { $start }. Changez UNTIL ou le début.
fault-start-off-rule = Le début ne tombe pas sur un jour prévu par la règle. { $nearest ->
    [none] Changez le début ou la règle.
   *[other] Le premier jour suivant qui convient est le { $nearest }.
}
fault-arrangement-with-times = Un moment à convenir n’a pas de { $field }. Retirez ce champ, ou décrivez l’horaire fixe séparément.
fault-no-such-place = Il n’y a pas de lieu { $index }. Les lieux sont comptés à partir de 0, et cette fiche en a { $count }.
fault-ages-crossed = L’âge maximal ({ $max }) est inférieur à l’âge minimal ({ $min }). Inversez-les.
fault-withheld-detail = Le lieu n’est pas divulgué : ce champ ne peut pas être publié. Retirez-le ou placez-le dans les lieux privés.
fault-withheld-postal-code = Le lieu n’est pas divulgué. De son code postal, seuls les trois premiers caractères peuvent être publiés : { $nearest }.
fault-approximate-detail = Le lieu est approximatif : ce champ ne peut pas être publié. Retirez-le, ou indiquez la précision « exact ».
fault-approximate-coordinate = Le lieu est approximatif. Arrondissez à deux décimales : { $nearest }.
fault-private-matter = Ceci reste chez le centre et ne peut pas être publié. Retirez-le.
fault-half-coordinates = Une position demande les deux. Donnez aussi la { $other }.
fault-bad-postal-code = « { $value } » n’est pas un code postal canadien. Écrivez-le sous la forme M5V 2T6, ou seulement ses trois premiers caractères.
fault-bad-region = « { $value } » n’est pas un code de région. Utilisez la norme ISO 3166-2, par exemple CA-ON.
fault-bad-country = « { $value } » n’est pas un code de pays. Utilisez deux majuscules de la norme ISO 3166-1, par exemple CA.
fault-region-elsewhere = La région { $region } n’est pas dans le pays { $country }. Changez l’un des deux.
fault-bad-telephone = « { $value } » n’est pas un numéro de téléphone composable. Écrivez-le avec son indicatif régional, par exemple 416 555-0123, ou avec + et l’indicatif du pays.
fault-bad-extension = « { $value } » n’est pas un numéro de poste. N’en donnez que les chiffres.
fault-extension-alone = Un poste demande un numéro de téléphone. Donnez aussi le numéro.
fault-bad-email = « { $value } » n’est pas une adresse de courriel. Écrivez une seule adresse, comme info@example.org.
fault-contact-empty = Un contact doit avoir un numéro de téléphone ou une adresse de courriel, ou au moins une note qui dit comment le joindre.
fault-no-consent = Un contact ne peut être publié qu’avec le consentement de la personne. Demandez-le, puis indiquez true, ou placez le contact dans les contacts privés.
fault-bad-url = « { $value } » n’est pas une adresse Web. Écrivez-la au complet, comme https://example.org/groupes, sans nom d’utilisateur ni mot de passe.
fault-bad-amount = « { $value } » n’est pas un montant. Écrivez des chiffres avec un point, comme 5.00, et nommez la monnaie à part.
fault-bad-currency = « { $value } » n’est pas une monnaie. Utilisez trois majuscules, comme CAD.
fault-amount-of-nothing = Un montant et sa monnaie vont ensemble, et ce qui est gratuit n’a ni l’un ni l’autre. Ajoutez ou retirez { $field }.
fault-bad-uuid = « { $value } » n’est pas un UUID. Copiez les 36 caractères de l’adresse de cette fiche.
fault-bad-licence = « { $value } » n’est pas une licence. Utilisez un identifiant SPDX, comme CC-BY-4.0.
