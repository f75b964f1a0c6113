//! Which centres does a network speak for?

use std::collections::{BTreeMap, BTreeSet};

use super::origin::Nid;
pub use super::statement::{LEASE_MAX_DAYS, Region, RosterError, Statement, check_url};

/// Networks of networks: nation, province, region, centre.
pub const DEPTH_MAX: usize = 3;

/// A member as a network's roster states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where its feed is served.
    pub url: String,
    /// What it may speak for; none: all that the network may.
    pub regions: BTreeSet<Region>,
    /// Whether the network has suspended it.
    pub suspended: bool,
    /// Whether the network says that it has ended.
    pub dissolved: bool,
    /// Who may take over the listings of one that has ended.
    pub successor: Option<Nid>,
    /// For how many days of silence its bodies are handed out, where the network asks for more than usual.
    pub lease_days: Option<u16>,
}

/// All that one log says about membership: a fold over its entries of kind roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rosters {
    /// The centres and networks that it has admitted.
    pub members: BTreeMap<Nid, Member>,
    /// The networks to which it says that it belongs, and where they are served.
    pub joined: BTreeMap<Nid, String>,
}

impl Rosters {
    /// Takes one statement into account; later ones replace earlier ones.
    pub fn apply(&mut self, statement: Statement) {
        match statement {
            Statement::Admit { nid, url, regions } => {
                let before = self.members.get(&nid);
                let lease_days = before.and_then(|member| member.lease_days);
                let member = Member {
                    url,
                    regions,
                    suspended: false,
                    dissolved: false,
                    successor: None,
                    lease_days,
                };
                self.members.insert(nid, member);
            }
            // It stays dissolved: what a successor took over is not taken from it by this.
            Statement::Suspend { nid } => self.change(nid, |member| member.suspended = true),
            Statement::Dissolve { nid, successor } => self.change(nid, |member| {
                (member.suspended, member.dissolved) = (false, true);
                member.successor = successor;
            }),
            Statement::Lease { nid, days } => {
                self.change(nid, |member| member.lease_days = Some(days));
            }
            Statement::Join { nid, url } => {
                self.joined.insert(nid, url);
            }
            Statement::Leave { nid } => {
                self.joined.remove(&nid);
            }
        }
    }

    /// Of a node that was never admitted there is nothing to say.
    fn change(&mut self, nid: Nid, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&nid) {
            change(member);
        }
    }
}

/// How a node stands to the network from which we look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The node from which we look, or one that we follow by our own choice.
    Root,
    /// Admitted by a roster, and its own log says that it joined: it counts.
    Mutual,
    /// As one that counts, but the network says that it has ended: its listings stay, marked as such.
    Dissolved,
    /// Admitted, but its own log does not say that it joined: it does not count yet.
    OneSided,
    /// Admitted for regions of which none lies inside those of the network that admits it.
    OutOfScope,
    /// Admitted below the third level.
    TooDeep,
    /// Suspended by the network that had admitted it.
    Suspended,
}

impl Standing {
    /// Of two ways to stand the lower one is taken. Those that count are alike: were one of them better,
    /// the way to a network could change after its members were reached through it.
    fn rank(self) -> Standing {
        match self {
            Standing::Dissolved => Standing::Mutual,
            other => other,
        }
    }

    /// Whether listings of such a node belong to the view.
    pub fn counts(self) -> bool {
        matches!(
            self,
            Standing::Root | Standing::Mutual | Standing::Dissolved
        )
    }
}

/// A node that a view knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How it stands.
    pub standing: Standing,
    /// Where its feed is served, when a roster says so.
    pub url: Option<String>,
    /// The network that admits it.
    pub through: Option<Nid>,
    /// Levels below the root.
    pub depth: usize,
    /// The regions that it may speak for; none: no bound is stated.
    pub regions: BTreeSet<Region>,
    /// For how many days of silence its bodies are handed out, where the network asks for more than usual.
    pub lease_days: Option<u16>,
}

/// Every node that follows from the rosters, seen from `roots`.
///
/// Breadth first and in the order of identifiers, so that the result does not depend on the order in
/// which feeds arrived. A node that two networks admit keeps the better standing; among equals the
/// shorter way, then the network with the lower identifier. Nothing is visited twice, so a cycle ends
/// where it closes.
pub fn resolve(roots: &BTreeSet<Nid>, rosters: &BTreeMap<Nid, Rosters>) -> BTreeMap<Nid, Place> {
    let mut places: BTreeMap<Nid, Place> = BTreeMap::new();
    let mut open: BTreeSet<(usize, Nid)> = BTreeSet::new();
    for root in roots {
        let place = Place {
            standing: Standing::Root,
            url: None,
            through: None,
            depth: 0,
            regions: BTreeSet::new(),
            lease_days: None,
        };
        places.insert(*root, place);
        open.insert((0, *root));
    }
    while let Some((_, network)) = open.pop_first() {
        let Some(roster) = rosters.get(&network) else {
            continue;
        };
        let above = places[&network].clone();
        for (nid, member) in &roster.members {
            let place = admit(network, &above, member, rosters.get(nid));
            let better = places
                .get(nid)
                .is_none_or(|known| place.standing.rank() < known.standing.rank());
            if !better {
                continue;
            }
            if place.standing.counts() {
                open.insert((place.depth, *nid));
            }
            places.insert(*nid, place);
        }
    }
    places
}

