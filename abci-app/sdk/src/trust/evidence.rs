//! Headers from an anchor to one that matters, with all that their verification needs: for those who ask nobody.

use serde::{Deserialize, Serialize};
use sirius_primitives::{Hash, Height};
use tendermint::{Time, block::signed_header::SignedHeader, chain, validator::Set};

use super::{
    LightClient, MOST_STEPS, Settings, TrustError, TrustedHeader,
    block::{LightBlock, validator_set},
    file::Member,
};

/// Headers in ascending order. The first is the anchor's; each leads to the next as a light client steps. Nothing of
/// them is believed before [`Evidence::verify`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    blocks: Vec<Stored>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    signed_header: SignedHeader,
    validators: Vec<Member>,
    /// Those of the next block, where they differ.
    next_validators: Option<Vec<Member>>,
}

impl LightClient {
    /// Headers that lead from the anchor to the one at `height`, verified at the caller's time `now`.
    ///
    /// Where the anchor is too old, or newer than `height`, they are that header alone: of use to whoever knows its hash.
    ///
    /// # Errors
    /// As [`LightClient::verify`].
    pub async fn evidence(&self, height: Height, now: Time) -> Result<Evidence, TrustError> {
        let first = match self.begin(now).await {
            Ok(first) if first.height() <= height => first,
            Ok(_) | Err(TrustError::Expired { .. }) => {
                return Ok(Evidence { blocks: vec![Stored::from(&self.fetch(height).await?)] });
            }
            Err(error) => return Err(error),
        };
        let (mut trusted, mut blocks) = (first.header(), vec![first]);
        self.forward(&mut trusted, height, now, &mut blocks).await?;
        Ok(Evidence { blocks: blocks.iter().map(Stored::from).collect() })
    }
}

impl Evidence {
    /// The chain's name as the last header has it.
    pub fn chain_id(&self) -> String {
        self.blocks.last().map(|block| block.signed_header.header.chain_id.to_string()).unwrap_or_default()
    }

    /// The height of the header with this hash.
    ///
    /// # Errors
    /// There is none.
    pub fn height_of(&self, hash: &Hash) -> Result<Height, TrustError> {
        let mut headers = self.blocks.iter().map(|block| &block.signed_header.header);
        let found = headers.rfind(|header| header.hash().as_bytes() == hash.as_bytes());
        found
            .map(|header| Height(header.height.value()))
            .ok_or_else(|| self.no_way(format!("none of them has hash {hash}")))
    }

    /// The hash of the last of them.
    pub fn last(&self) -> Option<Hash> {
        let last = self.blocks.last().map(|block| block.signed_header.header.hash());
        last.and_then(|hash| hash.as_bytes().try_into().ok()).map(Hash::new)
    }

    /// Verifies them as a light client would, from the anchor of `settings` to the last, and gives that.
    ///
    /// # Errors
    /// They do not begin with the anchor's, do not lead on, or are too old to be trusted at `now`.
    pub fn verify(&self, settings: &Settings, now: Time) -> Result<TrustedHeader, TrustError> {
        let chain_id: chain::Id =
            settings.chain_id.parse().map_err(|_| TrustError::ChainId(settings.chain_id.clone()))?;
        if self.blocks.len() > MOST_STEPS {
            return Err(self.no_way(format!("there are more than {MOST_STEPS}")));
        }
        let anchor = settings.anchor.height();
        let mut ahead =
            self.blocks.iter().skip_while(|block| block.signed_header.header.height.value() != anchor.0);
        let first = ahead.next().ok_or_else(|| self.no_way(format!("header {anchor} is not among them")))?;
        let mut trusted = settings.begin(&chain_id, &first.block()?, now)?;
        for stored in ahead {
            let next = settings.step(&chain_id, &trusted, &stored.block()?, now)?;
            trusted = next.ok_or_else(|| {
                self.no_way(format!(
                    "too few validators of header {} signed the one after it",
                    trusted.height
                ))
            })?;
        }
        Ok(trusted)
    }

    fn no_way(&self, reason: String) -> TrustError {
        let last = self.blocks.last().map_or(0, |block| block.signed_header.header.height.value());
        TrustError::NoWay { height: Height(last), reason }
    }
}

impl Stored {
    fn block(&self) -> Result<LightBlock, TrustError> {
        let set = |members: &[Member]| {
            validator_set(members.iter().map(|member| (member.pub_key, member.power)).collect())
        };
        let validators = set(&self.validators)?;
        let next = self.next_validators.as_deref().map_or_else(|| Ok(validators.clone()), set)?;
        Ok(LightBlock::new(self.signed_header.clone(), validators, next))
    }
}

impl From<&LightBlock> for Stored {
    fn from(block: &LightBlock) -> Self {
        let members = |set: &Set| {
            let each = set.validators().iter();
            each.map(|info| Member { pub_key: info.pub_key, power: info.power }).collect::<Vec<_>>()
        };
        let header = &block.signed.header;
        let same = header.next_validators_hash == header.validators_hash;
        Self {
            signed_header: block.signed.clone(),
            validators: members(&block.validators),
            next_validators: (!same).then(|| members(&block.next_validators)),
        }
    }
}
