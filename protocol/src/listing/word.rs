//! Which words may a listing choose from?

/// A vocabulary: a closed set of words, which a later version may lengthen.
pub trait Word: Copy + Eq + 'static {
    /// Every word with its spelling in JSON, in the order in which they are offered.
    const WORDS: &'static [(&'static str, Self)];

    /// Its spelling in JSON.
    fn as_str(self) -> &'static str {
        let spelled = Self::WORDS.iter().find(|(_, word)| *word == self);
        spelled
            .expect("WORDS names every variant, which a test checks")
            .0
    }

    /// The word with this spelling.
    fn of(spelling: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == spelling);
        found.map(|(_, word)| *word)
    }
}

/// A word of a vocabulary, or one that only a later version of the format knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Choice<W> {
    /// A word that this version knows.
    Known(W),
    /// A word of a later version, kept as it was spelled. Drafts never have one.
    Later(String),
}

impl<W: Word> Choice<W> {
    /// Its spelling in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            Choice::Known(word) => word.as_str(),
            Choice::Later(spelling) => spelling,
        }
    }

    /// The word, if this version knows it.
    pub fn known(&self) -> Option<W> {
        match self {
            Choice::Known(word) => Some(*word),
            Choice::Later(_) => None,
        }
    }

    /// Whether it is this word.
    pub fn is(&self, word: W) -> bool {
        self.known() == Some(word)
    }
}

/// What sort of initiative it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// People who meet to help one another.
    Group,
    /// One to one: by telephone, mail or e-mail.
    PeerSupport,
    /// Several groups that belong together.
    Network,
    /// An organization that runs or supports initiatives.
    Organization,
    /// A self-help centre, which keeps listings itself.
    Centre,
}

impl Word for Kind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("group", Kind::Group),
        ("peer-support", Kind::PeerSupport),
        ("network", Kind::Network),
        ("organization", Kind::Organization),
        ("centre", Kind::Centre),
    ];
}

/// Whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForWhom {
    /// Anyone.
    Anyone,
    /// Women.
    Women,
    /// Men.
    Men,
    /// Young people.
    Youth,
    /// Children.
    Children,
    /// Older people.
    Seniors,
    /// Parents.
    Parents,
    /// People who care for somebody.
    Caregivers,
    /// Family and friends of somebody concerned.
    FamilyFriends,
    /// Lesbian, gay, bisexual, trans and queer people.
    Lgbtq,
    /// Indigenous people.
    Indigenous,
    /// People new to the country.
    Newcomers,
    /// French speakers.
    Francophones,
    /// Veterans.
    Veterans,
    /// Survivors.
    Survivors,
    /// Students.
    Students,
    /// Members of a profession.
    Professionals,
}

impl Word for ForWhom {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("anyone", ForWhom::Anyone),
        ("women", ForWhom::Women),
        ("men", ForWhom::Men),
        ("youth", ForWhom::Youth),
        ("children", ForWhom::Children),
        ("seniors", ForWhom::Seniors),
        ("parents", ForWhom::Parents),
        ("caregivers", ForWhom::Caregivers),
        ("family-friends", ForWhom::FamilyFriends),
        ("lgbtq", ForWhom::Lgbtq),
        ("indigenous", ForWhom::Indigenous),
        ("newcomers", ForWhom::Newcomers),
        ("francophones", ForWhom::Francophones),
        ("veterans", ForWhom::Veterans),
        ("survivors", ForWhom::Survivors),
        ("students", ForWhom::Students),
        ("professionals", ForWhom::Professionals),
    ];
}

/// Who leads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leadership {
    /// People who share the concern.
    Peer,
    /// Peers and professionals together.
    Shared,
    /// Professionals who are handing over to peers.
    InTransition,
    /// Professionals.
    Professional,
}

impl Word for Leadership {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("peer", Leadership::Peer),
        ("shared", Leadership::Shared),
        ("in-transition", Leadership::InTransition),
        ("professional", Leadership::Professional),
    ];
}

/// Who may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Openness {
    /// Anyone concerned may come.
    Open,
    /// Nobody new at present.
    Closed,
    /// New people ask before they come.
    AskFirst,
    /// It looks for its first members.
    Forming,
}

impl Word for Openness {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("open", Openness::Open),
        ("closed", Openness::Closed),
        ("ask-first", Openness::AskFirst),
        ("forming", Openness::Forming),
    ];
}

/// How people meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// In one room.
    InPerson,
    /// By video or in a forum.
    Online,
    /// By telephone.
    Telephone,
    /// By letter.
    Mail,
    /// By e-mail.
    Email,
}

