# Ce que les commandes disent aux personnes. Ce que lisent les machines (JSON, journal) n’est pas traduit.

cli-token-made = Voici le jeton de { $name }. Il n’est montré que cette fois; gardez-le comme un mot de passe.
cli-tokens-none = Personne ne peut encore écrire à ce nœud par le réseau.
cli-logs-none = Ce nœud ne cosigne aucun journal étranger.
cli-members-none = La liste des membres est vide.
cli-done-node = Fait : { $nid }
cli-done-named = Fait : { $name }

cli-init-made = Un nouveau nœud : { $nid }
cli-init-paper = Voici la clé sur papier. Qui la possède peut reprendre l’identité de ce nœud; sans elle, une machine perdue est une identité perdue. Notez-la ou imprimez-la, et gardez-la en lieu sûr. Elle n’est montrée que cette fois.
cli-init-written = La page à imprimer est { $path }. Imprimez-la, puis supprimez le fichier.
cli-init-next = Ensuite : clearinghouse serve --data { $data }
cli-paper-title = La clé sur papier de ce nœud
cli-paper-text = Qui possède cette clé peut reprendre l’identité de ce nœud. Elle sert lorsque la machine est perdue ou que ses clés sont volées. Gardez-la avec vos papiers importants, loin de la machine, et ne la montrez à personne.

cli-rotate-ask = La clé sur papier qui vaut maintenant :
cli-rotate-paper = Voici la nouvelle clé sur papier. Elle remplace celle que vous utilisez maintenant. Notez-la ou imprimez-la avant de continuer, et gardez-la en lieu sûr. Elle n’est montrée que cette fois.
cli-rotate-done = C’est fait : ce nœud est servi à { $url }. La clé sur papier que vous avez utilisée ne vaut plus rien : détruisez-la, et gardez la nouvelle.
cli-rotate-void = Rien n’a changé. La nouvelle clé sur papier ci-dessus ne vaut rien; l’ancienne vaut toujours.

cli-status-nid = nœud
cli-status-url = adresse
cli-status-data = données
cli-status-vkey = clé
cli-status-witness = clé témoin
cli-status-running = Le nœud est en marche.
cli-status-resting = Le nœud n’est pas en marche.
cli-status-view = { $listings ->
    [one] { $listings } fiche
   *[other] { $listings } fiches
} dans la vue, { $entries ->
    [one] { $entries } entrée
   *[other] { $entries } entrées
} dans notre journal, { $feeds ->
    [one] { $feeds } fil gardé
   *[other] { $feeds } fils gardés
}.
cli-status-entries-over = au-delà de son quota : { $count } inscriptions attendent
cli-status-bodies-over = au-delà de son quota : { $count } fiches attendent
cli-status-aside = { $count ->
    [one] { $count } entrée mise de côté
   *[other] { $count } entrées mises de côté
}

cli-column-centre = Centre
cli-column-standing = Rang
cli-column-entries = Entrées
cli-column-listings = Fiches
cli-column-witnessed = Attesté
cli-column-state = État
cli-column-name = Nom
cli-column-made = Créé
cli-column-nid = Identifiant
cli-column-regions = Régions

cli-witnessed-since = jusqu’au { $at }
cli-witnessed-never = pas encore
cli-witnessed-by = { $count ->
    [one] par un témoin
   *[other] par { $count } témoins
}

cli-standing-own = ce nœud
cli-standing-root = suivi
cli-standing-mutual = membre
cli-standing-dissolved = membre, dissous
cli-standing-one-sided = admis, n’a pas adhéré
cli-standing-out-of-scope = hors de nos régions
cli-standing-too-deep = trop de niveaux plus bas
cli-standing-suspended = suspendu
cli-standing-none = connu

cli-health-own = propre
cli-health-new = pas encore interrogé
cli-health-verified = vérifié
cli-health-silent = silencieux
cli-health-frozen = figé

cli-status-forked = { $centre } a signé deux histoires qui se contredisent, et nous pouvons le prouver. Nous montrons son dernier état valable et ne prenons plus rien de ce journal. Prévenez les personnes qui l’exploitent ({ $url }); la preuve est dans { $file }, et chacun peut la vérifier avec « feedtool evidence ».
cli-status-forked-own = Notre propre journal a signé deux histoires qui se contredisent : deux machines ont utilisé sa clé, ou une sauvegarde a repris là où il avait été. Les modifications sont refusées, car personne ne les accepterait. Assurez-vous qu’une seule machine utilise cette clé, et gardez la clé de papier : la suite est une nouvelle époque ouverte avec elle, ce que cette version ne sait pas encore faire. Ce qui est répertorié le reste. La preuve est dans { $file }.

cli-doing-reading = Lecture du fichier
cli-doing-publishing = Publication
cli-doing-erasing = Effacement
cli-doing-showing = Attente de la vue

