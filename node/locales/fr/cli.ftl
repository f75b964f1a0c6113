# Ce que les commandes disent aux personnes. Ce que lisent les machines (JSON, journal) n'est pas traduit.

cli-token-made = Voici le jeton de { $name }. Il n'est montré que cette fois; gardez-le comme un mot de passe.
cli-tokens-none = Personne ne peut encore écrire à ce nœud par le réseau.
cli-members-none = La liste des membres est vide.
cli-done-node = Fait : { $nid }
cli-done-named = Fait : { $name }

cli-init-made = Un nouveau nœud : { $nid }
cli-init-paper = Voici la clé sur papier. Qui la possède peut reprendre l'identité de ce nœud; sans elle, une machine perdue est une identité perdue. Notez-la ou imprimez-la, et gardez-la en lieu sûr. Elle n'est montrée que cette fois.
cli-init-written = La page à imprimer est { $path }. Imprimez-la, puis supprimez le fichier.
cli-init-next = Ensuite : clearinghouse serve --data { $data }
cli-paper-title = La clé sur papier de ce nœud
cli-paper-text = Qui possède cette clé peut reprendre l'identité de ce nœud. Elle sert lorsque la machine est perdue ou que ses clés sont volées. Gardez-la avec vos papiers importants, loin de la machine, et ne la montrez à personne.

cli-status-nid = nœud
cli-status-url = adresse
cli-status-data = données
cli-status-vkey = clé
cli-status-running = Le nœud est en marche.
cli-status-resting = Le nœud n'est pas en marche.
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
cli-status-aside = { $count ->
    [one] { $count } entrée mise de côté
   *[other] { $count } entrées mises de côté
}

cli-column-centre = Centre
cli-column-standing = Rang
cli-column-entries = Entrées
cli-column-listings = Fiches
cli-column-state = État
cli-column-name = Nom
cli-column-made = Créé
cli-column-nid = Identifiant
cli-column-regions = Régions

cli-standing-own = ce nœud
cli-standing-root = suivi
cli-standing-mutual = membre
cli-standing-one-sided = admis, n'a pas adhéré
cli-standing-out-of-scope = hors de nos régions
cli-standing-too-deep = trop de niveaux plus bas
cli-standing-suspended = suspendu
cli-standing-none = connu

cli-health-own = propre
cli-health-new = pas encore interrogé
cli-health-verified = vérifié
cli-health-silent = silencieux
cli-health-frozen = figé