impl Word for Way {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("in-person", Way::InPerson),
        ("online", Way::Online),
        ("telephone", Way::Telephone),
        ("mail", Way::Mail),
        ("email", Way::Email),
    ];
}

/// How much of a place may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// All of it.
    Exact,
    /// The neighbourhood.
    Approximate,
    /// No more than the town.
    Withheld,
}

impl Word for Precision {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("exact", Precision::Exact),
        ("approximate", Precision::Approximate),
        ("withheld", Precision::Withheld),
    ];
}

/// How large the area served is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A town or neighbourhood.
    Local,
    /// A region of a province.
    Regional,
    /// A province or territory.
    Provincial,
    /// A country.
    National,
    /// Several countries.
    International,
}

impl Word for Scope {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("local", Scope::Local),
        ("regional", Scope::Regional),
        ("provincial", Scope::Provincial),
        ("national", Scope::National),
        ("international", Scope::International),
    ];
}

/// What one finds behind a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// A website.
    Website,
    /// A way to join, such as a video room.
    Join,
    /// A page on a social network.
    Social,
    /// A document.
    Document,
    /// A way to give.
    Donate,
}

impl Word for LinkKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("website", LinkKind::Website),
        ("join", LinkKind::Join),
        ("social", LinkKind::Social),
        ("document", LinkKind::Document),
        ("donate", LinkKind::Donate),
    ];
}

/// What it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CostKind {
    /// Nothing.
    Free,
    /// What one wants to give.
    Donation,
    /// A small amount for room and coffee.
    Nominal,
    /// A fee.
    Fee,
}

impl Word for CostKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("free", CostKind::Free),
        ("donation", CostKind::Donation),
        ("nominal", CostKind::Nominal),
        ("fee", CostKind::Fee),
    ];
}

/// What makes it accessible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accessibility {
    /// Step-free for wheelchairs.
    Wheelchair,
    /// A washroom that is accessible.
    AccessibleWashroom,
    /// Parking.
    Parking,
    /// Public transit near by.
    Transit,
    /// A hearing loop.
    HearingLoop,
    /// Interpretation in American Sign Language.
    Asl,
    /// Interpretation in Quebec Sign Language.
    Lsq,
    /// Captions.
    Captions,
    /// Care for children.
    Childcare,
    /// No scents.
    ScentFree,
    /// An elevator.
    Elevator,
    /// A quiet space.
    QuietSpace,
    /// Plain language.
    PlainLanguage,
}

impl Word for Accessibility {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("wheelchair", Accessibility::Wheelchair),
        ("accessible-washroom", Accessibility::AccessibleWashroom),
        ("parking", Accessibility::Parking),
        ("transit", Accessibility::Transit),
        ("hearing-loop", Accessibility::HearingLoop),
        ("asl", Accessibility::Asl),
        ("lsq", Accessibility::Lsq),
        ("captions", Accessibility::Captions),
        ("childcare", Accessibility::Childcare),
        ("scent-free", Accessibility::ScentFree),
        ("elevator", Accessibility::Elevator),
        ("quiet-space", Accessibility::QuietSpace),
        ("plain-language", Accessibility::PlainLanguage),
    ];
}

/// Whether it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is being founded.
    Forming,
    /// It meets or answers.
    Active,
    /// It rests and means to come back.
    Paused,
    /// It has ended.
    Closed,
}

impl Word for Status {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("forming", Status::Forming),
        ("active", Status::Active),
        ("paused", Status::Paused),
        ("closed", Status::Closed),
    ];
}

/// Who last confirmed that a listing is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfirmedBy {
    /// The initiative itself.
    Initiative,
    /// The centre that keeps the listing.
    Centre,
    /// The network it belongs to.
    Network,
}

impl Word for ConfirmedBy {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("initiative", ConfirmedBy::Initiative),
        ("centre", ConfirmedBy::Centre),
        ("network", ConfirmedBy::Network),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word reads as it is written, and none is written like another.
    fn check<W: Word + std::fmt::Debug>() {
        for (spelling, word) in W::WORDS {
            assert_eq!(word.as_str(), *spelling);
            assert_eq!(W::of(spelling), Some(*word));
        }
        assert_eq!(W::of("nothing"), None);
    }

    #[test]
    fn every_word_has_one_spelling() {
        check::<Kind>();
        check::<ForWhom>();
        check::<Leadership>();
        check::<Openness>();
        check::<Way>();
        check::<Precision>();
        check::<Scope>();
        check::<LinkKind>();
        check::<CostKind>();
        check::<Accessibility>();
        check::<Status>();
        check::<ConfirmedBy>();
    }
}
