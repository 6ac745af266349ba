//! The section `anchor` of genesis: chains with their headers and what was proven of them. The bank's section has the
//! coins that stand behind them.

use std::ops::ControlFlow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Amount, Hash, Height, Prefix, Timestamp};
use sirius_runtime::{Context, Error, QueryContext, genesis::number, rows::each_row};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused,
    chain::{Chain, Evidence, Header, Status},
    keys,
    light::Member,
    state::{self, address},
    subject::{Proven, Subject, What},
};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// By chain id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<GenesisChain>,
}

/// A chain with everything that hangs on it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisChain {
    chain_id: String,
    owner: String,
    bond: Amount,
    deposit: Amount,
    #[serde(with = "number")]
    trusting_seconds: u64,
    #[serde(with = "number")]
    every: u64,
    #[serde(with = "number")]
    registered: u64,
    #[serde(with = "number")]
    first: u64,
    latest: GenesisHeader,
    #[serde(with = "number")]
    posted: u64,
    status: GenesisStatus,
    headers: Vec<GenesisHeader>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validators: Option<Vec<GenesisMember>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conflict: Option<GenesisConflict>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    proven: Vec<GenesisProven>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GenesisStatus {
    Active,
    Frozen,
    Closing { ends: Timestamp },
    Closed,
}

/// A header; hashes are hexadecimal digits.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisHeader {
    #[serde(with = "number")]
    height: u64,
    time: Timestamp,
    hash: String,
    app_hash: String,
    next_validators: String,
    #[serde(with = "number")]
    posted: u64,
    poster: String,
}

/// A validator; its key is base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisMember {
    key: String,
    #[serde(with = "number")]
    power: u64,
}

/// The light blocks are base64 of their protobuf form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisConflict {
    first: String,
    second: String,
    reporter: String,
    #[serde(with = "number")]
    reported: u64,
    reward: Amount,
    burned: Amount,
}

/// What was proven; `what` is base64 of its stored form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisProven {
    subject: String,
    #[serde(with = "number")]
    header: u64,
    time: Timestamp,
    #[serde(with = "number")]
    height: u64,
    prover: String,
    what: String,
}

fn bad(what: &str, cause: impl ToString) -> Refused {
    Refused::BadGenesis { cause: format!("{what}: {}", cause.to_string()) }
}

