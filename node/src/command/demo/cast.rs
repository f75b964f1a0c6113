//! Who plays in the demonstration?

/// One of the five nodes.
pub(super) struct Role {
    /// Its name for machines, and its folder.
    pub(super) name: &'static str,
    pub(super) english: &'static str,
    pub(super) french: &'static str,
    /// Where it stands, for searches nearby: name, degrees north, degrees east.
    pub(super) place: (&'static str, f64, f64),
    /// The network that admits it, by its position in [`CAST`].
    pub(super) network: Option<usize>,
    /// The region that it is admitted for.
    pub(super) region: &'static str,
    /// The fictional listings that it holds.
    pub(super) sample: Option<&'static str>,
}

/// The nation.
pub(super) const CANADA: usize = 0;

/// The province.
pub(super) const ONTARIO: usize = 1;

/// The centre at which a listing is changed.
pub(super) const TORONTO: usize = 2;

/// The centres that take files in turn.
pub(super) const CENTRES: [usize; 3] = [2, 3, 4];

/// All of them, in the order of their ports.
pub(super) const CAST: [Role; 5] = [
    Role {
        name: "canada",
        english: "Self-Help Canada",
        french: "Entraide Canada",
        place: ("Ottawa", 45.42, -75.70),
        network: None,
        region: "CA",
        sample: None,
    },
    Role {
        name: "ontario",
        english: "Ontario Self-Help Network",
        french: "Réseau d’entraide de l’Ontario",
        place: ("Toronto", 43.65, -79.38),
        network: Some(0),
        region: "CA-ON",
        sample: Some(include_str!("../../../data/sample/ontario.json")),
    },
    Role {
        name: "toronto",
        english: "Toronto Self-Help Centre",
        french: "Centre d’entraide de Toronto",
        place: ("Toronto", 43.65, -79.38),
        network: Some(1),
        region: "CA-ON",
        sample: Some(include_str!("../../../data/sample/toronto.json")),
    },
    Role {
        name: "kingston",
        english: "Kingston Self-Help Centre",
        french: "Centre d’entraide de Kingston",
        place: ("Kingston", 44.23, -76.49),
        network: Some(1),
        region: "CA-ON",
        sample: Some(include_str!("../../../data/sample/kingston.json")),
    },
    Role {
        name: "ottawa",
        english: "Ottawa Self-Help Centre",
        french: "Centre d’entraide d’Ottawa",
        place: ("Ottawa", 45.42, -75.70),
        network: Some(1),
        region: "CA-ON",
        sample: Some(include_str!("../../../data/sample/ottawa.json")),
    },
];