cli-import-done = « { $source } » importé : { $rows ->
    [one] { $rows } rangée
   *[other] { $rows } rangées
}
cli-import-would = Voici ce que ferait l’importation de « { $source } » ({ $rows ->
    [one] { $rows } rangée
   *[other] { $rows } rangées
}); rien n’a été changé
cli-import-added = ajoutées
cli-import-revised = révisées
cli-import-unchanged = inchangées
cli-import-removed = effacées
cli-import-proposed = absentes du fichier, gardées jusqu’à ce que quelqu’un dise oui
cli-import-held = gardées telles quelles, car leur rangée n’est plus valide
cli-import-doubled = gardées telles quelles, car une autre fiche a le même identifiant
cli-import-merged = rangées qui sont d’autres heures d’une rangée précédente
cli-import-changed = rangées dont quelque chose a été changé
cli-import-set-aside = rangées mises de côté
cli-import-refused = rangées refusées
cli-import-list-removed = Effacées :
cli-import-list-proposed = Absentes du fichier :
cli-import-list-doubled = Avec l’identifiant d’une autre fiche :
cli-import-list-refused = Refusées :
cli-import-list-set-aside = Mises de côté :
cli-import-list-changed = Changées :
cli-import-rows = { $more ->
    [0] (rangées { $rows })
   *[other] ({ $count } rangées : { $rows }, …)
}
cli-import-more = … et { $count } de plus; --json les montre toutes.
cli-import-accept = Pour effacer ce que le fichier ne nomme plus, importez-le de nouveau avec --accept-removals={ $count }.

cli-demo-begins = cinq nœuds, leurs données dans { $data }
cli-demo-made = { $nom } voit le jour : { $nid }
cli-demo-serves = { $nom } répond à { $url }
cli-demo-admits = { $reseau } admet { $nom } pour { $region }
cli-demo-joins = { $nom } adhère à { $reseau }; les deux journaux le disent
cli-demo-loaded = { $nom } publie { $added ->
    [one] { $added } fiche
   *[other] { $added } fiches
} de « { $source } » en { $ms } ms{ $refused ->
    [0] {""}
    [one] ; { $refused } rangée n’y est pas
   *[other] ; { $refused } rangées n’y sont pas
}
cli-demo-gathered = { $nom } a vérifié tous les fils : { $listings } fiches dans sa vue
cli-demo-changes = Toronto modifie « { $title } » (cherchez « { $word } »)
cli-demo-acknowledged = la modification est sur le disque de Toronto, signée et confirmée après { $ms } ms
cli-demo-found = trouvée dans la vue nationale après { $ms } ms
cli-demo-nothing = Toronto n’a aucune fiche à modifier
cli-demo-sentence = Cette phrase a été ajoutée par la démonstration, pour qu’on la trouve sous { $word }.
cli-demo-chaos = pendant { $seconds } s, tout va de travers, selon la graine { $seed }; les centres continuent d’écrire
cli-demo-chaos-stops = { $nom } s’arrête
cli-demo-chaos-starts = { $nom } sert de nouveau
cli-demo-chaos-restores = { $nom } est remis à une sauvegarde plus ancienne
cli-demo-chaos-cuts = { $nom } n’entend plus { $reseau }
cli-demo-chaos-mended = tout est réparé
cli-demo-chaos-equal = toutes les vues sont égales après { $ms } ms; { $mishaps ->
    [one] { $mishaps } incident
   *[other] { $mishaps } incidents
}, { $edits ->
    [one] { $edits } modification confirmée
   *[other] { $edits } modifications confirmées
}, { $broken ->
    [0] chaque promesse tenue
    [one] une promesse rompue
   *[other] { $broken } promesses rompues
}
cli-demo-open = À ouvrir :
cli-demo-end = Les nœuds continuent de servir; Ctrl+C les arrête. Un second départ sur le même dossier reprend.

cli-doing-verifying = Vérification
cli-doing-rebuilding = Reconstruction de la vue

cli-rebuilt = La vue a été reconstruite en { $seconds } s : { $listings ->
    [one] { $listings } fiche
   *[other] { $listings } fiches
}.
cli-column-bodies = Textes
cli-verify-sound = intact
cli-verify-unsound = altéré
cli-verify-done = Vérifié : { $entries ->
    [one] { $entries } entrée
   *[other] { $entries } entrées
} et { $bodies ->
    [one] { $bodies } texte
   *[other] { $bodies } textes
} ({ $mb } Mo) en { $seconds } s, { $speed } à la seconde.
cli-verify-whole = Clés, verrou de signature, entrées, empreintes et textes sont bien ce qui a été signé.

cli-handed-over = { $listings ->
    [one] Une fiche est transmise à { $nid }. Elle reste à vous jusqu’à ce que ce centre la reprenne avec « accept ». Les notes privées restent ici et ne suivent pas.
   *[other] { $listings } fiches sont transmises à { $nid }. Elles restent à vous jusqu’à ce que ce centre les reprenne avec « accept ». Les notes privées restent ici et ne suivent pas.
}
cli-taken-over = { $listings ->
    [one] Une fiche a été reprise de { $nid }. Ce qu’elle avait de privé n’a pas suivi.
   *[other] { $listings } fiches ont été reprises de { $nid }. Ce qu’elles avaient de privé n’a pas suivi.
}
cli-hidden-none = Rien n’est masqué sur ce nœud.
cli-column-since = Depuis
cli-column-reason = Motif
cli-status-announced = { $final ->
    [none] { $name } : une nouvelle clé a été annoncée; elle vaudra 72 heures après que des témoins auront vu son journal, à moins que la clé sur papier ne parle avant.
   *[other] { $name } : une nouvelle clé a été annoncée le { $begun }. Elle vaudra à partir du { $final }, à moins que la clé sur papier ne parle avant.
}