fn bytes(what: &str, text: &str) -> Result<Vec<u8>, Refused> {
    BASE64_STANDARD.decode(text).map_err(|error| bad(what, error))
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        for chain in self.chains {
            let id: Result<tendermint::chain::Id, _> = chain.chain_id.parse();
            if id.is_err() || state::chain(state, &chain.chain_id)?.is_some() {
                return Err(bad("chain_id", "it stands twice, or is no chain id").into());
            }
            chain.write(ctx, state)?;
        }
        state::invariants(&*state as &dyn Read)?.map_err(|cause| Refused::BadGenesis { cause }.into())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut chains = Vec::new();
        each_row(ctx.state, keys::CHAINS, |rest, chain: Chain| {
            chains.push(GenesisChain::read(ctx, String::from_utf8_lossy(rest).into_owned(), chain)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self { chains })
    }
}

impl GenesisChain {
    fn write(self, ctx: &Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let (chain_id, ledger) = (self.chain_id.as_str(), ctx.chain);
        let chain = Chain {
            owner: address("owner's", &self.owner, ledger)?,
            bond: self.bond,
            deposit: self.deposit,
            trusting_seconds: self.trusting_seconds,
            every: self.every,
            registered: Height(self.registered),
            first: self.first,
            latest: self.latest.parse(ctx)?,
            kept: self.headers.len() as u64,
            posted: self.posted,
            status: match self.status {
                GenesisStatus::Active => Status::Active,
                GenesisStatus::Frozen => Status::Frozen,
                GenesisStatus::Closing { ends } => Status::Closing { ends },
                GenesisStatus::Closed => Status::Closed,
            },
        };
        if let Status::Closing { ends } = chain.status {
            keys::due(ends, chain_id).set(state, &self.chain_id);
        }
        keys::chain(chain_id).set(state, &chain);
        for header in &self.headers {
            let header = header.parse(ctx)?;
            keys::header(chain_id, header.height).set(state, &header);
        }
        if let Some(members) = &self.validators {
            let members = members.iter().map(GenesisMember::parse).collect::<Result<Vec<_>, _>>()?;
            keys::validators(chain_id).set(state, &members);
        }
        if let Some(conflict) = &self.conflict {
            let evidence = Evidence {
                first: bytes("first", &conflict.first)?,
                second: bytes("second", &conflict.second)?,
                reporter: address("reporter's", &conflict.reporter, ledger)?,
                reported: Height(conflict.reported),
                reward: conflict.reward,
                burned: conflict.burned,
            };
            keys::evidence(chain_id).set(state, &evidence);
        }
        self.proven.iter().try_for_each(|proven| proven.write(ctx, state, chain_id))
    }

    fn read(ctx: &QueryContext<'_>, chain_id: String, chain: Chain) -> Result<Self, Fault> {
        let prefix = &ctx.chain.prefix;
        let (mut headers, mut proven) = (Vec::new(), Vec::new());
        each_row(ctx.state, &keys::headers(&chain_id), |_, header: Header| {
            headers.push(GenesisHeader::read(&header, prefix));
            Ok(ControlFlow::Continue(()))
        })?;
        each_row(ctx.state, &keys::all_proven(&chain_id), |rest, found: Proven| {
            let damaged = || Fault::Damaged { what: "anchor", detail: "a key holds no subject".into() };
            let subject = Subject::from_parts(rest).ok_or_else(damaged)?;
            proven.push(GenesisProven::read(&subject, &found, prefix));
            Ok(ControlFlow::Continue(()))
        })?;
        let conflict = keys::evidence(&chain_id).get(ctx.state)?.map(|found| GenesisConflict {
            first: BASE64_STANDARD.encode(found.first),
            second: BASE64_STANDARD.encode(found.second),
            reporter: found.reporter.bech32(prefix),
            reported: found.reported.0,
            reward: found.reward,
            burned: found.burned,
        });
        let member =
            |member: &Member| GenesisMember { key: BASE64_STANDARD.encode(member.key), power: member.power };
        let members = keys::validators(&chain_id).get(ctx.state)?;
        Ok(Self {
            chain_id,
            owner: chain.owner.bech32(prefix),
            bond: chain.bond,
            deposit: chain.deposit,
            trusting_seconds: chain.trusting_seconds,
            every: chain.every,
            registered: chain.registered.0,
            first: chain.first,
            latest: GenesisHeader::read(&chain.latest, prefix),
            posted: chain.posted,
            status: match chain.status {
                Status::Active => GenesisStatus::Active,
                Status::Frozen => GenesisStatus::Frozen,
                Status::Closing { ends } => GenesisStatus::Closing { ends },
                Status::Closed => GenesisStatus::Closed,
            },
            headers,
            validators: members.map(|members| members.iter().map(member).collect()),
            conflict,
            proven,
        })
    }
}

impl GenesisHeader {
    fn parse(&self, ctx: &Context<'_>) -> Result<Header, Refused> {
        let hash = |text: &str| text.parse::<Hash>().map_err(|error| bad("a header's hash", error));
        Ok(Header {
            height: self.height,
            time: self.time,
            hash: hash(&self.hash)?,
            app_hash: hex::decode(&self.app_hash).map_err(|error| bad("app_hash", error))?,
            next_validators: hash(&self.next_validators)?,
            posted: Height(self.posted),
            poster: address("poster's", &self.poster, ctx.chain)?,
        })
    }

    fn read(header: &Header, prefix: &Prefix) -> Self {
        Self {
            height: header.height,
            time: header.time,
            hash: header.hash.to_string(),
            app_hash: hex::encode_upper(&header.app_hash),
            next_validators: header.next_validators.to_string(),
            posted: header.posted.0,
            poster: header.poster.bech32(prefix),
        }
    }
}

impl GenesisMember {
    fn parse(&self) -> Result<Member, Refused> {
        let key = bytes("a validator's key", &self.key)?.try_into();
        let key = key.map_err(|_| bad("a validator's key", "it has not 32 bytes"))?;
        Ok(Member { key, power: self.power })
    }
}

impl GenesisProven {
    fn write(&self, ctx: &Context<'_>, state: &mut dyn Write, chain_id: &str) -> Result<(), Error> {
        let subject: Subject = self.subject.parse().map_err(|error| bad("subject", error))?;
        let what = bytes("what", &self.what)?;
        let proven = Proven {
            header: self.header,
            time: self.time,
            height: Height(self.height),
            prover: address("prover's", &self.prover, ctx.chain)?,
            what: borsh::from_slice::<What>(&what).map_err(|error| bad("what", error))?,
        };
        keys::proven(chain_id, &subject).set(state, &proven);
        Ok(())
    }

    fn read(subject: &Subject, proven: &Proven, prefix: &Prefix) -> Self {
        let what = borsh::to_vec(&proven.what).expect("writing to memory cannot fail");
        Self {
            subject: subject.to_string(),
            header: proven.header,
            time: proven.time,
            height: proven.height.0,
            prover: proven.prover.bech32(prefix),
            what: BASE64_STANDARD.encode(what),
        }
    }
}
