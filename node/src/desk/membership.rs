//! How does a centre join a network, and a network admit a centre?

use std::collections::BTreeSet;

use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Region, RosterError, Statement};

use super::Desk;
use crate::config::{MIB, Quota};
use crate::feed::log::LogError;
use crate::feed::quota::Quotas;
use crate::feed::sync::{Chosen, MeetError};
use crate::store::private::{FeedQuota, Follow, PrivateError, PrivateState, Statement as Private};

/// Why a membership or a choice was not stated.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    /// The node at the address could not be met.
    #[error(transparent)]
    Meet(#[from] MeetError),
    /// The log did not take the statement.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The choice could not be kept.
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// A node cannot be its own network.
    #[error("this address is that of this node itself")]
    Ourselves,
    /// The statement would not be read by those who follow us.
    #[error("{0}")]
    Statement(RosterError),
    /// No feed of this identifier is followed.
    #[error(
        "{0} is not the identifier of a feed that this node follows; `status --json` shows them"
    )]
    NoFeed(String),
    /// Nobody is their own successor.
    #[error("{0} has ended, so it cannot be its own successor")]
    OwnSuccessor(Nid),
    /// The roster has no such member.
    #[error("{0} is not on the roster of this node")]
    NoMember(Nid),
}

impl Desk {
    /// Admits the node at `url` to our roster, for some regions or for all that we speak for.
    pub async fn admit(
        &self,
        url: &str,
        regions: BTreeSet<Region>,
    ) -> Result<Nid, MembershipError> {
        let (nid, url) = self.meet(url).await?;
        self.state(Statement::Admit { nid, url, regions }).await?;
        Ok(nid)
    }

    /// Admits a node that nobody can reach, by its identifier alone: it pushes its feed to us, and others
    /// find it where we are.
    pub async fn admit_unreached(
        &self,
        nid: Nid,
        regions: BTreeSet<Region>,
    ) -> Result<Nid, MembershipError> {
        if nid == self.identity().nid {
            return Err(MembershipError::Ourselves);
        }
        let url = self.identity().url;
        self.state(Statement::Admit { nid, url, regions }).await?;
        Ok(nid)
    }

    /// No longer speaks for a member.
    pub async fn suspend(&self, nid: Nid) -> Result<(), MembershipError> {
        self.member(nid)?;
        self.state(Statement::Suspend { nid }).await
    }

    /// Says that a member has ended, and who may take over what it has; what it has stays until then.
    pub async fn dissolve(&self, nid: Nid, successor: Option<Nid>) -> Result<(), MembershipError> {
        self.member(nid)?;
        let named = successor.filter(|successor| *successor != self.identity().nid);
        // Everyone would pass over a successor who never belonged to us.
        named.map(|successor| self.member(successor)).transpose()?;
        if successor == Some(nid) {
            return Err(MembershipError::OwnSuccessor(nid));
        }
        self.state(Statement::Dissolve { nid, successor }).await
    }

    /// Asks everyone to hand out for longer what a silent member last said: so many days from the last
    /// time that it was heard of.
    pub async fn lease(&self, nid: Nid, days: u16) -> Result<(), MembershipError> {
        self.member(nid)?;
        self.state(Statement::Lease { nid, days }).await
    }

    fn member(&self, nid: Nid) -> Result<(), MembershipError> {
        let known = self.feeds.own().rosters().members.contains_key(&nid);
        known.then_some(()).ok_or(MembershipError::NoMember(nid))
    }

    /// States that this centre belongs to the network at `url`.
    pub async fn join(&self, url: &str) -> Result<Nid, MembershipError> {
        let (nid, url) = self.meet(url).await?;
        self.state(Statement::Join { nid, url }).await?;
        Ok(nid)
    }

    /// States that this centre no longer belongs to a network.
    pub async fn leave(&self, nid: Nid) -> Result<(), MembershipError> {
        self.state(Statement::Leave { nid }).await
    }

    /// Follows the feed of the node at `url`, and with `with_members` those of its roster.
    pub async fn follow(&self, url: &str, with_members: bool) -> Result<Nid, MembershipError> {
        let (nid, url) = self.meet(url).await?;
        let follow = Follow {
            url,
            nid: Some(nid.to_string()),
            with_members,
        };
        self.blocking(move |desk| desk.private().say(&[Private::Follow(follow)]))
            .await?;
        self.sync.choose(chosen(self.private().state()));
        Ok(nid)
    }

    /// Takes more or less from the feed of a node than the configuration says, and what waits now if
    /// there is room; what is not said stays as it was decided before.
    pub async fn set_quota(&self, wanted: FeedQuota) -> Result<Nid, MembershipError> {
        let nid: Nid = wanted
            .nid
            .parse()
            .map_err(|_| MembershipError::NoFeed(wanted.nid.clone()))?;
        if self.feeds.feed(nid).is_none() || nid == self.identity().nid {
            return Err(MembershipError::NoFeed(wanted.nid));
        }
        self.blocking(move |desk| {
            let mut private = desk.private();
            let before = private.state().quotas().find(|one| one.nid == wanted.nid);
            let before = before.cloned();
            let kept = |new: Option<u64>, old: fn(&FeedQuota) -> Option<u64>| {
                new.or(before.as_ref().and_then(old))
            };
            let decided = FeedQuota {
                entries_a_day: kept(wanted.entries_a_day, |one| one.entries_a_day),
                body_mib: kept(wanted.body_mib, |one| one.body_mib),
                living: kept(wanted.living, |one| one.living),
                nid: wanted.nid,
            };
            private.say(&[Private::Quota(decided)])
        })
        .await?;
        let quotas = quotas(self.config.quota, self.private().state());
        self.feeds.set_quotas(quotas);
        self.sync.nudge(nid);
        Ok(nid)
    }

    async fn meet(&self, url: &str) -> Result<(Nid, String), MembershipError> {
        let feed = self.sync.meet(url).await?;
        if feed.nid() == self.identity().nid {
            return Err(MembershipError::Ourselves);
        }
        let url = if url.ends_with('/') {
            url.to_owned()
        } else {
            format!("{url}/")
        };
        // The spelling that a statement may carry is the one that the address parser writes.
        let url = url::Url::parse(&url).map(String::from).unwrap_or(url);
        Ok((feed.nid(), url))
    }

    async fn state(&self, statement: Statement) -> Result<(), MembershipError> {
        // We write nothing that our own readers would set aside.
        Statement::read(statement.write().as_bytes()).map_err(MembershipError::Statement)?;
        self.log.append(Deed::State(statement)).await?;
        Ok(())
    }
}

/// How much is taken from each feed: what is configured, and what staff decided otherwise.
pub fn quotas(standard: Quota, state: &PrivateState) -> Quotas {
    let of = state.quotas().filter_map(|told| {
        let quota = Quota {
            entries_a_day: told.entries_a_day.unwrap_or(standard.entries_a_day),
            body_bytes: told
                .body_mib
                .map_or(standard.body_bytes, |mib| mib.saturating_mul(MIB)),
            living: told.living.unwrap_or(standard.living),
        };
        Some((told.nid.parse().ok()?, quota))
    });
    Quotas {
        standard,
        of: of.collect(),
    }
}

/// The feeds that staff chose, as they stand in the private log.
pub fn chosen(state: &PrivateState) -> Vec<Chosen> {
    let read = |follow: &Follow| {
        let nid = follow.nid.as_ref()?.parse().ok()?;
        let url = url::Url::parse(&follow.url).ok()?;
        Some(Chosen {
            nid,
            url,
            with_members: follow.with_members,
        })
    };
    state.follows().filter_map(read).collect()
}
