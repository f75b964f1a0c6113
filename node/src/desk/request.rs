//! What can a command ask of a node, and what does the node answer?

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Member, Region};
use serde::{Deserialize, Serialize};

use super::Desk;
use super::import::{ImportRequest, Imported};
use super::keys::{Rotated, Rotation};
use super::membership::MembershipError;
use super::progress::Teller;
use super::refusal::Refusal;
use super::status::Status;
use super::verify::Verification;
use crate::store::private::{FeedQuota, PrivateError, Token};

/// Listings that change hands, members that end, and what is hidden.
mod hands;

pub use hands::{HiddenLine, Transferred};

/// One command, whether it comes over the local socket or from the process that opened the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Request {
    /// How does the node stand?
    Status,
    /// Let somebody write over the network.
    TokenCreate {
        /// Who.
        name: String,
    },
    /// Let them no more.
    TokenRevoke {
        /// Who.
        name: String,
    },
    /// Who may write?
    TokenList,
    /// Take a centre or network into the roster.
    Admit {
        /// Where it is served.
        url: String,
        /// For which regions; none: all that we speak for.
        regions: Vec<String>,
    },
    /// Take a centre into the roster that nobody can reach and that will push its feed.
    AdmitUnreached {
        /// Its identifier.
        nid: String,
        /// For which regions; none: all that we speak for.
        regions: Vec<String>,
    },
    /// No longer speak for a member.
    Suspend {
        /// Whom.
        nid: String,
    },
    /// Say that a member has ended.
    Dissolve {
        /// Whom.
        nid: String,
        /// Who may take over what it has.
        successor: Option<String>,
    },
    /// Ask everyone to hand out for longer what a silent member last said.
    Lease {
        /// Whom.
        nid: String,
        /// For how many days.
        days: u16,
    },
    /// Who is on the roster?
    Members,
    /// Hand listings over to another node.
    HandOver {
        /// Their ids; none: all.
        listings: Vec<String>,
        /// To whom.
        to: String,
    },
    /// Take over what another node has handed over to us.
    TakeOver {
        /// The ids of the listings; none: all.
        listings: Vec<String>,
        /// From whom.
        from: String,
    },
    /// Show a listing or a node to nobody here.
    Hide {
        /// The listing's id or the node's identifier.
        what: String,
        /// Why; only staff see it.
        reason: String,
    },
    /// Show it again.
    Unhide {
        /// The listing's id or the node's identifier.
        what: String,
    },
    /// What is hidden?
    Hidden,
    /// State that we belong to a network.
    Join {
        /// Where it is served.
        url: String,
    },
    /// State that we no longer do.
    Leave {
        /// Which network.
        nid: String,
    },
    /// Follow a feed.
    Follow {
        /// Where it is served.
        url: String,
        /// Whether the members of its roster are followed too.
        with_members: bool,
    },
    /// Take more or less from a feed than the configuration says.
    Quota(FeedQuota),
    /// Import a list: the first file is the list, the second, if there is one, its mapping.
    Import(ImportRequest),
    /// Cosign a foreign log.
    WitnessLogAdd {
        /// Its key.
        vkey: String,
    },
    /// Which foreign logs are cosigned?
    WitnessLogs,
    /// Change name or address: the one file is the paper key that counts now.
    Rotate(Rotation),
    /// Verify the whole data directory.
    Verify,
    /// Delete what is derived from the feeds and build it anew.
    Rebuild,
}

/// A request with the files that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is asked.
    pub request: Request,
    /// The bytes of each file, in the order in which the request names them.
    pub files: Vec<Bytes>,
}

