//! Names: from the lease to what becomes of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod life;
mod wrong;

use serde_json::json;
use sirius_primitives::{Address, Height, Timestamp};
use sirius_runtime::{Executed, Refusal};
use tendermint_proto::google::protobuf::Any;

use super::{
    Name, keys,
    lease::{Lease, Part},
    wire::name as wire,
};
use crate::testing::{Bed, Case, Key, alice, any, bob, carol, dave, golden::Record, text, update};

/// Thirty days, the shortest lease.
const MONTH: u64 = 2_592_000;
/// What that costs: 10,000 a day.
const RENT: u128 = 300_000;

/// A lease of `name`, or a name below one.
pub(crate) fn register(owner: &Key, name: &str, seconds: u64) -> Any {
    any(&wire::MsgRegister { owner: text(&owner.address()), name: name.into(), seconds })
}

/// A change of what is reserved.
pub(crate) fn reserve(authority: &Key, reserve: &[&str], free: &[&str]) -> Any {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    any(&wire::MsgReserve { authority: text(&authority.address()), reserve: list(reserve), free: list(free) })
}

fn renew(owner: &Key, name: &str, seconds: u64) -> Any {
    any(&wire::MsgRenew { owner: text(&owner.address()), name: name.into(), seconds })
}

fn transfer(owner: &Key, name: &str, to: &Key) -> Any {
    any(&wire::MsgTransfer {
        owner: text(&owner.address()),
        name: name.into(),
        to_address: text(&to.address()),
    })
}

fn set_target(owner: &Key, name: &str, target: &Key) -> Any {
    any(&wire::MsgSetTarget {
        owner: text(&owner.address()),
        name: name.into(),
        target_address: text(&target.address()),
    })
}

fn clear_target(owner: &Key, name: &str) -> Any {
    any(&wire::MsgClearTarget { owner: text(&owner.address()), name: name.into() })
}

fn release(owner: &Key, name: &str) -> Any {
    any(&wire::MsgRelease { owner: text(&owner.address()), name: name.into() })
}

fn refusal_in(bed: &Bed, by: &Key, message: Any) -> Refusal {
    bed.refusal(&bed.draft(&[by], vec![message]).sign())
}

fn set(bed: &mut Bed, name: &str, value: u64) {
    bed.deliver(&[&alice()], vec![update(&alice(), &[(name, value)])]);
}

/// A chain where bob leases `company` for a month.
fn leased() -> Bed {
    let mut bed = Bed::new();
    bed.deliver(&[&bob()], vec![register(&bob(), "company", MONTH)]);
    bed
}

/// The same with these names below it.
fn with_below(names: &[&str]) -> Bed {
    let mut bed = leased();
    for name in names {
        bed.deliver(&[&bob()], vec![register(&bob(), name, 0)]);
    }
    bed
}

/// Lets time pass and makes a block.
fn pass(bed: &mut Bed, seconds: u64) -> Executed {
    bed.block.time.seconds += i64::try_from(seconds).unwrap();
    bed.make_block(&[])
}

fn asked(bed: &Bed, name: &str) -> Result<wire::Name, Refusal> {
    let answer: Result<wire::QueryNameResponse, _> =
        bed.ask("/sirius.name.v1.Query/Name", &wire::QueryNameRequest { name: name.into() });
    answer.map(|answer| answer.name.unwrap())
}

/// For whom a name stands, as a stranger reads it.
fn target(bed: &Bed, name: &str) -> String {
    asked(bed, name).unwrap().target
}

/// For whom a name stands, as another module reads it at the next block's time.
fn target_now(bed: &Bed, name: &str) -> Option<Address> {
    super::target(&bed.state, &Name::parse(name).unwrap(), bed.block.time).unwrap()
}

