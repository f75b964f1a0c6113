# Ce que dit une réponse qui refuse. Chacune a un titre, et un détail qui dit quoi faire.

error-not-found-title = Introuvable
error-not-found-detail = Il n’y a rien à cette adresse. Vérifiez qu’il n’y manque aucun caractère et qu’il n’y en a pas de trop.

error-hidden-title = Pas affichée ici
error-hidden-detail = Ce nœud n’affiche pas cette fiche. C’est une décision de ce nœud seul : la personne qui la publie ne l’a pas retirée, et d’autres nœuds l’affichent peut-être.

error-gone-title = Retiré
error-gone-detail = Ce contenu a été remplacé ou retiré et n’est plus communiqué.

error-method-title = Impossible ici
error-method-detail = Cette adresse n’accepte pas ce genre de requête. L’en-tête « allow » nomme celles qu’elle accepte.

error-faults-title = La fiche n’est pas valable
error-faults-detail = { $count ->
    [one] Un point est à corriger.
   *[other] { $count } points sont à corriger.
}

error-bad-query-title = La question n’est pas comprise
error-bad-query-detail = Corrigez ce qui est nommé sous « errors » et posez la question de nouveau.

error-unauthorized-title = Veuillez vous connecter
error-unauthorized-detail = Il faut ici un jeton d’accès ou une session, et le vôtre manque ou n’est plus valable.

error-forbidden-title = Pas permis
error-forbidden-detail = Votre compte ne permet pas cela. Adressez-vous à la personne qui gère les comptes de votre centre.

error-precondition-failed-title = Modifié entre-temps
error-precondition-failed-detail = Quelqu’un d’autre a modifié ceci depuis votre lecture. Relisez-le et refaites votre modification.

error-precondition-required-title = Dites quelle version vous visez
error-precondition-required-detail = Envoyez l’ETag que vous avez lu dans l’en-tête « if-match », pour ne rien écraser sans le voir.

error-too-large-title = Trop volumineux
error-too-large-detail = L’envoi est plus volumineux que ce qui est accepté ici.

error-busy-title = Occupé
error-busy-detail = { $seconds ->
    [one] Trop de requêtes à la fois. Réessayez dans une seconde.
   *[other] Trop de requêtes à la fois. Réessayez dans { $seconds } secondes.
}

error-held-title = Aucune modification pour l’instant
error-held-detail = Ce nœud n’accepte aucune modification tant que la personne qui l’exploite ne s’en est pas occupée. Rien n’a été modifié.

error-held-room-title = Aucune modification pour l’instant
error-held-room-detail = Le disque de ce nœud est presque plein : il n’accepte aucune modification, mais tout ce qui est répertorié reste lisible. Il reprendra de lui-même dès qu’il y aura de la place. Rien n’a été modifié.

error-away-title = De retour dans un instant
error-away-detail = La recherche de ce nœud est reconstruite à partir de ses fils. Rien n’est perdu; réessayez dans une minute.

error-unread-title = Ceci n’est pas une demande à un témoin
error-unread-detail = L’envoi n’est pas une ancienne taille, une preuve et un point de contrôle comme le veut C2SP tlog-witness, ou l’ancienne taille dépasse la nouvelle.

error-unsigned-title = Non signé par ce journal
error-unsigned-detail = Aucune clé connue ici pour ce journal n’a signé le point de contrôle.

error-unproven-title = Rien ne prouve que le journal a grandi
error-unproven-detail = La preuve ne mène pas de ce qui est connu ici de ce journal au point de contrôle. Demandez le dernier point cosigné et prouvez à partir de là.
error-behind-title = Pas encore à jour
error-behind-detail = Ce nœud n’a pas encore lu ce que ce fil a dit en dernier et retient ses fiches jusque-là. Réessayez dans { $seconds } secondes, ou adressez-vous au nœud d’origine.

error-lease-over-title = Sans nouvelles depuis trop longtemps
error-lease-over-detail = { $days ->
    [one] Ce nœud n’a pas eu de nouvelles vérifiées de ce fil depuis plus d’un jour et retient ses fiches jusqu’à ce qu’il en ait. Adressez-vous au nœud d’origine.
   *[other] Ce nœud n’a pas eu de nouvelles vérifiées de ce fil depuis plus de { $days } jours et retient ses fiches jusqu’à ce qu’il en ait. Adressez-vous au nœud d’origine.
}

error-push-refused-title = Cet envoi n’est pas accepté
error-push-refused-detail = Ce nœud n’a pas accepté l’envoi : { $reason }.

error-internal-title = Une erreur s’est produite ici
error-internal-detail = C’est notre faute, pas la vôtre. Elle a été notée pour la personne qui exploite ce nœud.

error-not-ours-title = Fiche d’un autre centre
error-not-ours-detail = Cette fiche appartient au centre { $owner } et se modifie chez lui. La page du réseau donne l’adresse de ce centre.

query-unknown-parameter = Ce paramètre n’existe pas.
query-unknown-parameter-nearest = Ce paramètre n’existe pas. Vouliez-vous dire « { $nearest } » ?
query-unknown-value = Cette valeur n’est pas connue ici.
query-unknown-value-nearest = Cette valeur n’est pas connue ici. Vouliez-vous dire « { $nearest } » ?
query-not-text = Ceci n’est pas du texte en UTF-8.
query-once = Ceci ne peut être donné qu’une fois.
query-too-many = Au plus { $max } valeurs peuvent être données.
query-too-long = C’est trop long : au plus { $max } caractères sont lus.
query-number = Un nombre de { $min } à { $max } était attendu.
query-day = Un jour de la semaine était attendu : un de { $allowed }.
query-language = Une étiquette de langue comme « fr » ou « fr-CA » était attendue (BCP 47).
query-centre = L’identifiant d’un centre était attendu : 26 caractères parmi a–z et 2–7.
query-near = Aucun lieu ni code postal de ce nom n’est connu ici.
query-near-suggested = Aucun lieu ni code postal de ce nom n’est connu ici. Vouliez-vous dire { $places } ?
query-needs-near = Une distance ne se demande qu’avec « near ».
query-cursor = Ce curseur appartient à une autre question. Recommencez sans lui.
query-body = L’envoi n’est pas arrivé en entier.
query-id = Ce n’est pas l’identifiant qui figure dans l’adresse.