impl From<Request> for Question {
    fn from(request: Request) -> Question {
        Question {
            request,
            files: Vec::new(),
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Answer {
    /// How the node stands.
    Status(Box<Status>),
    /// A new token; this is the only time that its secret is seen.
    Token {
        /// Who may write with it.
        name: String,
        /// The secret.
        token: String,
    },
    /// Who may write.
    Tokens {
        /// In the order of their names.
        tokens: Vec<TokenLine>,
    },
    /// The roster.
    Members {
        /// In the order of their identifiers.
        members: Vec<MemberLine>,
    },
    /// The foreign logs that are cosigned.
    WitnessLogs {
        /// Their keys.
        logs: Vec<String>,
    },
    /// What was handed over.
    HandedOver(Transferred),
    /// What was taken over.
    TakenOver(Transferred),
    /// What is hidden here.
    Hidden {
        /// In the order of their names.
        hidden: Vec<HiddenLine>,
    },
    /// What an import did.
    Imported(Box<Imported>),
    /// What a note of the paper key changed.
    Rotated(Box<Rotated>),
    /// What was verified.
    Verified(Box<Verification>),
    /// The view is as new.
    Rebuilt {
        /// Listings in it.
        listings: u64,
        /// How long it took.
        seconds: f64,
    },
    /// It was done to this node.
    Node {
        /// Its identifier.
        nid: String,
    },
    /// It was done to what has this name.
    Named {
        /// The name.
        name: String,
    },
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenLine {
    /// Who may write with it.
    pub name: String,
    /// When it was made, RFC 3339.
    pub created: String,
}

/// A member of the roster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberLine {
    /// Its identifier.
    pub nid: String,
    /// Its names by language, once its feed is known.
    pub names: BTreeMap<String, String>,
    /// Where it is served.
    pub url: String,
    /// What it may speak for; none: all that we speak for.
    pub regions: Vec<String>,
    /// Whether we have suspended it.
    pub suspended: bool,
    /// Whether we say that it has ended.
    pub dissolved: bool,
    /// Who may then take over what it has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub successor: Option<String>,
    /// For how many days of silence its listings are handed out, where we ask for more than usual.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lease_days: Option<u16>,
    /// Whether its own log says that it belongs to us.
    pub joined: bool,
}

impl Desk {
    /// Does what a command asks and answers once it is kept.
    pub async fn answer(&self, question: Question, teller: &Teller) -> Result<Answer, Refusal> {
        match question.request {
            Request::Status => Ok(Answer::Status(Box::new(self.status()?))),
            Request::TokenCreate { name } => {
                let secret = self.create_token(&name).await?;
                let token = secret.as_str().to_owned();
                Ok(Answer::Token { name, token })
            }
            Request::TokenRevoke { name } => match self.revoke_token(&name).await? {
                true => Ok(Answer::Named { name }),
                false => Err(PrivateError::Unknown(name).into()),
            },
            Request::TokenList => Ok(self.token_lines()),
            Request::Admit { url, regions } => met(self.admit(&url, regions_of(&regions)?).await),
            Request::AdmitUnreached { nid, regions } => self.admitted(&nid, &regions).await,
            Request::Suspend { nid } => {
                let parsed = nid.parse().map_err(Refusal::asked)?;
                self.suspend(parsed).await?;
                Ok(Answer::Node { nid })
            }
            Request::Members => Ok(self.member_lines()),
            Request::Join { url } => met(self.join(&url).await),
            Request::Leave { nid } => {
                let parsed = nid.parse().map_err(Refusal::asked)?;
                self.leave(parsed).await?;
                Ok(Answer::Node { nid })
            }
            Request::Follow { url, with_members } => met(self.follow(&url, with_members).await),
            Request::Quota(wanted) => met(self.set_quota(wanted).await),
            Request::Import(wanted) => {
                let mut files = question.files.into_iter();
                let file = files.next().unwrap_or_default();
                let imported = self.import(&wanted, file, files.next(), teller).await?;
                Ok(Answer::Imported(Box::new(imported)))
            }
            Request::WitnessLogAdd { vkey } => {
                let key = self.witness.choose(&vkey)?;
                let name = key.name().to_string();
                Ok(Answer::Named { name })
            }
            Request::WitnessLogs => {
                let logs = self.witness.foreign();
                let logs = logs.iter().map(ToString::to_string).collect();
                Ok(Answer::WitnessLogs { logs })
            }
            Request::Rotate(wanted) => self.rotate_by(&wanted, question.files).await,
            Request::Verify => Ok(Answer::Verified(Box::new(self.verify(teller).await?))),
            Request::Rebuild => Err(Refusal::asked(
                "the view cannot be built anew under a node that runs: stop it first",
            )),
            other => self.answer_hands(other).await,
        }
    }

    /// Rotates with the paper key that came as a file: never as an argument.
    async fn rotate_by(&self, wanted: &Rotation, files: Vec<Bytes>) -> Result<Answer, Refusal> {
        let paper = files.into_iter().next().unwrap_or_default();
        let paper = String::from_utf8_lossy(&paper);
        Ok(Answer::Rotated(Box::new(
            self.rotate(wanted, &paper).await?,
        )))
    }

    fn token_lines(&self) -> Answer {
        let private = self.private();
        let line = |token: &Token| TokenLine {
            name: token.name.clone(),
            created: moment(token.created),
        };
        let tokens = private.state().tokens().map(line).collect();
        Answer::Tokens { tokens }
    }

    fn member_lines(&self) -> Answer {
        let own = self.identity().nid;
        let members = self.feeds.own().rosters().members;
        let line = |(nid, member): (Nid, Member)| {
            let feed = self.feeds.feed(nid);
            let names = feed.as_ref().map(|feed| feed.who().names);
            MemberLine {
                nid: nid.to_string(),
                names: names.unwrap_or_default(),
                url: member.url,
                regions: member.regions.iter().map(ToString::to_string).collect(),
                suspended: member.suspended,
                dissolved: member.dissolved,
                successor: member.successor.map(|nid| nid.to_string()),
                lease_days: member.lease_days,
                joined: feed.is_some_and(|feed| feed.rosters().joined.contains_key(&own)),
            }
        };
        Answer::Members {
            members: members.into_iter().map(line).collect(),
        }
    }
}

/// A moment in seconds since 1970-01-01, UTC, as RFC 3339 has it.
fn moment(seconds: u64) -> String {
    let moment = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or(0));
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}

impl Desk {
    async fn admitted(&self, nid: &str, regions: &[String]) -> Result<Answer, Refusal> {
        let nid = nid.parse().map_err(Refusal::asked)?;
        met(self.admit_unreached(nid, regions_of(regions)?).await)
    }
}

fn regions_of(codes: &[String]) -> Result<BTreeSet<Region>, Refusal> {
    let regions = codes.iter().map(|code| code.parse::<Region>());
    regions.collect::<Result<_, _>>().map_err(Refusal::asked)
}

fn met(outcome: Result<Nid, MembershipError>) -> Result<Answer, Refusal> {
    Ok(Answer::Node {
        nid: outcome?.to_string(),
    })
}