fn admit(network: Nid, above: &Place, member: &Member, own: Option<&Rosters>) -> Place {
    let depth = above.depth + 1;
    let allowed = |region: &&Region| {
        above.regions.is_empty() || above.regions.iter().any(|outer| region.is_inside(outer))
    };
    let regions: BTreeSet<Region> = match member.regions.is_empty() {
        true => above.regions.clone(),
        false => member.regions.iter().filter(allowed).cloned().collect(),
    };
    let standing = if member.suspended {
        Standing::Suspended
    } else if depth > DEPTH_MAX {
        Standing::TooDeep
    } else if regions.is_empty() && !member.regions.is_empty() {
        Standing::OutOfScope
    } else if !own.is_some_and(|own| own.joined.contains_key(&network)) {
        Standing::OneSided
    } else if member.dissolved {
        Standing::Dissolved
    } else {
        Standing::Mutual
    };
    Place {
        standing,
        url: Some(member.url.clone()),
        through: Some(network),
        depth,
        regions,
        lease_days: member.lease_days,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nid(name: &str) -> Nid {
        Nid::of_genesis(name)
    }

    fn regions(codes: &[&str]) -> BTreeSet<Region> {
        codes
            .iter()
            .map(|code| code.parse().expect("a region"))
            .collect()
    }

    /// Rosters from rows "network admits member for regions" and "member joins network".
    fn world(admits: &[(&str, &str, &[&str])], joins: &[(&str, &str)]) -> BTreeMap<Nid, Rosters> {
        let mut rosters: BTreeMap<Nid, Rosters> = BTreeMap::new();
        for (network, member, codes) in admits {
            let url = "https://example.org/".to_owned();
            let statement = Statement::Admit {
                nid: nid(member),
                url,
                regions: regions(codes),
            };
            rosters.entry(nid(network)).or_default().apply(statement);
        }
        for (member, network) in joins {
            let statement = Statement::Join {
                nid: nid(network),
                url: "https://example.org/".to_owned(),
            };
            rosters.entry(nid(member)).or_default().apply(statement);
        }
        rosters
    }

    fn standing(rosters: &BTreeMap<Nid, Rosters>, name: &str) -> Option<Standing> {
        resolve(&BTreeSet::from([nid("canada")]), rosters)
            .get(&nid(name))
            .map(|place| place.standing)
    }

    #[test]
    fn only_membership_that_both_sides_state_counts() {
        let mut rosters = world(&[("canada", "ontario", &[])], &[]);
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::OneSided));
        rosters
            .entry(nid("ontario"))
            .or_default()
            .apply(Statement::Join {
                nid: nid("canada"),
                url: String::new(),
            });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Mutual));
        rosters
            .entry(nid("ontario"))
            .or_default()
            .apply(Statement::Leave { nid: nid("canada") });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::OneSided));
        let alone = world(&[], &[("ontario", "canada")]);
        assert_eq!(standing(&alone, "ontario"), None);
    }

    #[test]
    fn a_suspended_member_does_not_count_until_it_is_admitted_again() {
        let mut rosters = world(&[("canada", "ontario", &[])], &[("ontario", "canada")]);
        rosters
            .entry(nid("canada"))
            .or_default()
            .apply(Statement::Suspend {
                nid: nid("ontario"),
            });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Suspended));
        let again = world(&[("canada", "ontario", &[])], &[]);
        rosters.entry(nid("canada")).or_default().members = again[&nid("canada")].members.clone();
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Mutual));
    }

    #[test]
    fn a_dissolved_member_counts_with_all_that_it_admitted() {
        let mut rosters = world(
            &[("canada", "ontario", &[]), ("ontario", "toronto", &[])],
            &[("ontario", "canada"), ("toronto", "ontario")],
        );
        let canada = rosters.entry(nid("canada")).or_default();
        let successor = Some(nid("quebec"));
        let ontario = nid("ontario");
        canada.apply(Statement::Dissolve {
            nid: ontario,
            successor,
        });
        assert_eq!(canada.members[&ontario].successor, successor);
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Dissolved));
        assert_eq!(standing(&rosters, "toronto"), Some(Standing::Mutual));
        for (statement, after) in [
            (Statement::Suspend { nid: ontario }, Standing::Suspended),
            (
                Statement::Dissolve {
                    nid: ontario,
                    successor: None,
                },
                Standing::Dissolved,
            ),
        ] {
            rosters
                .get_mut(&nid("canada"))
                .expect("is there")
                .apply(statement);
            assert_eq!(standing(&rosters, "ontario"), Some(after));
        }
        let again = world(&[("canada", "ontario", &[])], &[]);
        rosters.entry(nid("canada")).or_default().members = again[&nid("canada")].members.clone();
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Mutual));
        let ontario = rosters.get_mut(&ontario).expect("is there");
        ontario.apply(Statement::Leave { nid: nid("canada") });
        let canada = rosters.get_mut(&nid("canada")).expect("is there");
        canada.apply(Statement::Dissolve {
            nid: nid("ontario"),
            successor: None,
        });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::OneSided));
    }

    #[test]
    fn a_lease_outlives_another_admission_and_the_end_of_the_member() {
        let mut rosters = world(&[("canada", "ontario", &[])], &[("ontario", "canada")]);
        let canada = rosters.get_mut(&nid("canada")).expect("is there");
        let (ontario, days) = (nid("ontario"), 400);
        canada.apply(Statement::Lease { nid: ontario, days });
        canada.apply(Statement::Dissolve {
            nid: ontario,
            successor: None,
        });
        canada.apply(Statement::Admit {
            nid: ontario,
            url: "https://example.org/".to_owned(),
            regions: BTreeSet::new(),
        });
        let stranger = nid("nobody");
        canada.apply(Statement::Lease {
            nid: stranger,
            days,
        });
        assert_eq!(canada.members.len(), 1);
        let places = resolve(&BTreeSet::from([nid("canada")]), &rosters);
        assert_eq!(places[&ontario].lease_days, Some(400));
        assert_eq!(places[&nid("canada")].lease_days, None);
    }

    #[test]
    fn a_network_speaks_only_for_regions_inside_its_own() {
        let joins = [
            ("ontario", "canada"),
            ("toronto", "ontario"),
            ("montreal", "ontario"),
        ];
        let rosters = world(
            &[
                ("canada", "ontario", &["CA-ON"]),
                ("ontario", "toronto", &["CA-ON-TOR", "CA-QC"]),
                ("ontario", "montreal", &["CA-QC-MTL"]),
            ],
            &joins,
        );
        assert_eq!(standing(&rosters, "toronto"), Some(Standing::Mutual));
        assert_eq!(standing(&rosters, "montreal"), Some(Standing::OutOfScope));
        let places = resolve(&BTreeSet::from([nid("canada")]), &rosters);
        assert_eq!(places[&nid("toronto")].regions, regions(&["CA-ON-TOR"]));
        assert!(
            !"CA-ONE"
                .parse::<Region>()
                .expect("a code")
                .is_inside(&"CA-ON".parse().expect("a code"))
        );
    }

    #[test]
    fn of_two_networks_at_one_level_the_lower_identifier_admits() {
        let mut names = ["a", "b", "c", "d", "e", "f"].map(|name| (nid(name), name));
        names.sort();
        let [(low, a), (_, b), (_, c), ..] = names;
        // The lower root admits the higher network, so that the order of discovery is the other one.
        let rosters = world(
            &[(a, c, &[]), ("z", b, &[]), (b, "x", &[]), (c, "x", &[])],
            &[(c, a), (b, "z"), ("x", b), ("x", c)],
        );
        assert!(low < nid("z"), "the names were chosen so");
        let places = resolve(&BTreeSet::from([low, nid("z")]), &rosters);
        assert_eq!(places[&nid("x")].through, Some(nid(b)));
    }

    #[test]
    fn a_chain_ends_at_the_third_level_and_a_cycle_where_it_closes() {
        let rosters = world(
            &[
                ("canada", "a", &[]),
                ("a", "b", &[]),
                ("b", "c", &[]),
                ("c", "d", &[]),
                ("b", "a", &[]),
                ("b", "canada", &[]),
            ],
            &[
                ("a", "canada"),
                ("b", "a"),
                ("c", "b"),
                ("d", "c"),
                ("a", "b"),
                ("canada", "b"),
            ],
        );
        assert_eq!(standing(&rosters, "c"), Some(Standing::Mutual));
        assert_eq!(standing(&rosters, "d"), Some(Standing::TooDeep));
        assert_eq!(standing(&rosters, "canada"), Some(Standing::Root));
        assert_eq!(standing(&rosters, "a"), Some(Standing::Mutual));
    }
}