fn names_of(bed: &Bed, owner: &Key) -> Vec<String> {
    let request = wire::QueryNamesRequest { address: text(&owner.address()), pagination: None };
    let answer: wire::QueryNamesResponse = bed.ask("/sirius.name.v1.Query/Names", &request).unwrap();
    answer.names.into_iter().map(|name| name.name).collect()
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(("sdk", 7, "BadAddress"), "the target's address is not valid", || {
            let (owner, name) = (text(&bob().address()), "company".into());
            let message = wire::MsgSetTarget { owner, name, target_address: "bob".into() };
            refusal_in(&leased(), &bob(), any(&message)).into()
        }),
        case(("name", 1, "BadName"), "\"Company\" is no name: labels have a-z", || {
            refusal_in(&Bed::new(), &bob(), register(&bob(), "Company", MONTH)).into()
        }),
        case(("name", 2, "Taken"), "company is leased by sirius1", || {
            refusal_in(&leased(), &carol(), register(&carol(), "company", MONTH)).into()
        }),
        case(("name", 3, "Reserved"), "ab is reserved", || {
            refusal_in(&Bed::new(), &bob(), register(&bob(), "ab", MONTH)).into()
        }),
        case(("name", 4, "NoName"), "there is no name company", || {
            refusal_in(&Bed::new(), &bob(), renew(&bob(), "company", MONTH)).into()
        }),
        case(("name", 5, "NotOwner"), "company is leased by sirius1", || {
            refusal_in(&leased(), &carol(), renew(&carol(), "company", MONTH)).into()
        }),
        case(("name", 6, "Lapsed"), "the lease of company is over; renew it first", || {
            let mut bed = leased();
            pass(&mut bed, MONTH);
            refusal_in(&bed, &bob(), set_target(&bob(), "company", &alice())).into()
        }),
        case(("name", 7, "BadTerm"), "for at least 2592000 seconds, asked for were 2591999", || {
            refusal_in(&Bed::new(), &bob(), register(&bob(), "company", MONTH - 1)).into()
        }),
        case(("name", 8, "TooFarAhead"), "would end more than 157680000 seconds from now", || {
            refusal_in(&leased(), &bob(), renew(&bob(), "company", 157_680_000)).into()
        }),
        case(("name", 9, "NotLeased"), "company.shop is below company and lives as long", || {
            refusal_in(&leased(), &bob(), renew(&bob(), "company.shop", MONTH)).into()
        }),
        case(("name", 10, "TermBelow"), "leave seconds at 0", || {
            refusal_in(&leased(), &bob(), register(&bob(), "company.shop", MONTH)).into()
        }),
        case(("name", 11, "TooManyBelow"), "company has 1 names below it already", || {
            let mut bed = with_below(&["company.shop"]);
            set(&mut bed, "name.max_below", 1);
            refusal_in(&bed, &bob(), register(&bob(), "company.bank", 0)).into()
        }),
        case(("name", 12, "HasBelow"), "1 names are below company.shop", || {
            let bed = with_below(&["company.shop", "company.shop.till"]);
            refusal_in(&bed, &bob(), release(&bob(), "company.shop")).into()
        }),
        case(("name", 13, "Clearing"), "still being cleared away", || {
            let mut bed = with_below(&["company.shop"]);
            bed.deliver(&[&bob()], vec![release(&bob(), "company")]);
            let both = vec![register(&carol(), "company", MONTH)];
            // The mempool judges by the state before the block that clears it away.
            bed.try_tx(&bed.draft(&[&carol()], both).sign(), sirius_runtime::Mode::Check)
                .0
                .refusal
                .unwrap()
                .into()
        }),
        case(("name", 14, "NoTarget"), "company stands for nobody already", || {
            let mut bed = leased();
            bed.deliver(&[&bob()], vec![clear_target(&bob(), "company")]);
            refusal_in(&bed, &bob(), clear_target(&bob(), "company")).into()
        }),
        case(("name", 15, "SameOwner"), "leased by this account already", || {
            refusal_in(&leased(), &bob(), transfer(&bob(), "company", &bob())).into()
        }),
        case(("name", 16, "Exists"), "company.shop exists already", || {
            let bed = with_below(&["company.shop"]);
            refusal_in(&bed, &bob(), register(&bob(), "company.shop", 0)).into()
        }),
        case(("name", 17, "BadList"), "have 0 names together", || {
            refusal_in(&Bed::new(), &alice(), reserve(&alice(), &[], &[])).into()
        }),
        case(("name", 18, "BadGenesis"), "company stands twice", || {
            let lease = json!({
                "name": "company", "owner": text(&bob().address()), "expires": { "seconds": 9, "nanos": 0 },
            });
            Bed::genesis(|genesis| genesis["name"] = json!({ "leases": [lease, lease] }))
                .err()
                .unwrap()
                .into()
        }),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let owner = Address::new([0xaa; 20]);
    let at = |seconds| Timestamp { seconds, nanos: 5 };
    let lease = Lease {
        owner,
        expires: at(1_700_000_000),
        frees: None,
        target: Some(Address::new([0xbb; 20])),
        since: Height(7),
        below: 2,
    };
    let lapsed = Lease { frees: Some(at(1_800_000_000)), target: None, ..lease.clone() };
    let part = Part { target: Some(owner), since: Height(8), below: 1 };
    vec![
        Record::new("lease", &keys::root("company"), &lease),
        Record::new("lease in its grace", &keys::root("company"), &lapsed),
        Record::new("name below", &keys::part(&Name::parse("company.shop").unwrap()), &part),
        Record::new("owner's name", &keys::owned(&owner, "company"), &true),
        Record::new("due", &keys::due(at(1_700_000_000), "company"), &true),
        Record::new("clearing", &keys::clearing("company"), &true),
        Record::new("reserved", &keys::reserved("bank"), &true),
    ]
}
